"""Search after some years of use: a million segments, and words as often as in speech."""

import datetime as dt
import gc
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from meetings.inference_client import EMBEDDING_SIZE, InferenceClient
from meetings.models import (
    Meeting,
    MeetingMember,
    MeetingVectors,
    SearchEntry,
    SearchState,
    Segment,
    Speaker,
    Tag,
    User,
)
from meetings.search.index import build_entries
from meetings.search.meaning import SIGNATURES, embed_query, find_near, use_client
from meetings.search.terms import parse_query
from meetings.search.vectors import save_vectors

from .clock import time_call
from .figures import Figure
from .home import count_queries, make_many_meetings
from .web import make_user

MEETINGS = 10_000
SEGMENTS_EACH = 100
RUNS = 12
LIMIT_MS = 200
SEED = 7
VOCABULARY = 40_000
# Half of what is said is words like these; the others are made of syllables, so that no text is needed.
COMMON = (
    "the", "we", "to", "and", "a", "of", "is", "that", "it", "in", "you", "I", "for", "on", "this", "so", "be",
    "have", "are", "with", "but", "not", "they", "do", "can", "will", "what", "there", "at", "just", "think",
    "know", "about", "if", "as", "or", "was", "one", "like", "time", "need", "would", "all", "from", "going",
    "okay", "work", "our", "more", "your", "then", "people", "when", "get", "next", "week", "should", "by",
    "which", "because", "make", "see", "new", "also", "team", "some", "how", "date", "plan", "project", "first",
)  # fmt: skip
SYLLABLES = (
    "ba", "con", "de", "fer", "gra", "hil", "ist", "jo", "ket", "lor", "men", "no", "par", "qui", "res", "sta",
    "ter", "ul", "ven", "win",
)  # fmt: skip
NAMES = (
    "Ada", "Ben", "Cora", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Lea", "Max", "Nia", "Otto",
    "Pia", "Ravi", "Sara", "Tom", "Uma", "Vera", "Wes", "Yara", "Zoe",
)  # fmt: skip
# Spoken once in some thousands of words, as the name of a customer is.
RARE = ("zephyrine", "quokkaline")
# Meetings made at a time, so that the rows of all are never in memory together.
BLOCK = 250


def measure_search(
    *, meetings: int = MEETINGS, runs: int = RUNS, client: InferenceClient | None = None
) -> list[Figure]:
    """A mix of searches over everything, as a person who sees all and as one who sees a hundredth. `client`: of a model server, for the
    same searches by words and meaning together."""
    user, guest = make_user(), make_guest()
    if not Meeting.objects.visible_to(user).exists():
        make_searched_meetings(user, guest, count=meetings)
    gc.collect()
    gc.freeze()
    figures = [
        Figure("segments", Segment.objects.count(), ""),
        Figure("moments that can be found", SearchEntry.objects.count(), ""),
    ]
    spent, shown = measure_mix(user, guest, runs=runs)
    figures += [Figure(f"{name}, median", median_ms, "ms") for name, median_ms in shown]
    figures.append(Figure("a search, 95 of 100", float(np.percentile(spent, 95)), "ms", limit=LIMIT_MS))
    figures.append(Figure("a search, slowest", max(spent), "ms"))
    page = open_pages(user)
    counts = [count_queries(lambda t=t: page.get(reverse("search"), {"q": t})) for t in QUERIES.values()]
    figures += [Figure("a search, most queries", max(counts), ""), *measure_meaning(user, runs=runs)]
    return figures + (measure_together(user, guest, runs=runs, client=client) if client else [])


def measure_mix(user: User, guest: User, *, runs: int) -> tuple[list[float], list[tuple[str, float]]]:
    """Milliseconds of every search, and the median of each kind."""
    spent: list[float] = []
    shown = []
    for person, queries in ((user, QUERIES), (guest, GUEST_QUERIES)):
        page = open_pages(person)
        for name, text in queries.items():
            timing = time_call(lambda t=text, p=page: p.get(reverse("search"), {"q": t}), runs=runs)
            spent += timing.all_ms
            shown.append((f"{name}: {text}", timing.median_ms))
    return spent, shown


def open_pages(person: User) -> Client:
    pages = Client(headers={"host": "localhost"})
    pages.force_login(person)
    return pages


def measure_together(user: User, guest: User, *, runs: int, client: InferenceClient) -> list[Figure]:
    """What a person waits: the vector of what was typed, made by the model server, the index and the vectors. Raises MeaningAway."""
    use_client(client)
    meant = [text for text in QUERIES.values() if parse_query(text).meant]
    vectors = [time_call(lambda t=text: embed_query(t), runs=runs) for text in meant]
    spent, _ = measure_mix(user, guest, runs=runs)
    return [
        Figure("kinds of search that also ask for meaning", len(meant), ""),
        Figure(
            "vector of what was typed, median", float(np.median([one.median_ms for one in vectors])), "ms"
        ),
        Figure(
            "words and meaning together, 95 of 100", float(np.percentile(spent, 95)), "ms", limit=LIMIT_MS
        ),
        Figure("words and meaning together, slowest", max(spent), "ms"),
    ]


def measure_meaning(user: User, *, runs: int) -> list[Figure]:
    """One vector compared with every other; what the model server takes to make it is not in it."""
    asked = np.random.default_rng(SEED).normal(size=(1, EMBEDDING_SIZE)).astype(np.float32)
    asked /= np.linalg.norm(asked)
    meetings = Meeting.objects.visible_to(user)
    first = time_call(lambda: find_near(asked, meetings=meetings), runs=1, warm_up=0)
    timing = time_call(lambda: find_near(asked, meetings=meetings), runs=runs)
    return [
        Figure("vectors compared, median", timing.median_ms, "ms"),
        Figure("vectors compared, 95 of 100", timing.p95_ms, "ms"),
        Figure("vectors compared, the first time in a process", first.median_ms, "ms"),
        Figure("signatures in memory", SIGNATURES.size_bytes / 2**20, "MiB"),
    ]


QUERIES = {
    "rare word": RARE[0],
    "common word": "the",
    "two words": "project plan",
    "common and rare": f"we {RARE[1]}",
    "twelve words": "the we to and a of is that it in you for",
    "phrase": '"the project"',
    "phrase of common words": '"we have to"',
    "words of one voice": "speaker:Tom plan",
    "one voice alone": "speaker:Tom",
    "before": "before:2018-06 the",
    "before, hardly anything": "before:2017-10-25 week",
    "a month": "after:2021-03 before:2021-04 team",
    "tag": "tag:rare plan",
    "tag of many": "tag:common the",
    "tag and voice": "tag:rare speaker:Eva",
    "nothing": "xylophonium",
    "common word and nothing": "the xylophonium",
}
GUEST_QUERIES = {"guest, common word": "the", "guest, rare word": RARE[0], "guest, two words": "project plan"}


def make_guest() -> User:
    email = "bench-guest@localhost"
    return User.objects.filter(email=email).first() or User.objects.create_user(email)


def make_searched_meetings(
    owner: User, guest: User, *, count: int, segments_each: int = SEGMENTS_EACH
) -> None:
    """`count` meetings as `make_many_meetings` makes them, with named voices, tags and something said, all of it indexed."""
    make_many_meetings(owner, count=count)
    Meeting.objects.filter(owner=owner).update(language="en")
    rng = np.random.default_rng(SEED)
    words = iterate_words(rng)
    ids = list(Meeting.objects.filter(owner=owner).order_by("held_on", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BLOCK):
        block = list(Meeting.objects.filter(pk__in=ids[start : start + BLOCK]).order_by("held_on", "pk"))
        _say_things(block, rng=rng, words=words, each=segments_each)
        places = range(start, start + len(block))
        tags = [("common", 2), ("rare", 200)]
        Tag.objects.bulk_create(
            Tag(meeting=m, name=name)
            for i, m in zip(places, block, strict=True)
            for name, n in tags
            if i % n == 0
        )
        MeetingMember.objects.bulk_create(
            MeetingMember(meeting=m, user=guest) for i, m in zip(places, block, strict=True) if i % 100 == 0
        )
        SearchEntry.objects.bulk_create(
            itertools.chain.from_iterable(build_entries(meeting) for meeting in block), batch_size=500
        )
        _make_vectors(block, rng=rng)
        SearchState.objects.bulk_create(
            SearchState(meeting=m, is_stale=False, lacks_vectors=False) for m in block
        )
    # All but the last were made long before the search: it does not look for what is new among them.
    old = MeetingVectors.objects.exclude(meeting__in=ids[-BLOCK:])
    old.update(made_at=timezone.now() - dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _say_things(meetings: Sequence[Meeting], *, rng, words: Iterator[str], each: int) -> None:
    """One to six segments of one voice after another, 6 to 18 words each."""
    segments = []
    for meeting in meetings:
        speakers = list(meeting.speakers.all())
        for speaker, name in zip(speakers, rng.choice(NAMES, size=len(speakers), replace=False), strict=True):
            speaker.name = str(name)
        Speaker.objects.bulk_update(speakers, ["name"])
        voice, left = 0, 0
        for i in range(each):
            if left == 0:
                voice, left = voice + 1, int(rng.integers(1, 7))
            left -= 1
            text = " ".join(itertools.islice(words, int(rng.integers(6, 19))))
            speaker = speakers[voice % len(speakers)]
            segments.append(
                Segment(
                    meeting=meeting, speaker=speaker, start_ms=i * 5000, end_ms=i * 5000 + 4800, text=text
                )
            )
    Segment.objects.bulk_create(segments, batch_size=500)


def _make_vectors(meetings: Sequence[Meeting], *, rng) -> None:
    """Vectors without meaning, as many as the model server would make."""
    ids: dict = {meeting.pk: [] for meeting in meetings}
    for meeting_id, pk in SearchEntry.objects.filter(meeting__in=ids).values_list("meeting", "pk"):
        ids[meeting_id].append(pk)
    for meeting in meetings:
        vectors = rng.integers(-127, 128, size=(len(ids[meeting.pk]), EMBEDDING_SIZE), dtype=np.int8)
        save_vectors(meeting.pk, dict(zip(ids[meeting.pk], vectors, strict=True)))


def iterate_words(rng) -> Iterator[str]:
    """Words without end, the n-th most common as often as 1 / (n + 2.7) (Mandelbrot's form of Zipf's law), and now and then a rare one."""
    made = ("".join(parts) for size in (2, 3, 4) for parts in itertools.product(SYLLABLES, repeat=size))
    vocabulary = np.array([*COMMON, *itertools.islice(made, VOCABULARY - len(COMMON))], dtype=object)
    weights = np.cumsum(1 / (np.arange(len(vocabulary)) + 3.7))
    for number in itertools.count():
        chosen = np.searchsorted(weights, rng.random(20_000) * weights[-1])
        yield from vocabulary[chosen]
        yield RARE[number % len(RARE)]
