"""What is found though it holds other words; with a small thesaurus for a model, and in the last test with the real one."""

import datetime as dt

import numpy as np
import pytest
from django.urls import reverse

from meetings.errors import MinutebookError
from meetings.inference_client import InferenceClient, InferenceRefused, InferenceUnavailable
from meetings.models import Job, MeetingVectors, SearchEntry, SearchState
from meetings.search import meaning
from meetings.search.find import fuse, search
from meetings.search.index import index_meeting
from meetings.search.vectors import make_vectors, make_waiting_vectors, pack, read_vectors, sign
from tests import factories

pytestmark = pytest.mark.django_db
CONCEPTS = [{"price", "cost", "expensive", "fee"}, {"staff", "hire", "recruit"}, {"boat", "ship"}]


class Thesaurus:
    """A vector with a side for each concept, and some of its own for every text, so that nothing is near to everything."""

    def __init__(self, error: MinutebookError | None = None) -> None:
        self.error, self.seen = error, []

    def embed(self, texts, *, timeout_s=None):
        self.seen += texts
        if self.error:
            raise self.error
        vectors = np.array([np.random.default_rng(len(text)).normal(size=384) * 0.02 for text in texts])
        for vector, text in zip(vectors, texts, strict=True):
            words = set(text.lower().strip(".?").split())
            for i, concept in enumerate(CONCEPTS):
                vector[i * 100 : i * 100 + 100] += bool(words & concept)
        norms = np.linalg.norm(vectors.reshape(-1, 384), axis=1, keepdims=True)
        return (vectors.reshape(-1, 384) / norms.clip(min=1e-9)).astype(np.float32)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No test remembers that the server was away in another one."""
    monkeypatch.setitem(meaning._state, "away_until", 0.0)
    monkeypatch.setattr(meaning, "SIGNATURES", meaning.Signatures())


@pytest.fixture
def talk(owner):
    return make_talk(owner, "The fee is far too expensive for them.", "We want to recruit two people soon.")


def make_talk(owner, *lines, **fields):
    meeting = factories.make_meeting(owner, language="en", title="Talk", **fields)
    speakers = [factories.make_speaker(meeting, f"S{i + 1}") for i in range(2)]
    factories.make_segments(meeting, [(i % 2, text) for i, text in enumerate(lines)], speakers=speakers)
    index_meeting(meeting)
    return meeting


def find(user, text):
    return [hit.entry.text for hit in search(user, text, client=Thesaurus()).hits if hit.is_by_meaning]


def test_other_words_are_found_and_the_moment_plays(talk, owner):
    assert make_waiting_vectors(client=Thesaurus()) == 1
    assert find(owner, "what does it cost") == ["The fee is far too expensive for them."]
    [hit] = search(owner, "staff", client=Thesaurus()).hits
    assert (hit.start_ms, hit.segment_id) == (5000, talk.segments.last().pk)
    assert find(owner, "elephant") == []


def test_words_and_meaning_are_one_list(talk, owner):
    make_waiting_vectors(client=Thesaurus())
    found = search(owner, "fee", client=Thesaurus())
    assert [(hit.entry.kind, hit.is_by_meaning) for hit in found.hits] == [("spoken", False)]
    assert (found.without_meaning, found.away) == (0, None)
    assert fuse([1, 2, 3], [3, 4]) == [3, 1, 2, 4]


@pytest.mark.parametrize("query", ['"cost"', "speaker:tom cost", "tag:board", "before:2026", "%"])
def test_where_words_are_exact_nothing_is_near(query, talk, owner):
    make_waiting_vectors(client=Thesaurus())
    client = Thesaurus()
    assert search(owner, query, client=client).hits == [] and client.seen == []


def test_only_what_this_person_may_see_is_compared(talk, owner, stranger, reader):
    other = make_talk(stranger, "The price of the ship is a secret.")
    factories.add_member(talk, reader)
    assert make_waiting_vectors(client=Thesaurus()) == 2
    assert find(stranger, "cost") == ["The price of the ship is a secret."]
    assert find(reader, "cost") == find(owner, "cost") == ["The fee is far too expensive for them."]
    talk.members.all().delete()
    assert find(reader, "cost") == []
    other.deleted_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    other.save()
    assert find(stranger, "cost") == []


def test_dates_and_tags_narrow_it(talk, owner):
    late = make_talk(owner, "The ship has a price of a million.", held_on=dt.date(2027, 1, 5))
    late.tags.create(name="fleet")
    make_waiting_vectors(client=Thesaurus())
    assert len(find(owner, "cost")) == 2
    for query in ("cost after:2027", "cost tag:fleet"):
        assert find(owner, query) == ["The ship has a price of a million."]


def test_an_edit_makes_only_its_own_vector_anew(talk, owner):
    make_waiting_vectors(client=Thesaurus())
    assert find(owner, "boat") == []
    segment = talk.segments.first()
    segment.edit_text("The ship is waiting down there.", by=owner)
    index_meeting(talk)
    assert search(owner, "boat", client=Thesaurus()).without_meaning == 1
    client = Thesaurus()
    assert make_waiting_vectors(client=client) == 1
    assert client.seen == ["The ship is waiting down there."]
    assert find(owner, "boat") == ["The ship is waiting down there."]
    assert find(owner, "cost") == []
    assert len(read_vectors(MeetingVectors.objects.all())) == 2


def test_what_is_indexed_meanwhile_is_not_marked_as_done(talk):
    state = SearchState.objects.get(meeting=talk)

    class Busy(Thesaurus):
        def embed(self, texts, **options):
            talk.segments.first().delete()
            index_meeting(talk)
            return super().embed(texts)

    assert make_vectors(state, client=Busy()) is False
    assert SearchState.objects.without_vectors().count() == 1 and not MeetingVectors.objects.exists()


def test_meetings_in_work_wait_and_so_do_all_while_the_server_is_away(talk):
    job = Job.objects.create(meeting=talk, step=Job.Step.DRAFT, state=Job.State.RUNNING)
    assert make_waiting_vectors(client=Thesaurus()) == 0
    job.delete()
    assert make_waiting_vectors(client=Thesaurus(InferenceUnavailable())) == 0
    assert SearchState.objects.without_vectors().exists()
    # What it refuses it will refuse again.
    assert make_waiting_vectors(client=Thesaurus(InferenceRefused())) == 0
    assert not SearchState.objects.without_vectors().exists()


def test_while_the_server_is_away_words_answer_and_nobody_waits(talk, owner):
    make_waiting_vectors(client=Thesaurus())
    client = Thesaurus(InferenceUnavailable())
    for _ in range(2):
        found = search(owner, "fee", client=client)
        assert [hit.entry.kind for hit in found.hits] == ["spoken"] and found.away.code == "meaning_away"
    assert client.seen == ["fee"], "it was asked again at once"


def test_the_page_says_so(talk, owner, client_of, settings, monkeypatch):
    settings.INFERENCE_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(meaning, "_get_client", lambda: InferenceClient(settings.INFERENCE_URL))
    body = client_of(owner).get(reverse("search"), {"q": "fee"}).content.decode()
    assert "searched by words alone" in body and "<mark>fee</mark>" in body
    monkeypatch.setitem(meaning._state, "away_until", 0.0)
    monkeypatch.setattr(meaning, "_get_client", Thesaurus)
    body = client_of(owner).get(reverse("search"), {"q": "fee"}).content.decode()
    assert "1 meeting is not yet searched by meaning" in body
    make_waiting_vectors(client=Thesaurus())
    body = client_of(owner).get(reverse("search"), {"q": "cost"}).content.decode()
    assert "not yet searched" not in body and "near in meaning" in body


def test_eight_bits_keep_the_direction():
    vectors = np.random.default_rng(1).normal(size=(50, 384)).astype(np.float32)
    packed = pack(vectors).astype(np.float32)
    cosines = (
        (vectors * packed).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(packed, axis=1)
    )
    assert cosines.min() > 0.9995
    assert sign(vectors).shape == (50, 48) and pack(np.zeros((1, 384), np.float32)).any() == np.False_
    assert pack(np.zeros((0, 384), np.float32)).shape == (0, 384)


def test_many_signatures_are_read_anew_and_one_by_one(owner, monkeypatch):
    monkeypatch.setattr(meaning, "READ_ANEW", 1)
    for i in range(3):
        make_talk(owner, f"The price of ship number {i} is high.")
    make_waiting_vectors(client=Thesaurus())
    assert len(find(owner, "cost")) == 3
    make_talk(owner, "Nobody knows the fee for this thing.")
    make_waiting_vectors(client=Thesaurus())
    assert len(find(owner, "cost")) == 4
    assert len(meaning.SIGNATURES._entries) == 4


@pytest.mark.models
def test_the_real_model_knows_what_is_meant(owner, stranger, compact_server):
    lines = [
        "The monthly subscription is too expensive for small schools.",
        "Our new colleague from Lisbon starts in the design department in May.",
        "The train to the conference leaves at seven in the morning.",
    ]
    make_talk(owner, *lines)
    with InferenceClient(compact_server) as client:
        assert make_waiting_vectors(client=client) == 1
        for query, line in zip(
            ("what does it cost per month", "new employee", "how do we get to the conference"),
            lines,
            strict=True,
        ):
            hits = search(owner, query, client=client).hits
            assert hits[0].entry.text == line and hits[0].is_by_meaning, query
        assert search(owner, "photosynthesis of algae", client=client).hits == []
        assert search(stranger, "what does it cost per month", client=client).hits == []
    assert SearchEntry.objects.exists()
