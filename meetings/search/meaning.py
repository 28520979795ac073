"""Entries that mean what was typed, though they hold other words.

Every web process keeps the signatures of all vectors (48 bytes an entry and 12 to say whose it is: 25 MiB for a million segments) and compares
them all; only the few hundred that differ least are read from the database and compared in full.
"""

import datetime as dt
import logging
import threading
import time

import numpy as np

from ..errors import MinutebookError
from ..inference_client import InferenceClient
from ..models import MeetingVectors
from .vectors import SIGNATURE_BYTES, read_vectors, sign

logger = logging.getLogger(__name__)

COMPARED = 300
MOST = 50
# Cosine. Of eight things the demo meeting does not speak of ("chocolate cake") none came nearer than 0.26 to any of its lines.
NEAR = 0.3
# Somebody waits for the page; a server that is busy longer is asked again by the next search, one that is away only after a while.
TIMEOUT_S = 1.0
AWAY_S = 20.0
# Rows are saved with the time of their worker; a transaction that began earlier may show up later.
OVERLAP = dt.timedelta(minutes=1)
# So many changed rows are not picked out one by one.
READ_ANEW = 500

_client = threading.local()
_state = {"away_until": 0.0}


class MeaningAway(MinutebookError):
    """The model server cannot say what the words mean just now. Retryable; the words themselves were searched for."""

    code = "meaning_away"
    retryable = True
    text = "The model server does not answer, so this was searched by words alone."


def find_by_meaning(text: str, *, meetings, client: InferenceClient | None = None) -> list[int]:
    """Ids of entries of these `meetings`, the nearest first, at most `MOST`. Raises MeaningAway."""
    return find_near(embed_query(text, client=client), meetings=meetings)


def find_near(asked: np.ndarray, *, meetings) -> list[int]:
    """`asked`: float32 [1, 384] of length 1. Three queries, four when there is something new."""
    rows = MeetingVectors.objects.filter(meeting__in=meetings)
    near = SIGNATURES.find_near(sign(asked)[0], allowed=rows.values_list("pk", flat=True))
    if not near:
        return []
    vectors = read_vectors(MeetingVectors.objects.filter(pk__in=set(near.values())))
    ids = [pk for pk in near if pk in vectors]
    if not ids:
        return []
    matrix = np.array([vectors[pk] for pk in ids], dtype=np.float32)
    cosines = matrix @ asked[0] / np.linalg.norm(matrix, axis=1).clip(min=1e-9)
    order = np.argsort(-cosines, kind="stable")[:MOST]
    return [ids[place] for place in order if cosines[place] >= NEAR]


def embed_query(text: str, *, client: InferenceClient | None = None) -> np.ndarray:
    """float32 [1, 384] of length 1. Raises MeaningAway, at once when the server was away a moment ago."""
    if time.monotonic() < _state["away_until"]:
        raise MeaningAway
    try:
        return (client or _get_client()).embed([text], timeout_s=TIMEOUT_S)
    except MinutebookError as error:
        _state["away_until"] = time.monotonic() + AWAY_S
        logger.info("searched by words alone: %s", error.code)
        raise MeaningAway from error


def _get_client() -> InferenceClient:
    """Making one takes 30 ms, so each thread keeps its own."""
    if not hasattr(_client, "client"):
        _client.client = InferenceClient(priority="interactive")
    return _client.client


def use_client(client: InferenceClient) -> None:
    """This thread asks by this one from now on, also when the server was away a moment ago. For measurements."""
    _client.client = client
    _state["away_until"] = 0.0


class Signatures:
    """The signatures of all rows of `MeetingVectors`, as of the last search. One a process; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_at: dict[int, dt.datetime] = {}
        self._rows = np.zeros(0, dtype=np.int32)
        self._entries = np.zeros(0, dtype=np.int64)
        self._bits = np.zeros((0, SIGNATURE_BYTES // 8), dtype=np.uint64)

    def find_near(self, asked: np.ndarray, *, allowed) -> dict[int, int]:
        """Entry → its row of `MeetingVectors`, of the rows `allowed`: the `COMPARED` entries whose signature differs least."""
        with self._lock:
            self._refresh()
            rows, entries, bits = self._rows, self._entries, self._bits
        may = np.zeros(int(rows.max(initial=0)) + 1, dtype=bool)
        wanted = np.fromiter(allowed, dtype=np.int64)
        may[wanted[wanted < len(may)]] = True
        places = np.flatnonzero(may[rows])
        if not len(places):
            return {}
        compared = bits if len(places) == len(rows) else bits[places]
        differ = np.bitwise_count(compared ^ asked.view(np.uint64)).sum(axis=1, dtype=np.int16)
        # Sorting by counting: there are 385 numbers of bits.
        enough = int(np.searchsorted(np.bincount(differ).cumsum(), COMPARED))
        places = np.concatenate([places[differ < enough], places[differ == enough]])[:COMPARED]
        return dict(zip(entries[places].tolist(), rows[places].tolist(), strict=True))

    @property
    def size_bytes(self) -> int:
        return self._rows.nbytes + self._entries.nbytes + self._bits.nbytes

    def _refresh(self) -> None:
        """What was saved since the last look. One query, two when there is something. Of a meeting that is gone they stay: it is nobody's."""
        saved = MeetingVectors.objects.all()
        if self._made_at:
            saved = saved.filter(made_at__gte=max(self._made_at.values()) - OVERLAP)
        new = {pk: at for pk, at in saved.values_list("pk", "made_at") if self._made_at.get(pk) != at}
        if not new:
            return
        if len(new) > READ_ANEW:
            chosen, kept = MeetingVectors.objects.all(), np.zeros(len(self._rows), dtype=bool)
        else:
            chosen, kept = MeetingVectors.objects.filter(pk__in=new), ~np.isin(self._rows, list(new))
        rows, entries, bits = [self._rows[kept]], [self._entries[kept]], [self._bits[kept]]
        for pk, ids, signatures in chosen.values_list("pk", "entry_ids", "signatures").iterator():
            entries.append(np.frombuffer(ids, dtype="<i8"))
            rows.append(np.full(len(entries[-1]), pk, dtype=np.int32))
            bits.append(np.frombuffer(signatures, dtype=np.uint64).reshape(-1, SIGNATURE_BYTES // 8))
        self._rows, self._entries, self._bits = map(np.concatenate, (rows, entries, bits))
        self._made_at |= new


SIGNATURES = Signatures()
