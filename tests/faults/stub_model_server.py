"""A model server for fault tests, as a process that can be killed: `python stub_model_server.py PORT DELAY_S`.

It speaks the real protocol but hears only signals: a run of sound between silences whose loudest sample is `100 * (k + 1)` is "signal k". So a
test can tell from the transcript alone whether anything was lost or written twice. With the real models: tests/faults/test_kill.py.
"""

import io
import json
import re
import sys
import time
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

DELAY_S = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0


def find_signals(wav: bytes) -> list[dict]:
    """Segments of one piece."""
    with wave.open(io.BytesIO(wav)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
    loud = np.abs(samples[: len(samples) // 160 * 160].reshape(-1, 160)).max(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (loud > 50).astype(int), [0]])))
    segments = []
    for start, end in edges.reshape(-1, 2):
        k = round(int(loud[start:end].max()) / 100) - 1
        times = {"start": start / 100, "end": end / 100}
        words = [{"word": " signal", **times, "probability": 1}, {"word": f" {k}", **times, "probability": 1}]
        segments.append(
            {
                "type": "transcript.text.segment",
                "text": f" signal {k}",
                "words": words,
                "confidence": 1,
                **times,
            }
        )
    return segments


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.answer({"status": "ok"} if self.path == "/health" else {"data": []})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if self.path == "/v1/audio/transcriptions":
            wav = body[body.index(b"RIFF") :]
            wav = wav[: int.from_bytes(wav[4:8], "little") + 8]
            duration = (len(wav) - 44) / 32_000
            for segment in find_signals(wav):
                time.sleep(DELAY_S)
                self.event(segment)
                self.event({"type": "transcript.progress", "position": segment["end"], "duration": duration})
            self.event({"type": "transcript.text.done", "text": "", "language": "en", "duration": duration})
        else:
            assert re.search("diarizations", self.path)
            self.event({"type": "diarization.done", "duration": 1, "speakers": ["S1"], "turns": [
                {"start": 0, "end": 100_000, "speaker": "S1", "confidence": 1}]})  # fmt: skip

    def event(self, event):
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def answer(self, content):
        payload = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
