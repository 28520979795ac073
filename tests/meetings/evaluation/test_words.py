"""WER and cpWER on lines whose errors can be counted by hand."""

from meetings.evaluation.outcome import HeardSegment
from meetings.evaluation.reference import Turn
from meetings.evaluation.words import pool_words, score_words


def turns(*lines: tuple[str, str]) -> list[Turn]:
    return [Turn(i * 1000, i * 1000 + 900, who, text) for i, (who, text) in enumerate(lines)]


def heard(*lines: tuple[str | None, str]) -> list[HeardSegment]:
    return [HeardSegment(str(i), i * 1000, i * 1000 + 900, who, text) for i, (who, text) in enumerate(lines)]


SAID = turns(("Ann", "We launch on the fifteenth."), ("Tom", "Agreed, uh, fine."))


def test_all_right():
    score = score_words(SAID, heard(("S1", "we launch on the 15th"), ("S2", "Agreed. Fine.")), language="en")
    assert (score.errors, score.reference_words, score.wer, score.cpwer) == (0, 7, 0.0, 0.0)


def test_numbers_written_otherwise_count_only_as_written():
    score = score_words(SAID, heard(("S1", "we launch on the 15th"), ("S2", "agreed fine")), language="en")
    assert (score.wer, score.plain_wer) == (0.0, 1 / 7)


def test_one_of_each_error():
    score = score_words(SAID, heard(("S1", "we lunch the 15th day"), ("S2", "agreed fine")), language="en")
    assert score.errors == 3


def test_words_under_the_wrong_speaker():
    score = score_words(
        SAID,
        heard(
            ("S1", "we launch on the 15th agreed fine"),
        ),
        language="en",
    )
    assert score.errors == 0
    assert score.speaker_errors == 4


def test_before_the_voices_are_told_apart():
    score = score_words(SAID, heard((None, "we launch on the 15th agreed fine")), language="en")
    assert score.cpwer is None


def test_silence_counts_what_was_invented():
    score = score_words([], heard(("S1", "thank you for watching")), language="en")
    assert (score.wer, score.errors, score.heard_words) == (None, 4, 4)


def test_nothing_heard():
    score = score_words(SAID, [], language="en")
    assert score.wer == 1.0


def test_pool_counts_words_not_files():
    long = score_words(SAID, heard(("S1", "we launch on the 15th"), ("S2", "agreed fine")), language="en")
    short = score_words(turns(("Ann", "Hello.")), heard(("S1", "bye")), language="en")
    assert pool_words([long, short]).wer == 1 / 8
