"""The models of one profile, and the order in which they come up."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inference.catalogue import FileSet, Profile
from inference.chat.engine import ChatEngine
from inference.chat.remote import RemoteChat
from inference.embedding import EmbeddingEngine
from inference.interrupt import Interrupt
from inference.settings import Settings
from inference.speech.diarization import DiarizationEngine
from inference.speech.embedder import SpeakerEmbedder
from inference.speech.overlap import OverlapDetector
from inference.speech.whisper import WhisperEngine
from inference.vision.ocr import OcrEngine

logger = logging.getLogger(__name__)


class Engine(Protocol):
    """What every engine can do. All on the model thread."""

    name: str

    def load(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Engines:
    """One engine per role of the catalogue, and OCR, whose models come with its package and are loaded by the first picture."""

    whisper: WhisperEngine
    diarization: DiarizationEngine
    embedding: EmbeddingEngine
    chat: ChatEngine | RemoteChat
    ocr: OcrEngine

    @property
    def by_role(self) -> dict[str, Engine]:
        return {
            "asr": self.whisper,
            "speaker": self.diarization,
            "embedding": self.embedding,
            "chat": self.chat,
        }

    def bring_up(self) -> Iterator[str]:
        """Load and warm one engine after the other; yields its role when it is ready. Raises ModelFailed."""
        for role, engine in self.by_role.items():
            started_at = time.monotonic()
            engine.load()
            engine.warm()
            logger.info("%s ready: %s (%.1f s)", role, engine.name, time.monotonic() - started_at)
            yield role

    def close(self) -> None:
        for engine in self.by_role.values():
            engine.close()
        self.ocr.close()


def build_engines(settings: Settings, profile: Profile, *, interrupt: Interrupt | None = None) -> Engines:
    """Engines that are not loaded yet. Raises ModelUnavailable (not retryable) when files are missing."""
    elsewhere = ("chat", "mmproj") if settings.chat_base_url else ()
    files = {
        role: profile.files(role, models_dir=settings.models_dir)
        for role in profile.sets
        if role not in elsewhere
    }
    threads = settings.threads
    speaker = _build_embedder(profile.sets["speaker"], files["speaker"][0], threads=threads)
    overlap_path = profile.find_extra("overlap", models_dir=settings.models_dir)
    overlap = OverlapDetector(overlap_path, threads=threads) if overlap_path else None
    return Engines(
        whisper=WhisperEngine(files["asr"][0].parent, threads=threads, name=profile.sets["asr"].name),
        diarization=DiarizationEngine(speaker, overlap=overlap),
        embedding=EmbeddingEngine(
            *files["embedding"][:2], threads=threads, name=profile.sets["embedding"].name
        ),
        chat=_build_chat(settings, profile, files, interrupt=interrupt),
        ocr=OcrEngine(threads=threads),
    )


def _build_embedder(weights: FileSet, path: Path, *, threads: int) -> SpeakerEmbedder:
    """Its version is the hash of its file; where the catalogue has none, what the catalogue calls the version."""
    version = (weights.files[0].sha256 or weights.version)[:12]
    return SpeakerEmbedder(path, threads=threads, name=weights.name, version=version)


def _build_chat(
    settings: Settings, profile: Profile, files: dict[str, list[Path]], *, interrupt: Interrupt | None
) -> ChatEngine | RemoteChat:
    if settings.chat_base_url:
        return RemoteChat(settings.chat_base_url, api_key=settings.chat_api_key, model=settings.chat_model)
    return ChatEngine(
        files["chat"][0],
        n_ctx=profile.context_length,
        threads=settings.threads,
        gpu_layers=settings.gpu_layers,
        name=profile.sets["chat"].name,
        mmproj_path=files["mmproj"][0] if "mmproj" in files else None,
        drafter_path=profile.find_extra("drafter", models_dir=settings.models_dir),
        interrupt=interrupt,
        snapshot_bytes=profile.snapshot_mb << 20,
    )
