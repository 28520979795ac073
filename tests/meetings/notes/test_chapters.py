"""Where the talk turns to something else."""

import numpy as np

from meetings.notes.chapters import SHORTEST_MS, cut_chapters
from tests.meetings.notes.talk import make_lines


def make_talk(count: int):
    return make_lines(
        "\n".join(f"{'Ann' if i % 2 else 'Ben'}: Sentence number {i} of this talk." for i in range(count))
    )


def make_vectors(sizes):
    """Runs of lines about one thing each."""
    rows = [np.eye(8, dtype=np.float32)[topic] for topic, size in enumerate(sizes) for _ in range(size)]
    return np.stack(rows)


def test_a_chapter_begins_where_the_matter_changes():
    lines = make_talk(90)
    assert [c.start for c in cut_chapters(lines, make_vectors([30, 30, 30]), max_tokens=2000)] == [0, 30, 60]


def test_every_line_is_in_exactly_one_chapter_and_none_is_too_long():
    lines = make_talk(400)
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(400, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chapters = cut_chapters(lines, vectors, max_tokens=300)
    assert [i for chapter in chapters for i in chapter] == list(range(400))
    assert all(sum(len(lines[i].text) for i in chapter) <= 900 for chapter in chapters)


def test_a_short_talk_is_one_chapter():
    lines = make_talk(5)
    assert lines[-1].end_ms < SHORTEST_MS
    assert cut_chapters(lines, make_vectors([2, 3]), max_tokens=500) == [range(0, 5)]


def test_nothing_said():
    assert cut_chapters([], np.zeros((0, 8), dtype=np.float32), max_tokens=500) == []


def test_one_line_that_is_too_long_still_is_a_chapter():
    lines = make_lines("Ann: " + "word " * 50)
    assert cut_chapters(lines, make_vectors([1]), max_tokens=10) == [range(0, 1)]
