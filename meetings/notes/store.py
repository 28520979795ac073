"""Pieces of the draft, saved as they are made, so that a run that was broken off goes on where it was."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ..models import Meeting, Notes
from .lines import Line


class Run(Protocol):
    """The run of a step, as far as drafting needs it (`pipeline.context.StepContext`)."""

    def saving(self) -> AbstractContextManager[None]:
        """A transaction; raises StepCancelled when the job is no longer ours."""


class DraftStore:
    """Pieces by key in `Notes.draft`. A draft made from other words, by another model or with other prompts is thrown away at the start."""

    def __init__(self, meeting: Meeting, ctx: Run, *, fingerprint: str) -> None:
        self.ctx = ctx
        self.notes, _ = Notes.objects.get_or_create(meeting=meeting)
        if self.notes.draft.get("fingerprint") != fingerprint:
            self.notes.draft = {"fingerprint": fingerprint, "pieces": {}}

    @property
    def pieces(self) -> dict[str, Any]:
        return self.notes.draft["pieces"]

    def get(self, key: str) -> Any:
        """The piece, or None."""
        return self.pieces.get(key)

    def put(self, key: str, value: Any) -> None:
        """Save one piece. Raises StepCancelled when the job is no longer ours."""
        self.pieces[key] = value
        with self.ctx.saving():
            self.notes.save(update_fields=["draft", "updated_at"])


def list_pieces(store: DraftStore, kind: str) -> list[Any]:
    """All pieces `kind:N`, by number."""
    numbers = sorted(int(key.partition(":")[2]) for key in store.pieces if key.startswith(f"{kind}:"))
    return [store.pieces[f"{kind}:{number}"] for number in numbers]


def make_fingerprint(lines: Sequence[Line], **made_with: Any) -> str:
    """What a draft depends on: who said what, and the model, language and prompts that write."""
    digest = hashlib.sha256(json.dumps(made_with, sort_keys=True, default=str).encode())
    for line in lines:
        digest.update(f"{line.segment_ids}{line.name}{line.text}\n".encode())
    return digest.hexdigest()
