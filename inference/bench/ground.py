"""What the rows stand on: engines that are loaded when a row first asks for them, a recording, and what was really said in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from inference.catalogue import Profile
from inference.chat.engine import ChatEngine
from inference.engines import Engines, build_engines
from inference.interrupt import Interrupt
from inference.measuring import SAMPLE_PATH
from inference.scheduler import Scheduler
from inference.settings import Settings
from inference.speech.audio import SAMPLE_RATE_HZ, decode_audio
from inference.speech.whisper import WhisperEngine

MAX_RECORDING_S = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class Options:
    """`recording_path` None: the minute of a meeting that `check` measures with. `reference_path`: JSON with `segments` that have a
    `text`. `quiet_paths`: recordings in which nobody speaks."""

    recording_path: Path | None = None
    reference_path: Path | None = None
    quiet_paths: tuple[Path, ...] = ()
    captions_s: float = 90.0
    minutes: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Said:
    start_s: float
    end_s: float
    text: str


class Ground:
    """Close it. Nothing of it is thread-safe; rows run one after the other."""

    def __init__(
        self, settings: Settings, profile: Profile, options: Options, *, say: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.profile = profile
        self.options = options
        self.say = say
        self.interrupt = Interrupt()
        self._loaded: set[str] = set()

    @cached_property
    def engines(self) -> Engines:
        return build_engines(self.settings, self.profile, interrupt=self.interrupt)

    @property
    def whisper(self) -> WhisperEngine:
        self._load("asr")
        return self.engines.whisper

    @cached_property
    def stock_whisper(self) -> WhisperModel:
        """faster-whisper as it is used by itself, on the same files: one window at a time, all threads for it."""
        return WhisperModel(
            str(self.profile.files("asr", models_dir=self.settings.models_dir)[0].parent),
            device="auto",
            compute_type="int8",
            cpu_threads=self.settings.threads,
            local_files_only=True,
        )

    @property
    def chat(self) -> ChatEngine:
        self._load("chat")
        return self.engines.chat

    @cached_property
    def recording(self) -> np.ndarray:
        """int16, shape (n,), 16 kHz mono. Raises InvalidAudio."""
        return read_sound(self.options.recording_path or SAMPLE_PATH)

    @cached_property
    def said(self) -> list[Said] | None:
        """What was said in the recording, in order of time; None where nobody wrote it down."""
        return read_reference(self.options.reference_path) if self.options.reference_path else None

    @property
    def reference(self) -> str | None:
        """All of `said`."""
        return None if self.said is None else " ".join(one.text for one in self.said)

    @contextmanager
    def scheduler(self) -> Iterator[Scheduler]:
        """A model thread, as the server has one. Nothing else may use the engines meanwhile."""
        scheduler = Scheduler(name="bench", interrupt=self.interrupt)
        try:
            yield scheduler
        finally:
            scheduler.close()

    def close(self) -> None:
        if "engines" in self.__dict__:
            self.engines.close()

    def _load(self, role: str) -> None:
        if role in self._loaded:
            return
        engine = self.engines.by_role[role]
        self.say(f"loading {self.profile.sets[role].title}")
        engine.load()
        engine.warm()
        self._loaded.add(role)


def read_sound(path: Path) -> np.ndarray:
    """int16, shape (n,), 16 kHz mono. Raises InvalidAudio, OSError."""

    async def read() -> np.ndarray:
        with path.open("rb") as file:
            return await decode_audio(file, max_s=MAX_RECORDING_S)

    return asyncio.run(read())


def read_reference(path: Path) -> list[Said]:
    """All `segments`, in order of time."""
    segments = json.loads(path.read_text("utf-8"))["segments"]
    said = [
        Said(start_s=one["start"], end_s=one.get("end", one["start"]), text=one["text"]) for one in segments
    ]
    return sorted(said, key=lambda one: one.start_s)


def cut(samples: np.ndarray, *, start_s: float, length_s: float) -> np.ndarray:
    start = int(start_s * SAMPLE_RATE_HZ)
    return samples[start : start + int(length_s * SAMPLE_RATE_HZ)]


def repeat_to(samples: np.ndarray, *, seconds: float) -> np.ndarray:
    """As often as it takes, then cut."""
    size = int(seconds * SAMPLE_RATE_HZ)
    return np.tile(samples, -(-size // samples.size))[:size]
