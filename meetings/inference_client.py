"""The only module that talks to the model server: HTTP with OpenAI's paths and field names, so that any compatible server can stand in.

Times are milliseconds here and seconds on the wire. Nothing that was said or asked goes into an exception or a log line.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Literal

import httpx
import numpy as np
from django.conf import settings

from .inference_answers import (
    ChatAnswer,
    Diarization,
    HeardVoice,
    Progress,
    TranscribedSegment,
    TranscriptDone,
    Turn,
    parse_answer,
    parse_diarization,
    parse_progress,
    parse_segment,
    parse_transcript_done,
    parse_voice,
)
from .inference_errors import (
    InferenceBroken,
    InferenceRefused,
    InferenceUnavailable,
    errors_converted,
    find_health_status,
    read_events,
    read_json,
)

__all__ = [
    "ChatAnswer",
    "Diarization",
    "HeardVoice",
    "InferenceBroken",
    "InferenceClient",
    "InferenceRefused",
    "InferenceUnavailable",
    "Progress",
    "TranscribedSegment",
    "TranscriptDone",
    "Turn",
]

Priority = Literal["live", "interactive", "batch"]

# Loopback answers at once or not at all; a server on another machine gets a little more.
CONNECT_TIMEOUT_S = 5.0
# Between two pieces of a stream. Behind more urgent work a batch request may wait long for its turn.
PIECE_TIMEOUT_S = 600.0
EMBED_BATCH = 128
EMBEDDING_SIZE = 384
CHAT_PATH = "/v1/chat/completions"


class InferenceClient:
    """Synchronous client; safe to keep for a whole job, not to share between threads. `priority` goes with every request."""

    def __init__(self, base_url: str | None = None, *, priority: Priority = "batch") -> None:
        self.base_url = (base_url or settings.INFERENCE_URL).rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"X-Priority": priority},
            timeout=httpx.Timeout(PIECE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            # What is said goes to the server that is named, never by way of a proxy the environment happens to mention.
            trust_env=False,
        )

    def __enter__(self) -> "InferenceClient":
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def set_priority(self, priority: Priority) -> None:
        """Of the requests from now on."""
        self._http.headers["X-Priority"] = priority

    def transcribe(
        self, audio: BinaryIO | Path, *, language: str = "", hotwords: Sequence[str] = (), prompt: str = ""
    ) -> Iterator[TranscribedSegment | Progress | TranscriptDone]:
        """Segments as they are decoded, progress in between, `TranscriptDone` last. Closing the iterator stops the work.

        Raises InferenceUnavailable (retryable) or InferenceRefused.
        """
        kept = {"response_format": "verbose_json", "timestamp_granularities[]": ["segment", "word"]}
        fields: dict[str, Any] = {"model": "auto", "stream": "true", **kept}
        optional = {"language": language, "hotwords": ", ".join(hotwords), "prompt": prompt}
        fields.update({name: value for name, value in optional.items() if value})
        with errors_converted():
            for event in self._stream("/v1/audio/transcriptions", audio, fields):
                match event.get("type"):
                    case "transcript.text.segment":
                        yield parse_segment(event)
                    case "transcript.progress":
                        yield parse_progress(event)
                    case "transcript.text.done":
                        yield parse_transcript_done(event)
                        return
            # Whoever dies in mid-stream may look like somebody who has finished.
            raise InferenceBroken

    def diarize(
        self, audio: BinaryIO | Path, *, num_speakers: int | None = None, max_speakers: int | None = None
    ) -> Iterator[Progress | Diarization]:
        """Progress, then one `Diarization`; `num_speakers` fixes how many there are, else at most `max_speakers`. Raises InferenceUnavailable (retryable) or InferenceRefused."""
        hints = {"num_speakers": num_speakers, "max_speakers": max_speakers}
        fields = {"stream": "true"} | {name: str(value) for name, value in hints.items() if value}
        with errors_converted():
            for event in self._stream("/v1/audio/diarizations", audio, fields):
                match event.get("type"):
                    case "diarization.progress":
                        yield parse_progress(event)
                    case "diarization.done":
                        yield parse_diarization(event)
                        return
            raise InferenceBroken

    def describe_voice(self, sound: BinaryIO) -> HeardVoice:
        """`sound`: a file with the speech of one person. Raises as `chat`; a server that knows no voices refuses."""
        with errors_converted():
            files = {"file": ("audio", sound, "application/octet-stream")}
            return parse_voice(read_json(self._http.post("/v1/audio/voices", files=files)))

    def chat(
        self,
        messages: list[dict],
        *,
        max_tokens: int,
        schema: dict | None = None,
        temperature: float = 0.0,
        seed: int | None = 0,
        stop: Sequence[str] = (),
        top_logprobs: int = 0,
        timeout_s: float = PIECE_TIMEOUT_S,
        watch: Callable[[str], None] | None = None,
    ) -> ChatAnswer:
        """One answer. `schema` is a JSON schema the answer obeys unless it was cut (`finish_reason` "length"). `watch` is called with all
        of the text so far, as it comes; logprobs are not given then.

        Raises InferenceUnavailable (retryable) or InferenceRefused (code `context_length_exceeded` for a long prompt).
        """
        body: dict[str, Any] = {"model": "auto", "messages": messages, "max_tokens": max_tokens}
        body["temperature"] = temperature
        if seed is not None:
            body["seed"] = seed
        if stop:
            body["stop"] = list(stop)
        if top_logprobs:
            body |= {"logprobs": True, "top_logprobs": top_logprobs}
        if schema is not None:
            wrapped = {"name": "answer", "schema": schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": wrapped}
        with errors_converted():
            if watch is not None:
                return parse_answer(self._stream_answer(body, watch, timeout_s=timeout_s))
            return parse_answer(self._post_json(CHAT_PATH, body, timeout_s=timeout_s))

    def embed(self, texts: Sequence[str], *, timeout_s: float = PIECE_TIMEOUT_S) -> np.ndarray:
        """Sentence vectors, float32 of shape (len(texts), 384), each of length 1. Raises as `chat`."""
        if not texts:
            return np.zeros((0, EMBEDDING_SIZE), dtype=np.float32)
        rows: list[list[float]] = []
        with errors_converted():
            for i in range(0, len(texts), EMBED_BATCH):
                batch = list(texts[i : i + EMBED_BATCH])
                body = {"model": "auto", "input": batch, "encoding_format": "float"}
                answer = self._post_json("/v1/embeddings", body, timeout_s=timeout_s)
                rows += [item["embedding"] for item in sorted(answer["data"], key=lambda item: item["index"])]
            return np.asarray(rows, dtype=np.float32).reshape(len(texts), -1)

    def read_image(self, image: Path) -> str:
        """The text of a picture in reading order, cells of a table divided by tabs. Raises as `chat`."""
        with errors_converted(), image.open("rb") as opened:
            files = {"file": ("image", opened, "application/octet-stream")}
            answer = read_json(self._http.post("/v1/images/readings", files=files))
            return str(answer["text"])

    def describe_models(self) -> list[dict]:
        """The server's models with role, sha256, licence and capabilities. Raises as `chat`."""
        with errors_converted():
            return self._get_json("/v1/models")["data"]

    def health(self) -> dict:
        """`{"status": "ok", …}`. Raises InferenceUnavailable, with the code `loading` or `failed` when the server said so."""
        with errors_converted():
            response = self._http.get("/health")
            if (status := find_health_status(response)) in ("loading", "failed"):
                raise InferenceUnavailable(code=status)
            return read_json(response)

    def _stream(self, path: str, audio: BinaryIO | Path, fields: dict[str, Any]) -> Iterator[dict]:
        """Post the sound and give the events of the answer."""
        opened = audio.open("rb") if isinstance(audio, Path) else nullcontext(audio)
        with opened as sound:
            # A fixed name: what the person's file is called is nobody's business here.
            files = {"file": ("audio", sound, "application/octet-stream")}
            with self._http.stream("POST", path, data=fields, files=files) as response:
                yield from read_events(response)

    def _stream_answer(self, body: dict, watch: Callable[[str], None], *, timeout_s: float) -> dict:
        """The pieces of a streamed answer, put together as the whole one is sent."""
        text, ends = "", {}
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        with self._http.stream("POST", CHAT_PATH, json=body | {"stream": True}, timeout=timeout) as response:
            for event in read_events(response):
                for choice in event["choices"]:
                    if piece := choice["delta"].get("content"):
                        text += piece
                        watch(text)
                    if choice.get("finish_reason"):
                        ends = choice
        if not ends:
            raise InferenceBroken
        return {"choices": [ends | {"message": {"content": text}, "logprobs": None}]}

    def _post_json(self, path: str, body: dict, *, timeout_s: float) -> dict:
        timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))
        return read_json(self._http.post(path, json=body, timeout=timeout))

    def _get_json(self, path: str) -> dict:
        return read_json(self._http.get(path, timeout=CONNECT_TIMEOUT_S))
