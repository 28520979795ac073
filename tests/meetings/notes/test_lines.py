"""Segments → sentences of one voice, with the rows they came from."""

import pytest
from django.utils import timezone

from meetings.models import Segment, Speaker
from meetings.notes.lines import LONGEST_WORDS, build_lines, call_speaker, split_sentences
from tests.meetings.notes.talk import make_lines


def cut(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(line.text, line.segment_ids) for line in make_lines(text)]


def test_a_sentence_over_two_segments_is_one_line_of_both():
    assert cut("Ann: We should move the\nAnn: launch. Next point.") == [
        ("We should move the launch.", (1, 2)),
        ("Next point.", (2,)),
    ]


def test_a_new_segment_with_a_capital_begins_a_new_sentence():
    assert cut("Ann: We move the launch\nAnn: The next point is money") == [
        ("We move the launch", (1,)),
        ("The next point is money", (2,)),
    ]


def test_another_voice_is_another_line():
    assert cut("Ann: We move the\nBen: launch today") == [("We move the", (1,)), ("launch today", (2,))]


def test_a_stray_word_before_a_change_of_voice_goes_with_what_follows():
    lines = make_lines("Ann: Who owns it?\nAnn: I\nBen: take the first one.")
    assert [(line.name, line.text) for line in lines] == [
        ("Ann", "Who owns it?"),
        ("Ben", "I take the first one."),
    ]
    assert lines[1].segment_ids == (2, 3)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Brown came. He left.", 2),
        ("Am 10. März geht es los. Gut.", 2),
        ("It is v. 3? Yes! No.", 4),
        ("", 0),
        ("  ", 0),
    ],
)
def test_sentences(text, count):
    assert len(split_sentences(text)) == count


def test_a_monologue_is_cut():
    pieces = split_sentences("word " * 200)
    assert all(len(piece.split()) <= LONGEST_WORDS for piece in pieces)
    assert sum(len(piece.split()) for piece in pieces) == 200


def test_empty_segments_and_unknown_voices():
    segments = [
        Segment(pk=1, start_ms=0, end_ms=1, text=" "),
        Segment(pk=2, start_ms=1, end_ms=2, text="Hello all."),
    ]
    (line,) = build_lines(segments)
    assert (line.name, line.speaker_id, line.segment_ids) == ("Somebody", None, (2,))


@pytest.mark.parametrize(
    ("confidence", "edited", "expected"),
    [(0.0, False, False), (0.4, False, True), (0.4, True, False), (0.9, False, False)],
)
def test_words_the_recogniser_doubts(confidence, edited, expected):
    segment = Segment(pk=1, text="Hang yourself.", start_ms=0, end_ms=900, confidence=confidence)
    segment.edited_at = timezone.now() if edited else None
    [line] = build_lines([segment])
    assert line.is_unsure is expected


@pytest.mark.parametrize(
    ("speaker", "in_notes", "by_ear"),
    [
        (None, "Somebody", "Somebody"),
        (Speaker(label="S2"), "Speaker 2", "Speaker 2"),
        (Speaker(label="S2", suggested_name="Tom"), "Speaker 2", "Tom"),
        (Speaker(label="S2", suggested_name="Tom", name="Tim"), "Tim", "Tim"),
    ],
)
def test_a_name_that_was_only_heard_stays_out_of_the_notes(speaker, in_notes, by_ear):
    assert (call_speaker(speaker), call_speaker(speaker, by_ear=True)) == (in_notes, by_ear)
