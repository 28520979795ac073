"""What is found, by whom, in both databases (the postgres tier runs this file as well)."""

import pytest
from django.urls import reverse

from meetings.hints import send_hint
from meetings.labelling import add_tags
from meetings.models import SearchEntry, SearchState, Slide
from meetings.search.find import search
from meetings.search.index import index_meeting
from meetings.search.terms import MAX_TERMS, parse_query
from meetings.tasks import index_changed_meetings
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexed(meeting):
    meeting.speakers.filter(label="S2").update(name="Tom Bäker")
    add_tags([meeting], ["board", "q1 money"])
    index_meeting(meeting)
    return meeting


def texts(user, query):
    return [hit.entry.text for hit in search(user, query).hits]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("draft legal", {"spoken", "action"}),
        ("sending drafts", {"spoken", "action"}),
        ("Launch planning", {"title"}),
        ("baker", {"spoken", "speaker", "action"}),
        ('"second server"', {"spoken", "note", "action"}),
        ('"server second"', set()),
        ('"drafts to legal"', set()),
        ("speaker:tom finance", {"spoken", "action"}),
        ("finance before:2026-03-02", set()),
        ("finance before:2026-03-03 after:2026-03", {"spoken", "action"}),
        ("finance after:2025 before:9999", {"spoken", "action"}),
        ("finance after:2027", set()),
        ("tag:board finance", {"spoken", "action"}),
        ('tag:"Q1 money" tag:board finance', {"spoken", "action"}),
        ("tag:boar finance", set()),
        ("tag:board speaker:tom", {"spoken", "action", "speaker"}),
        ("tag:#Board", {"title"}),
        ("tag:board before:2026-03-02", set()),
        ("after:2026-03", {"title"}),
        ("elephant", set()),
    ],
)
def test_what_is_found(query, kinds, indexed, owner):
    assert {hit.entry.kind for hit in search(owner, query).hits} == kinds


def test_words_of_a_slide_are_found(meeting, owner):
    Slide.objects.create(
        meeting=meeting, number=1, width=4, height=3, text="Revenue by quarter", state="read", shown_ms=12_000
    )
    index_meeting(meeting)
    [hit] = search(owner, "revenues quarter").hits
    assert (hit.entry.kind, hit.start_ms) == ("slide", 12_000)


def test_what_holds_the_word_more_often_comes_first(owner):
    meeting = factories.make_meeting(owner, language="en")
    speaker, other = (factories.make_speaker(meeting, label) for label in ("S1", "S2"))
    lines = [
        "Budget, budget and again the budget.",
        "The budget was one of many other things that we had on the list.",
    ]
    for i, (who, text) in enumerate(zip((speaker, other), lines, strict=True)):
        factories.make_segment(meeting, text, speaker=who, start_ms=i * 5000)
    index_meeting(meeting)
    assert texts(owner, "budget") == lines


def test_a_tag_that_is_added_to_many_meetings_is_found(indexed, owner, client_of):
    client_of(owner).post(reverse("change_meetings"), {"ids": [str(indexed.pk)], "tags": "Pricing"})
    assert texts(owner, "tag:pricing finance")


def test_a_moment_says_where_to_play_and_marks_its_words(indexed, owner):
    hit = next(h for h in search(owner, "finances").hits if h.entry.kind == "spoken")
    segment = indexed.segments.get(text__contains="finance")
    assert (hit.start_ms, hit.segment_id) == (segment.start_ms, segment.pk)
    assert [text for text, is_mark in hit.parts if is_mark] == ["finance"]


def test_only_what_this_person_may_see(indexed, colleague, reader, stranger):
    assert texts(colleague, "finance") and texts(reader, "finance")
    assert texts(stranger, "finance") == []
    # An index that is not yet told that somebody may no longer see it leaks nothing.
    indexed.members.filter(user=reader).delete()
    assert texts(reader, "finance") == []


def test_a_change_is_found_at_the_next_search(indexed, owner):
    segment = indexed.segments.first()
    segment.edit_text("A crocodile arrives.", by=owner)
    kept = set(SearchEntry.objects.exclude(kind="spoken").values_list("pk", flat=True))
    send_hint(indexed, "segments")
    assert SearchState.objects.behind().count() == 1
    assert len(texts(owner, "crocodile")) == 1
    assert texts(owner, '"start with the launch date"') == []
    assert SearchState.objects.behind().count() == 0
    assert kept <= set(SearchEntry.objects.values_list("pk", flat=True)), "what did not change was made again"


def test_a_deleted_meeting_leaves_no_word_behind(indexed, owner):
    indexed.delete()
    assert texts(owner, "finance") == []
    assert not SearchEntry.objects.exists()


BAD = [
    "%",
    "' OR 1=1 --",
    '"',
    "NEAR(",
    "*",
    "AND OR NOT",
    'before:x "',
    "\0",
    "(((",
    "words : x",
    "':*&|!",
    "x" * 10_000,
    "🙂",
    "speaker: tag: before: after:",
    'tag:"',
    "tag:% speaker:'",
    "zq1zq",
    "finance before:0001",
    "finance after:9999-12-31",
]


@pytest.mark.parametrize("query", BAD)
def test_bad_input_is_only_words(query, indexed, owner):
    assert search(owner, query).hits == []


def test_a_long_search_is_cut_and_said():
    query = parse_query("word " * 2000)
    assert len(query.terms) == MAX_TERMS and query.faults
    assert parse_query("a before:2026-13-40").faults and parse_query("before:9999").before.year == 9999


def test_accents_and_endings():
    assert "decis" in {word for row in parse_query("decisions").terms[0].variants for word in row}
    assert "baker" in {word for row in parse_query("Bäker").terms[0].variants for word in row}


def test_the_task_indexes_what_is_behind(meeting, owner):
    send_hint(meeting, "notes")
    index_changed_meetings()
    assert not SearchState.objects.behind().exists()
    assert meeting.search_entries.filter(kind="title").count() == 1


# --- the page -------------------------------------------------------------------------------------
def test_works(indexed, owner, client_of):
    client = client_of(owner)
    body = client.get(reverse("search"), {"q": "finance"}).content.decode()
    assert "<mark>finance</mark>" in body and f"/meetings/{indexed.pk}/?t=" in body
    assert "Searches what was said" in client.get(reverse("search")).content.decode()
    assert "Nothing was found" in client.get(reverse("search"), {"q": "elephant"}).content.decode()


def test_speech_is_never_html(owner, client_of):
    meeting = factories.make_meeting(owner, language="en")
    factories.make_segment(meeting, "An <script>alert(1)</script> elephant.")
    index_meeting(meeting)
    body = client_of(owner).get(reverse("search"), {"q": "elephant"}).content.decode()
    assert "<script>alert" not in body and "&lt;script&gt;" in body


def test_colleague(indexed, colleague, client_of):
    assert "<mark>" in client_of(colleague).get(reverse("search"), {"q": "finance"}).content.decode()


def test_stranger(indexed, stranger, client_of):
    assert "<mark>" not in client_of(stranger).get(reverse("search"), {"q": "finance"}).content.decode()


def test_anonymous(indexed, anonymous):
    assert anonymous.get(reverse("search"), {"q": "finance"}).status_code == 302


def test_wrong_method(owner, client_of):
    assert client_of(owner).post(reverse("search")).status_code == 405


def test_bad_input(indexed, owner, client_of):
    for query in BAD:
        assert client_of(owner).get(reverse("search"), {"q": query}).status_code == 200
