"""Pages of a deck matched to what was said, and set by hand."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from meetings.slides.add import add_slides
from meetings.slides.align import align_pages
from meetings.slides.place import move_slide, place_slides
from tests import factories
from tests.slide_files import make_pdf

PAGES = [
    "Launch plan\nFeature freeze\nBeta",
    "Pricing\nStarter 9\nTeam 29",
    "Ticket chart\nOctober 42",
    "Appendix\nGlossary",
]
SAID = [
    "Good morning everyone.",
    "Here is the launch plan, the feature freeze was last Friday.",
    "The beta sign-off comes next.",
    "Now to something else, pricing.",
    "Starter at 9, team at 29.",
    "I am not sure about that.",
    "Look at the chart, 42 percent of the tickets in October.",
    "And the team did well.",
    "Back to the launch, we should start.",
]


def places(pages=PAGES, said=SAID, **options):
    return {page: place.segment for page, place in align_pages(pages, said, language="en", **options).items()}


def test_each_page_where_it_is_spoken_about_and_what_nobody_mentions_nowhere():
    assert places() == {0: 1, 1: 3, 2: 6}


def test_never_back():
    found = places([PAGES[1], PAGES[0]], SAID)
    assert list(found.values()) == sorted(found.values())


def test_sure_of_many_words_and_not_of_one():
    found = align_pages(PAGES, SAID, language="en")
    assert found[0].confidence > 0.7 and found[1].confidence >= 0.5
    few = align_pages(
        ["Something else entirely\nZebra crossing"], ["the zebra crossing", "a", "b"], language="en"
    )
    assert few[0].confidence == 0.5
    assert align_pages(["Something else entirely\nZebra"], ["the zebra", "a", "b"], language="en") == {}


def test_next_slide_moves_on():
    said = ["Welcome.", "Look at revenue here.", "Next slide please.", "As you see.", "Costs went down."]
    pages = ["Revenue", "Costs"]
    assert places(pages, said)[1] in (2, 4)
    assert places(["Revenue growth", "Cost revenue"], ["Revenue growth.", "Next slide.", "Cost."])[1] == 1


def test_a_page_set_by_a_person_holds_and_guides_the_others():
    assert places(fixed={1: 5})[1] == 5
    assert places(fixed={1: 5})[0] < 5 < places(fixed={1: 5})[2]


def test_nothing_said_or_nothing_shown():
    assert align_pages([], SAID, language="en") == {} == align_pages(PAGES, [], language="en")


@pytest.fixture
def deck(owner):
    meeting = factories.make_meeting(owner, language="en")
    factories.make_recording(meeting)
    for number, text in enumerate(SAID):
        factories.make_segment(meeting, text, start_ms=number * 5_000)
    file = SimpleUploadedFile("deck.pdf", make_pdf(*[page.replace("\n", " ") for page in PAGES]))
    add_slides(meeting, file, by=owner, send=lambda meeting: None)
    return meeting


def times(meeting):
    return [(slide.shown_ms, slide.placed_by) for slide in meeting.slides.order_by("number")]


@pytest.mark.django_db
def test_rows_get_times_and_confidence(deck):
    assert place_slides(deck) == 3
    assert times(deck) == [(5_000, "words"), (15_000, "words"), (30_000, "words"), (None, "")]
    assert all(0 < slide.confidence <= 1 for slide in deck.slides.exclude(shown_ms=None))
    assert place_slides(deck) == 3


@pytest.mark.django_db
def test_a_person_has_the_last_word(deck):
    place_slides(deck)
    second = deck.slides.get(number=2)
    move_slide(second, 26_000)
    assert times(deck)[1] == (26_000, "person")
    assert times(deck)[2] == (30_000, "words")
    move_slide(second, None)
    assert times(deck)[1] == (15_000, "words")


@pytest.mark.django_db
def test_what_the_film_showed_stays(deck):
    deck.slides.update(placed_by="film", shown_ms=1)
    assert place_slides(deck) == 0
    assert {time for time, _ in times(deck)} == {1}
