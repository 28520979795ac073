from __future__ import annotations

import sys

import pytest

from inference.bench.words import compute_wer, list_words


def test_case_punctuation_and_apostrophes_do_not_count():
    assert list_words("Don’t ship it, Tom: 3 of 4!") == ["dont", "ship", "it", "tom", "3", "of", "4"]


def test_word_errors():
    pytest.importorskip("jiwer")
    assert compute_wer("We ship it on Monday.", "we ship on monday now") == pytest.approx(2 / 5)


def test_without_jiwer_there_is_no_figure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "jiwer", None)
    assert compute_wer("a b", "a b") is None
