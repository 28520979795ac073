"""The engines of one profile: built, loaded, warmed and closed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inference.catalogue import Profile
from inference.chat.engine import ChatEngine
from inference.embedding import EmbeddingEngine
from inference.settings import Settings
from inference.speech.diarization import DiarizationEngine
from inference.speech.embedder import SpeakerEmbedder
from inference.speech.whisper import WhisperEngine


@dataclass(frozen=True, kw_only=True)
class Engines:
    """One engine per role; each belongs to the model thread."""

    asr: WhisperEngine
    speaker: DiarizationEngine
    embedding: EmbeddingEngine
    chat: ChatEngine

    def by_role(self) -> dict[str, Any]:
        return {"asr": self.asr, "speaker": self.speaker, "embedding": self.embedding, "chat": self.chat}

    def load_and_warm(self) -> Iterator[str]:
        """Load one engine a piece; yields the role that is ready. Raises ModelFailed."""
        for role, engine in self.by_role().items():
            engine.load()
            engine.warm()
            yield role

    def close(self) -> None:
        for engine in self.by_role().values():
            engine.close()


def build_engines(profile: Profile, settings: Settings) -> Engines:
    """Nothing is loaded yet. Raises ModelUnavailable (an operator must fetch files) when the profile is not complete."""
    models_dir, threads = settings.models_dir, settings.threads
    return Engines(
        asr=WhisperEngine(profile.files("asr", models_dir=models_dir)[0].parent, threads=threads),
        speaker=DiarizationEngine(
            SpeakerEmbedder(profile.files("speaker", models_dir=models_dir)[0], threads=threads)
        ),
        embedding=EmbeddingEngine(*profile.files("embedding", models_dir=models_dir)[:2], threads=threads),
        chat=ChatEngine(
            profile.files("chat", models_dir=models_dir)[0],
            n_ctx=profile.context_length,
            threads=threads,
            snapshot_bytes=profile.snapshot_mb << 20,
        ),
    )
