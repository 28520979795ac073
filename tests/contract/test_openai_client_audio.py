"""The `openai` client, unchanged, against a real server with real weights: speech, sentence vectors, models, refusals."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Iterator

import httpx
import numpy as np
import openai
import pytest

from tests.inference.sound import cut_demo, make_silence, make_wav

pytestmark = pytest.mark.models

HEADERS = {"X-Priority": "batch"}


@pytest.fixture(scope="session")
def client(compact_server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{compact_server}/v1", api_key="none", max_retries=0, timeout=300) as client:
        yield client


@pytest.fixture(scope="session")
def clip() -> tuple[str, bytes]:
    """13 s, two sentences of one speaker, the second's words: "I'd like to close three things today. The launch date, …"."""
    return "clip.wav", make_wav(cut_demo(0, 13.2))


@pytest.fixture(scope="session")
def long_clip() -> tuple[str, bytes]:
    """More than a test wants to wait for."""
    return "long.wav", make_wav(np.tile(cut_demo(0, 210), 4))


def transcribe(client: openai.OpenAI, file: tuple[str, bytes], **options: object):
    return client.audio.transcriptions.create(file=file, model="whisper-1", **options)


# --- transcriptions ---------------------------------------------------------------------------------------------------
def test_json(client: openai.OpenAI, clip: tuple[str, bytes]):
    answer = transcribe(client, clip)
    assert "launch planning meeting" in answer.text
    assert "pricing page" in answer.text


def test_verbose_json_has_words_and_confidence(client: openai.OpenAI, clip: tuple[str, bytes]):
    answer = transcribe(
        client,
        clip,
        response_format="verbose_json",
        language="en",
        timestamp_granularities=["segment", "word"],
    )
    assert answer.language == "en"
    assert answer.duration == pytest.approx(13.2, abs=0.01)
    assert len(answer.segments) >= 2
    assert answer.text == " ".join(segment.text for segment in answer.segments)
    assert [segment.id for segment in answer.segments] == list(range(len(answer.segments)))
    for segment in answer.segments:
        assert 0 <= segment.start < segment.end <= 13.2
        assert 0 < segment.confidence <= 1
        assert segment.engine == "whisper"
        assert "".join(word["word"] for word in segment.words).strip() == segment.text
        assert segment.tokens
    times = [time for word in answer.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert answer.words[0].word.strip() == "Good"


def test_words_are_left_out_where_only_segments_were_asked_for(
    client: openai.OpenAI, clip: tuple[str, bytes]
):
    answer = transcribe(client, clip, response_format="verbose_json")
    assert answer.words is None


@pytest.mark.parametrize(
    ("response_format", "pattern"),
    [
        ("text", r"\AGood morning.*\n\Z"),
        ("srt", r"\A1\n00:00:0\d,\d{3} --> 00:00:\d\d,\d{3}\nGood morning"),
        ("vtt", r"\AWEBVTT\n\n00:00:0\d\.\d{3} --> 00:00:\d\d\.\d{3}\nGood morning"),
    ],
)
def test_texts(client: openai.OpenAI, clip: tuple[str, bytes], response_format: str, pattern: str):
    assert re.search(pattern, transcribe(client, clip, response_format=response_format), re.DOTALL)


def test_stream_ends_with_the_text_of_its_deltas(client: openai.OpenAI, clip: tuple[str, bytes]):
    events = list(transcribe(client, clip, stream=True, extra_body={"hotwords": "Atlas, Marcus"}))
    kinds = [event.type for event in events]
    assert kinds[-1] == "transcript.text.done"
    assert {"transcript.text.segment", "transcript.text.delta", "transcript.progress"} <= set(kinds)
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert "".join(deltas) == events[-1].text
    assert "Atlas" in events[-1].text
    positions = [event.position for event in events if event.type == "transcript.progress"]
    assert positions == sorted(positions)
    assert positions[-1] == pytest.approx(13.2, abs=0.01)


def test_silence_has_no_segments(client: openai.OpenAI):
    answer = transcribe(client, ("silence.wav", make_wav(make_silence(4))), response_format="verbose_json")
    assert (answer.text, answer.segments) == ("", [])


# --- speakers (not OpenAI's, so by path) ------------------------------------------------------------------------------
@pytest.mark.parametrize("stream", ["false", "true"])
def test_diarization_of_two_voices(compact_server: str, stream: str):
    files = {"file": ("two.wav", make_wav(cut_demo(7, 24)))}
    answer = httpx.post(
        f"{compact_server}/v1/audio/diarizations",
        files=files,
        data={"max_speakers": "2", "stream": stream},
        timeout=300,
    )
    if stream == "true":
        events = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: {")]
        assert {event["type"] for event in events[:-1]} == {"diarization.progress"}
        content = events[-1]
        assert content["type"] == "diarization.done"
    else:
        content = answer.json()
    assert content["speakers"] == sorted({turn["speaker"] for turn in content["turns"]})
    starts = [turn["start"] for turn in content["turns"]]
    assert starts == sorted(starts)
    assert content["duration"] == pytest.approx(17, abs=0.01)


def test_a_voice_sounds_like_itself(compact_server: str):
    """The demo's first speaker in two places, and somebody else."""

    def describe(start: float, end: float) -> dict:
        files = {"file": ("one.wav", make_wav(cut_demo(start, end)))}
        return httpx.post(f"{compact_server}/v1/audio/voices", files=files, timeout=300).json()

    priya, again, marcus = describe(0.5, 12.9), describe(24.5, 32.4), describe(33, 41.7)
    assert len(priya["vector"]) == 192 and 10 < priya["speech"] <= 12.4
    assert priya["embedder"] == again["embedder"] == marcus["embedder"] and priya["embedder"].startswith(
        "campplus@"
    )
    assert np.dot(priya["vector"], again["vector"]) > 0.7 > 0.4 > np.dot(priya["vector"], marcus["vector"])
    silence = httpx.post(
        f"{compact_server}/v1/audio/voices", files={"file": ("s.wav", make_wav(make_silence(3)))}, timeout=300
    )
    assert silence.json()["vector"] == []


# --- sentence vectors -------------------------------------------------------------------------------------------------
TEXTS = ["The launch moves by a week.", "We start seven days later.", "Bananas are yellow."]


def test_embeddings_are_the_same_as_numbers_and_as_base64(client: openai.OpenAI):
    numbers = client.embeddings.create(model="auto", input=TEXTS, encoding_format="float")
    packed = client.embeddings.create(model="auto", input=TEXTS)  # the client asks for base64 and unpacks it
    vectors = np.array([one.embedding for one in numbers.data])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors, [one.embedding for one in packed.data], atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert numbers.usage.prompt_tokens > 10


def test_embeddings_in_raw_base64(compact_server: str):
    body = {"model": "auto", "input": "one", "encoding_format": "base64"}
    answer = httpx.post(f"{compact_server}/v1/embeddings", json=body, timeout=60).json()
    assert len(base64.b64decode(answer["data"][0]["embedding"])) == 384 * 4


# --- models -----------------------------------------------------------------------------------------------------------
def test_models_say_what_they_are(client: openai.OpenAI):
    by_role = {model.role: model for model in client.models.list()}
    assert set(by_role) == {"asr", "speaker", "embedding", "chat"}
    for model in by_role.values():
        assert model.object == "model"
        assert model.loaded and model.licence and model.size_bytes > 0
        assert len(model.sha256) == 64
    assert by_role["chat"].context_length > 0
    assert "json_schema" in by_role["chat"].capabilities
    assert not {"audio", "image"} & set(by_role["chat"].capabilities)


# --- refusals ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("options", "code", "param"),
    [
        ({"file": ("empty.mp3", b"")}, "invalid_audio", "file"),
        ({"file": ("secret-name.mp3", b"Minutes of the secret meeting.\n" * 50)}, "invalid_audio", "file"),
        ({"file": ("cut.wav", make_wav(make_silence(1))[:40])}, "invalid_audio", "file"),
        ({"model": "gpt-9"}, "model_not_found", "model"),
        ({"response_format": "yaml"}, "unsupported_parameter", "response_format"),
        ({"language": "xx"}, "invalid_request", "language"),
        ({"temperature": 7}, "invalid_request", "temperature"),
        ({"timestamp_granularities": ["letter"]}, "invalid_request", "timestamp_granularities"),
        ({"include": ["logprobs"]}, "unsupported_parameter", "include[]"),
        ({"extra_headers": {"X-Priority": "now"}}, "invalid_request", "X-Priority"),
    ],
)
def test_refused(
    client: openai.OpenAI, clip: tuple[str, bytes], options: dict, code: str, param: str, stream: bool
):
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(
            **{"file": clip, "model": "whisper-1", "stream": stream, **options}
        )
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.body["retryable"] is False
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "gpt-9", "input": "x"}, "model_not_found"),
        ({"model": "auto", "input": []}, "invalid_request"),
        ({"model": "auto", "input": [1, 2]}, "invalid_request"),
        ({"model": "auto", "input": "x", "dimensions": 5}, "unsupported_parameter"),
    ],
)
def test_refused_embeddings(client: openai.OpenAI, body: dict, code: str):
    with pytest.raises(openai.APIStatusError) as caught:
        client.embeddings.create(**body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:8077", 200), ("[::1]:8077", 200), ("evil.example", 400), ("", 400)],
)
def test_only_this_machine_may_ask(compact_server: str, host: str, status: int):
    answer = httpx.get(f"{compact_server}/v1/models", headers={"Host": host})
    assert answer.status_code == status
    if status == 400 and host:
        assert answer.json()["error"]["code"] == "wrong_host"


# --- whoever leaves, stops the work -----------------------------------------------------------------------------------
def read_metric(compact_server: str, name: str, **labels: str) -> float:
    """Sum of all series of this name with these labels."""
    text = httpx.get(f"{compact_server}/metrics").text
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if all(one in line for one in wanted))


def wait_for_metric(compact_server: str, name: str, reached: float, **labels: str) -> None:
    deadline = time.monotonic() + 120
    while (value := read_metric(compact_server, name, **labels)) != reached:
        assert time.monotonic() < deadline, f"{name} stayed at {value}"
        time.sleep(0.1)


def test_leaving_a_stream_stops_the_work(
    client: openai.OpenAI, compact_server: str, long_clip: tuple[str, bytes]
):
    cancelled = read_metric(compact_server, "inference_work_total", outcome="cancelled")
    stream = transcribe(client, long_clip, stream=True, extra_headers=HEADERS)
    next(iter(stream))
    stream.close()
    wait_for_metric(compact_server, "inference_work_total", cancelled + 1, outcome="cancelled")
    assert transcribe(client, ("silence.wav", make_wav(make_silence(1)))).text == ""


async def test_leaving_while_waiting_empties_the_queue(compact_server: str, long_clip: tuple[str, bytes]):
    cancelled = read_metric(compact_server, "inference_work_total", outcome="cancelled")
    async with openai.AsyncOpenAI(
        base_url=f"{compact_server}/v1", api_key="none", max_retries=0, timeout=300
    ) as client:
        requests = [
            asyncio.create_task(
                client.audio.transcriptions.create(file=long_clip, model="auto", extra_headers=HEADERS)
            )
            for _ in range(3)
        ]
        await asyncio.to_thread(wait_for_metric, compact_server, "inference_queue_depth", 2, priority="batch")
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)
        await asyncio.to_thread(wait_for_metric, compact_server, "inference_queue_depth", 0, priority="batch")
        await asyncio.to_thread(
            wait_for_metric, compact_server, "inference_work_total", cancelled + 3, outcome="cancelled"
        )
