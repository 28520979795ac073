"""WhisperLiveKit under the same measure as `manage.py bench live`: the same file at the speed of speech, the same words, the same model.

    python docs/compare_whisperlivekit.py FILE.wav words.json [ws://127.0.0.1:8130/asr]

FILE.wav: 16 kHz, mono, 16 bit. words.json: written by `manage.py bench live FILE --client --words words.json`. How to start its server: docs/live-latency.md.
"""

import asyncio
import json
import sys
import time
import wave
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from meetings.bench.figures import render_figures
from meetings.bench.live_words import Shown, Spoken, make_figures

STEP_MS = 60
LAST_WORDS_S = 30


async def play(socket: ClientConnection, samples: bytes, began_at: float) -> None:
    """Each piece when its last sample is spoken; nothing at the end means that it is over."""
    size = 32 * STEP_MS
    for number, start in enumerate(range(0, len(samples), size), 1):
        await asyncio.sleep(max(0.0, began_at + number * STEP_MS / 1000 - time.monotonic()))
        await socket.send(samples[start : start + size])
    await socket.send(b"")


async def record(url: str, samples: bytes) -> list[Shown]:
    """Its whole text with every message: what is shown for the first time is what counts."""
    shown: list[Shown] = []
    async with connect(url, max_size=None) as socket:
        began_at = time.monotonic()
        playing = asyncio.create_task(play(socket, samples, began_at))
        try:
            async with asyncio.timeout(len(samples) / 32_000 + LAST_WORDS_S):
                async for raw in socket:
                    message = json.loads(raw)
                    if message.get("type") == "ready_to_stop":
                        break
                    lines = [line.get("text") or "" for line in message.get("lines", [])]
                    text = " ".join([*lines, message.get("buffer_transcription", "")])
                    at_ms = (time.monotonic() - began_at) * 1000
                    shown.append(Shown(at_ms, 0, round(at_ms), text))
        except TimeoutError:
            print("it was not done in time", file=sys.stderr)
        playing.cancel()
    return shown


def main(file: str, words: str, url: str = "ws://127.0.0.1:8130/asr") -> None:
    with wave.open(file) as sound:
        samples = sound.readframes(sound.getnframes())
    spoken = [Spoken(word, end_ms) for word, end_ms in json.loads(Path(words).read_text())]
    print(render_figures(make_figures(spoken, asyncio.run(record(url, samples)), by="WhisperLiveKit")))


if __name__ == "__main__":
    main(*sys.argv[1:])
