"""What the writer of a decision left out."""

from meetings.notes.cues import find_cues
from meetings.notes.settled import complete_decision, states

SAID = [
    "I would rather keep it simple.",
    "Two tiers, $29 and $99, and a free trial of 14 days.",
    "Fine, then no starter tier.",
    "Yes, two tiers.",
    "So we drop the starter tier.",
]


def complete(*texts: str, said: list[str] = SAID) -> list[str]:
    return complete_decision(texts, said, cues=find_cues("en"), language="en")


def test_amounts_that_were_left_out_come_in_the_words_they_were_said_in():
    texts = complete("Two tiers")
    assert "Two tiers, $29 and $99, and a free trial of 14 days" in texts
    assert "Two tiers" not in texts


def test_a_settlement_nobody_wrote_down_comes_once():
    texts = complete("Two tiers, $29 and $99, and a free trial of 14 days")
    assert [text for text in texts if "starter" in text] == ["We drop the starter tier"]


def test_what_is_told_stays_as_it_is():
    told = [
        "Two tiers at $29 and $99 with a free trial of 14 days",
        "The starter tier is dropped, there is no starter tier",
    ]
    assert complete(*told) == told


def test_questions_and_objections_settle_nothing():
    assert complete("No change", said=["Could we do nineteen?", "No, wait, 19 is too much for it."]) == [
        "No change"
    ]


def test_what_states_and_what_only_proposes():
    cues = find_cues("en")
    assert states("So we drop the starter tier.", cues, language="en")
    assert states("Atlas launches on December fifteenth.", cues, language="en")
    assert not states("I would rather keep it simple.", cues, language="en")
    assert not states("Shall we drop the starter tier?", cues, language="en")
    assert not states("So we drop the starter tier " + "and talk on and on " * 4, cues, language="en")


def test_a_counter_proposal_that_was_agreed_on_is_told_without_its_opening():
    said = [
        "No wait, I would rather keep the fee at 30 and have the workshop on March 10th",
        "So we keep the fee at 30",
    ]
    assert complete("We keep the fee at 30", said=said) == [
        "Keep the fee at 30 and have the workshop on March 10th"
    ]
