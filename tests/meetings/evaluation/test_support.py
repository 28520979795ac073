"""The second opinion on citations."""

import pytest

from meetings.evaluation.outcome import HeardSegment, WrittenItem
from meetings.evaluation.support import check_support

SPEAKERS = {"S1": "Priya", "S2": "Speaker 2"}
DECIDED = HeardSegment("s1", 0, 5_000, "S1", "Let's decide that. Atlas launches on December fifteenth.")
ASKED = HeardSegment("s2", 5_000, 9_000, "S2", "Marcus, can you ask Sofia, and put the rota in the wiki?")


def reason_of(text: str, *cited: HeardSegment, **fields) -> str:
    item = WrittenItem(kind="decision", text=text, cited=cited, **fields)
    return check_support(item, speakers=SPEAKERS).reason


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Atlas launches on December 15", DECIDED),
        ("Priya decided that Atlas launches on the 15th of December", DECIDED),
        ("Marcus asks Sofia and puts the rota in the wiki", ASKED),
        ("Ask Sofiya about the rota", ASKED),
    ],
)
def test_supported(text: str, cited: HeardSegment):
    assert reason_of(text, cited) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Atlas launches on December 8", "number"),
        ("Elena decided that Atlas launches on December 15", ""),
        ("The launch was decided by Elena on December 15", "name"),
        ("Marketing prepares a new campaign for customers", "words"),
    ],
)
def test_unsupported(text: str, reason: str):
    """A name at the start of the line looks like any first word; there the other rules must do."""
    assert reason_of(text, DECIDED) == reason


def test_no_citation():
    assert reason_of("Atlas launches on December 15") == "no_citation"


def test_citation_of_a_segment_that_does_not_exist():
    assert reason_of("Atlas launches on December 15", DECIDED, dangling_citations=1) == "dangling_citation"


def test_owner_may_be_named_though_the_name_is_not_said():
    assert reason_of("The rota is put in the wiki, Elena does it", ASKED, owner="Elena") == ""


def test_german_nouns_are_no_names():
    said = HeardSegment("s1", 0, 1, "S1", "Der Raum hinter diesem Portal wurde als Halle genutzt.")
    item = WrittenItem(kind="summary", text="Die Halle hinter dem Portal ist der Raum.", cited=(said,))
    assert check_support(item, speakers={}, language="de").is_supported


def test_the_number_in_a_voice_s_name_is_no_number_of_the_line():
    assert reason_of("Speaker 2 asks Marcus about the rota", ASKED) == ""
    assert reason_of("Speaker 2 asks Marcus about the rota", DECIDED, ASKED) == ""
    assert reason_of("Speaker 2 asks Marcus about 2 rotas", ASKED) == "number"
    assert reason_of("Speaker 3 asks Marcus about the rota", ASKED) == "number"
