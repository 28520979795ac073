"""Two ways of writing the same words."""

import pytest

from meetings.evaluation.normalise import normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's Monday, the sixteenth of November.", "its monday the 16th of november"),
        ("Uh, mm-hmm, we um launch.", "We launch"),
        ("$29 and $99", "twenty nine dollars and ninety nine dollars"),
        ("forty two percent", "42%"),
        ("OK, I'm gonna do it", "okay Im going to do it"),
        ("user-friendly", "user friendly"),
        ("25,000 people", "twenty five thousand people"),
        ("€50 million", "fifty million euros"),
        ("Research & development", "research and development"),
        ("“Yes” – he said…", "yes he said"),
    ],
)
def test_same(one: str, other: str):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("the fifteenth", "the fiftieth"), ("can", "can't"), ("3.5", "35"), ("he said", "she said")],
)
def test_different(one: str, other: str):
    assert normalise(one) != normalise(other)


def test_other_languages_keep_their_number_words():
    assert normalise("Eins, zwei: Größe!", language="de") == "eins zwei grösse"
    assert normalise("one of them", language="de") == "one of them"


def test_as_written():
    assert normalise("Uh, the twenty-sixth: $29, OK?", alike=False) == "the twenty sixth 29 ok"
