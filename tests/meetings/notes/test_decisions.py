"""What was settled, as it stood at the end."""

import pytest

from meetings.notes.cues import find_cues
from meetings.notes.decisions import DecisionFinder
from tests.meetings.notes.talk import make_lines


def find(text: str, *, language: str = "en") -> list[str]:
    """All the words that each decision may cite."""
    lines = make_lines(text)
    found = DecisionFinder(lines, cues=find_cues(language), language=language).find()
    return [" ".join(lines[number].text for number in candidate.lines) for candidate in found]


def test_what_says_so_itself():
    assert len(find("Ann: So we drop the printed catalogue.")) == 1


def test_a_proposal_needs_another_voice_that_agrees():
    proposal = "Ann: I suggest a meeting every Tuesday morning.\n"
    assert find(proposal + "Ann: Agreed.") == []
    assert len(find(proposal + "Ben: Agreed.")) == 1


def test_an_objection_before_any_agreement_ends_it():
    assert (
        find(
            "Ann: Could we raise the price to nineteen instead?\nBen: Hmm, wait, I'm not convinced.\nCarla: Yes."
        )
        == []
    )


def test_what_was_proposed_and_then_replaced_is_not_decided():
    text = """
    Ann: Could we raise starter to nineteen instead?
    Ben: We could, let's do nineteen.
    Carla: No, wait. I would rather have two tiers, twenty nine and ninety nine.
    Ben: Fine, I can live with that.
    Ann: Yes, two tiers.
    """
    (decided,) = find(text)
    assert "ninety nine" in decided and "nineteen" not in decided


def test_the_same_matter_settled_later_with_other_numbers_replaces_the_first():
    text = """
    Ann: We agreed that the launch event is on March 3.
    Ben: Right.
    Ann: The hall is taken on that day.
    Ben: Then we move the launch event to March 10.
    Ann: Agreed.
    """
    (decided,) = find(text)
    assert "10" in decided and "March 3." not in decided


def test_that_in_let_us_decide_that_is_the_sentence_beside_it():
    (decided,) = find(
        "Ann: I still prefer the fifteenth.\nAnn: Let's decide that.\nAnn: Atlas launches on the fifteenth.\nBen: Agreed."
    )
    assert "Atlas launches" in decided


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Anna: Ich schlage den 10. März für den Umzug vor.\nBen: Einverstanden."),
        ("fr", "Anne: Je propose le 10 mars pour le déménagement.\nBen: D'accord."),
    ],
)
def test_german_and_french(language, text):
    assert len(find(text, language=language)) == 1


def test_a_proposal_that_names_nothing_is_none():
    assert find("Ann: I can't write with this thing.\nBen: Maybe we should redesign it.\nCarla: Yes.") == []


def test_how_about_you_proposes_nothing():
    assert find("Ann: I have enough to think about.\nAnn: How about you people?\nBen: Yeah, I have.") == []


def test_a_summing_up_beside_its_announcement_adds_nothing():
    text = """
    Ann: Let's decide that. Atlas launches on December fifteenth.
    Ben: Agreed.
    Ann: Then the cake. It is too early to say more.
    Ann: Then let me sum up. Atlas launches on the fifteenth of December.
    """
    assert len(find(text)) == 1
