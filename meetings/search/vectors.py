"""What the entries of a meeting mean, as vectors of the model server, made behind everybody's back.

entries ─▶ those without a vector ─▶ /v1/embeddings ─▶ 384 numbers of 8 bits, and their signs as a signature ─▶ one row a meeting
"""

import logging
import time
from contextlib import nullcontext
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone

from ..celery import send_quietly
from ..errors import MinutebookError
from ..inference_client import EMBEDDING_SIZE, InferenceClient
from ..models import MeetingVectors, SearchEntry, SearchState

logger = logging.getLogger(__name__)

# What is shorter ("Yes, sure.") means little by itself, and would be near to everything.
LEAST_WORDS = 4
SIGNATURE_BYTES = EMBEDDING_SIZE // 8
BUDGET_S = 10.0
_WITHOUT = (SearchEntry.Kind.SPEAKER,)


def make_waiting_vectors(*, client: InferenceClient | None = None, budget_s: float = BUDGET_S) -> int:
    """How many meetings were brought up to date, the last changed first; more than `budget_s` seconds are left to another task.

    While the server is away they wait. A meeting it refuses is found by words alone until it changes.
    """
    end = time.monotonic() + budget_s
    count = 0
    with nullcontext(client) if client else InferenceClient() as opened:
        for state in SearchState.objects.ready_for_vectors().select_related("meeting").order_by("-pk")[:500]:
            if time.monotonic() > end:
                send_quietly("make_search_vectors")
                break
            try:
                count += make_vectors(state, client=opened)
            except MinutebookError as error:
                if error.retryable:
                    logger.info("search by meaning waits: %s", error.code)
                    break
                SearchState.objects.filter(pk=state.pk, indexed_at=state.indexed_at).update(
                    lacks_vectors=False
                )
    return count


def make_vectors(state: SearchState, *, client: InferenceClient) -> bool:
    """Vectors of what is new in this meeting; what is there already stays. False when it was indexed again meanwhile.

    Raises InferenceUnavailable (retryable) or InferenceRefused.
    """
    entries = state.meeting.search_entries.exclude(kind__in=_WITHOUT).order_by("pk").only("pk", "text")
    texts = {entry.pk: entry.text for entry in entries if len(entry.text.split()) >= LEAST_WORDS}
    known = read_vectors(MeetingVectors.objects.filter(meeting=state.meeting_id))
    made = {pk: known[pk] for pk in texts if pk in known}
    new = [pk for pk in texts if pk not in made]
    made |= zip(new, pack(client.embed([texts[pk] for pk in new])), strict=True)
    with transaction.atomic():
        # Who indexed it meanwhile has marked it again, and these entries may be gone.
        if not SearchState.objects.filter(pk=state.pk, indexed_at=state.indexed_at).update(
            lacks_vectors=False
        ):
            return False
        save_vectors(state.meeting_id, made)
    return True


def save_vectors(meeting_id: UUID, made: dict[int, np.ndarray]) -> None:
    """`made`: of each entry its int8 [384]. Instead of what was there."""
    ids = sorted(made)
    matrix = np.array([made[pk] for pk in ids], dtype=np.int8).reshape(len(ids), EMBEDDING_SIZE)
    MeetingVectors.objects.update_or_create(
        meeting_id=meeting_id,
        defaults={
            "entry_ids": np.array(ids, dtype="<i8").tobytes(),
            "signatures": sign(matrix).tobytes(),
            "vectors": matrix.tobytes(),
            "made_at": timezone.now(),
        },
    )


def read_vectors(rows) -> dict[int, np.ndarray]:
    """Of each entry its int8 [384]. One query."""
    found: dict[int, np.ndarray] = {}
    for ids, vectors in rows.values_list("entry_ids", "vectors"):
        found |= zip(
            np.frombuffer(ids, dtype="<i8").tolist(),
            np.frombuffer(vectors, dtype=np.int8).reshape(-1, EMBEDDING_SIZE),
            strict=True,
        )
    return found


def pack(vectors: np.ndarray) -> np.ndarray:
    """float32 [n, 384] → int8 [n, 384], the longest side of each 127. Only the direction is kept, which is all that is compared."""
    longest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    return np.rint(vectors / longest * 127).astype(np.int8)


def sign(vectors: np.ndarray) -> np.ndarray:
    """[n, 384] → uint8 [n, 48]: a bit for each number above 0. Vectors that are near differ in few bits
    (https://doi.org/10.1145/509907.509965)."""
    return np.packbits(vectors > 0, axis=1)
