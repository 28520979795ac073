"""Which texts of a chat model stand up as a transcript."""

import pytest

from inference.speech.gate import MIN_SCORE, find_fault, has_wrong_script, is_looping

SAID = "Quality assurance found two blockers yesterday, both in the export flow."


def judge(text: str, *, speech_s: float = 5.0, language: str = "en", score: float | None = 0.8) -> str | None:
    return find_fault(text, speech_s=speech_s, language=language, score=score)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (SAID, {}),
        ("Yes.", {"speech_s": 0.4}),
        ("Okay.", {"speech_s": 1.9}),
        ("Sure, I can do that by Friday.", {"speech_s": 2.5}),
        ("Here is the thing: the plan is late.", {"speech_s": 3.0}),
        ("No, no, no, that is not what we said.", {"speech_s": 3.0}),
        ("Доброе утро, начнём совещание.", {"language": "ru", "speech_s": 3.0}),
        ("おはようございます。会議を始めます。", {"language": "ja", "speech_s": 4.0}),
        ("Wir nutzen das CSV-Format und größere Dateien.", {"language": "de", "speech_s": 4.0}),
        (SAID, {"score": None}),
    ],
)
def test_stands_up(text: str, options: dict):
    assert judge(text, **options) is None


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("  ", {}, "empty"),
        ("<|channel>thought\nThe user wants…", {}, "leaked_reasoning"),
        ("<think>well</think> Good morning", {}, "leaked_reasoning"),
        ("Sure! Here is the transcription of the audio: Good morning", {}, "answered"),
        ("I'm sorry, but I cannot hear the audio.", {}, "answered"),
        ("The audio contains a person who talks about a launch.", {}, "answered"),
        ("As an AI language model I have no ears.", {}, "answered"),
        ("Please provide the audio.", {}, "answered"),
        ("we move it to the fifteenth " * 3, {}, "looping"),
        (f"{SAID} {SAID}", {"speech_s": 10.0}, "looping"),
        ("the the the the the the the the", {}, "looping"),
        ("Well.", {"speech_s": 12.0}, "too_few_characters"),
        (
            f"{SAID} and much more than anybody can say in so short a time",
            {"speech_s": 1.0},
            "too_many_characters",
        ),
        ("Доброе утро, начнём совещание.", {}, "wrong_script"),
        ("Good morning, let us begin.", {"language": "ru"}, "wrong_script"),
        (SAID, {"score": MIN_SCORE / 2}, "improbable"),
    ],
)
def test_does_not(text: str, options: dict, reason: str):
    assert judge(text, **options) == reason


def test_a_name_in_latin_letters_stands_in_every_language():
    assert not has_wrong_script("Мы используем GitHub и Slack каждый день", language="ru")


def test_a_word_twice_is_no_loop():
    assert not is_looping("that that is is not that that is not is not")
    assert not is_looping("agreed agreed")
