"""The client against a real HTTP server in a thread that speaks the model server's protocol. With real models: tests/models."""

import io
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from meetings.inference_client import (
    ChatAnswer,
    Diarization,
    InferenceBroken,
    InferenceClient,
    InferenceRefused,
    InferenceUnavailable,
    Progress,
    TranscribedSegment,
    TranscriptDone,
    Turn,
)

SEGMENT = {
    "type": "transcript.text.segment",
    "start": 1.5,
    "end": 2.25,
    "text": " Good morning.",
    "confidence": 0.91,
    "engine": "whisper",
    "words": [{"start": 1.5, "end": 1.8, "word": " Good", "probability": 0.99}],
}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
        self.server.seen.append((self.path, dict(self.headers), body))
        status, payload, headers = self.server.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.answers, httpd.seen = {}, []
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def client(server):
    with InferenceClient(f"http://127.0.0.1:{server.server_port}") as client:
        yield client


def give(server, path, answer, *, status=200):
    server.answers[path] = (status, json.dumps(answer).encode(), {"Content-Type": "application/json"})


def give_events(server, path, *events):
    payload = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    server.answers[path] = (200, payload.encode(), {"Content-Type": "text/event-stream"})


def give_error(server, path, *, status, **envelope):
    give(server, path, {"error": envelope}, status=status)


def test_transcribe_gives_segments_progress_and_the_end(server, client):
    give_events(
        server,
        "/v1/audio/transcriptions",
        {"type": "transcript.text.delta", "delta": " Good morning."},
        SEGMENT,
        {"type": "transcript.progress", "position": 2.25, "duration": 4},
        {"type": "transcript.text.done", "text": "Good morning.", "language": "en", "duration": 4.0},
    )
    pieces = list(client.transcribe(io.BytesIO(b"RIFF"), hotwords=["Ada", "Zoë"], language="en"))
    words = [{"s": 1500, "e": 1800, "w": "Good", "p": 0.99}]
    assert pieces == [
        TranscribedSegment(start_ms=1500, end_ms=2250, text="Good morning.", words=words, confidence=0.91),
        Progress(done_ms=2250, total_ms=4000),
        TranscriptDone(language="en", duration_ms=4000),
    ]
    _, headers, body = server.seen[0]
    assert headers["X-Priority"] == "batch"
    assert b"RIFF" in body and "Ada, Zoë".encode() in body and b"verbose_json" in body


def test_transcribe_sends_a_file_but_not_its_name(server, client, tmp_path):
    path = tmp_path / "secret plan.wav"
    path.write_bytes(b"RIFF1234")
    give_events(
        server, "/v1/audio/transcriptions", {"type": "transcript.text.done", "language": "de", "duration": 1}
    )
    assert list(client.transcribe(path)) == [TranscriptDone(language="de", duration_ms=1000)]
    assert b"RIFF1234" in server.seen[0][2] and b"secret" not in server.seen[0][2]


def test_an_error_in_mid_stream_is_raised_after_what_came_before(server, client):
    error = {"code": "model_failed", "retryable": True, "message": "x"}
    give_events(server, "/v1/audio/transcriptions", SEGMENT, {"type": "error", "error": error})
    pieces = client.transcribe(io.BytesIO(b"RIFF"))
    assert next(pieces).text == "Good morning."
    with pytest.raises(InferenceBroken) as caught:
        next(pieces)
    assert caught.value.code == "model_failed" and caught.value.retryable


def test_diarize(server, client):
    done = {
        "type": "diarization.done",
        "duration": 3.0,
        "speakers": ["S1"],
        "turns": [{"start": 0.5, "end": 2.0, "speaker": "S1", "confidence": 0.8}],
        "overlaps": [[1.0, 1.5]],
    }
    give_events(
        server,
        "/v1/audio/diarizations",
        {"type": "diarization.progress", "position": 1.0, "duration": 3.0},
        done,
    )
    turn = Turn(start_ms=500, end_ms=2000, speaker="S1", confidence=0.8)
    assert list(client.diarize(io.BytesIO(b"x"), num_speakers=2)) == [
        Progress(done_ms=1000, total_ms=3000),
        Diarization(duration_ms=3000, speakers=["S1"], turns=[turn], overlaps=[(1000, 1500)]),
    ]
    assert b"num_speakers" in server.seen[0][2]


def test_describe_voice(server, client):
    answer = {"embedder": "net@1", "vector": [0.6, 0.8], "speech": 9.5, "duration": 12.0}
    give(server, "/v1/audio/voices", answer)
    voice = client.describe_voice(io.BytesIO(b"x"))
    assert (voice.embedder, voice.vector.tolist(), voice.speech_ms) == (
        "net@1",
        pytest.approx([0.6, 0.8]),
        9500,
    )
    give(server, "/v1/audio/voices", answer | {"vector": []})
    assert client.describe_voice(io.BytesIO(b"x")).vector is None
    for bad in ([1, 1], [[1.0]], "x", None):
        give(server, "/v1/audio/voices", answer | {"vector": bad})
        with pytest.raises(InferenceBroken):
            client.describe_voice(io.BytesIO(b"x"))


def test_chat_with_schema_and_logprobs(server, client):
    first = {"token": "yes", "logprob": -0.1, "top_logprobs": [{"token": "yes", "logprob": -0.1}]}
    give(
        server,
        "/v1/chat/completions",
        {
            "model": "qwen",
            "choices": [
                {
                    "message": {"content": "yes"},
                    "finish_reason": "length",
                    "stopped_by": "repetition",
                    "logprobs": {"content": [first]},
                }
            ],
            "usage": {"prompt_tokens": 3},
            "timings": {"prompt_ms": 5.0},
        },
    )
    answer = client.chat(
        [{"role": "user", "content": "?"}], max_tokens=1, schema={"type": "object"}, top_logprobs=5
    )
    assert answer == ChatAnswer(
        text="yes",
        finish_reason="length",
        model="qwen",
        usage={"prompt_tokens": 3},
        timings={"prompt_ms": 5.0},
        logprobs={"yes": -0.1},
        stopped_by="repetition",
    )
    body = json.loads(server.seen[0][2])
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert body["seed"] == 0 and body["top_logprobs"] == 5


def write_chunks(*pieces, end=True):
    chunks = [{"choices": [{"delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
    if end:
        chunks.append({"choices": [{"delta": {}, "finish_reason": "stop", "stopped_by": "end"}]})
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def test_a_watched_answer_comes_piece_by_piece(server, client):
    server.answers["/v1/chat/completions"] = (
        200,
        write_chunks("", "Yes", ", done.") + b"data: [DONE]\n\n",
        {},
    )
    seen = []
    answer = client.chat([{"role": "user", "content": "?"}], max_tokens=9, watch=seen.append)
    assert seen == ["Yes", "Yes, done."]
    assert answer == ChatAnswer(text="Yes, done.", finish_reason="stop", stopped_by="end")
    assert json.loads(server.seen[0][2])["stream"] is True


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (write_chunks("Yes", end=False), InferenceBroken),
        (b'data: {"error": {"code": "bad", "retryable": false}}\n\n', InferenceRefused),
    ],
)
def test_a_watched_answer_that_breaks_off(server, client, payload, error):
    server.answers["/v1/chat/completions"] = (200, payload, {})
    with pytest.raises(error):
        client.chat([{"role": "user", "content": "?"}], max_tokens=9, watch=lambda text: None)


def test_embed_sorts_by_index_and_knows_the_empty_list(server, client):
    data = [{"index": 1, "embedding": [0.0, 1.0]}, {"index": 0, "embedding": [1.0, 0.0]}]
    give(server, "/v1/embeddings", {"data": data})
    vectors = client.embed(["a", "b"])
    assert vectors.dtype == np.float32 and vectors.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert client.embed([]).shape == (0, 384) and len(server.seen) == 1


@pytest.mark.parametrize("status", ["loading", "failed"])
def test_health_says_whether_waiting_makes_sense(server, client, status):
    give(server, "/health", {"status": status, "detail": "…"}, status=503)
    with pytest.raises(InferenceUnavailable) as caught:
        client.health()
    assert caught.value.code == status


def test_models_and_health(server, client):
    give(server, "/v1/models", {"data": [{"id": "qwen", "role": "chat"}]})
    give(server, "/health", {"status": "ok"})
    assert client.describe_models()[0]["role"] == "chat" and client.health()["status"] == "ok"


@pytest.mark.parametrize(
    ("status", "envelope", "error", "code"),
    [
        (503, {"code": "loading", "retryable": True}, InferenceUnavailable, "loading"),
        (503, {"code": "overloaded", "retryable": True}, InferenceUnavailable, "overloaded"),
        (503, {"code": "model_unavailable", "retryable": False}, InferenceRefused, "model_unavailable"),
        (500, {"code": "model_failed", "retryable": True}, InferenceBroken, "model_failed"),
        (400, {"code": "context_length_exceeded"}, InferenceRefused, "context_length_exceeded"),
        (429, {"message": "slow down"}, InferenceUnavailable, "inference_unavailable"),
        (502, {}, InferenceBroken, "inference_broken"),
    ],
)
def test_errors_by_envelope_and_status(server, client, status, envelope, error, code):
    give_error(server, "/v1/chat/completions", status=status, **envelope)
    with pytest.raises(error) as caught:
        client.chat([], max_tokens=1)
    assert type(caught.value) is error and caught.value.code == code


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": "x"}, []])
def test_an_answer_that_is_none_is_retryable(server, client, answer):
    give(server, "/v1/chat/completions", answer)
    with pytest.raises(InferenceBroken):
        client.chat([], max_tokens=1)


def test_nobody_answers():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with InferenceClient(f"http://127.0.0.1:{port}") as client, pytest.raises(InferenceUnavailable) as caught:
        client.health()
    assert type(caught.value) is InferenceUnavailable and caught.value.retryable


def test_connection_that_breaks_in_mid_stream(server, client):
    payload = f"data: {json.dumps(SEGMENT)}\n\n".encode()
    headers = {"Content-Type": "text/event-stream", "Content-Length": str(len(payload) + 100)}
    server.answers["/v1/audio/transcriptions"] = (200, payload, headers)
    pieces = client.transcribe(io.BytesIO(b"RIFF"))
    assert next(pieces).start_ms == 1500
    with pytest.raises(InferenceBroken):
        next(pieces)


@pytest.mark.parametrize("method", ["transcribe", "diarize"])
def test_a_stream_that_ends_without_its_last_word_is_broken(server, client, method):
    give_events(server, "/v1/audio/transcriptions", SEGMENT)
    give_events(
        server, "/v1/audio/diarizations", {"type": "diarization.progress", "position": 1, "duration": 2}
    )
    pieces = getattr(client, method)(io.BytesIO(b"RIFF"))
    next(pieces)
    with pytest.raises(InferenceBroken):
        next(pieces)


def test_transcribe_says_which_engine_wrote_it_and_why(server, client):
    gate = {"engine": "whisper", "gate_reason": "looping", "gate_score": 0.03}
    done = {"type": "transcript.text.done", "text": "", "language": "en", "duration": 4.0}
    give_events(server, "/v1/audio/transcriptions", SEGMENT | gate, SEGMENT, done)
    marked, plain, _ = client.transcribe(io.BytesIO(b"RIFF"))
    assert (marked.engine, marked.gate_reason, marked.gate_score) == ("whisper", "looping", 0.03)
    assert (plain.engine, plain.gate_reason, plain.gate_score) == ("whisper", "", None)
