"""The figures of slides, on a small film and the real decks; the reading with a fake, the real one with the models."""

import pypdfium2 as pdfium
import pytest

from meetings.bench import slides as bench
from meetings.inference_client import InferenceClient
from tests.meetings.slides.test_cut import TALK, make_film
from tests.meetings.slides.test_read import FakeClient


def test_a_film_against_its_reference(tmp_path):
    film = make_film(tmp_path / "film.mp4", TALK)
    figures = {figure.name: figure for figure in bench.measure_film(film, [0, 20_000, 42_000, 50_000])}
    assert figures["slides of the film"].value == 4
    assert figures["of these not found"].value == 1
    assert figures["found twice, or no slide"].value == 0
    assert figures["memory of cutting"].value > 10


def test_the_decks_say_what_is_looked_for():
    document = pdfium.PdfDocument(bench.draw_deck())
    assert len(document) == bench.PAGES
    assert bench.make_word(59) in document[59].get_textpage().get_text_range()
    assert len({bench.make_word(page) for page in range(bench.PAGES)}) == bench.PAGES
    assert len(pdfium.PdfDocument(bench.scan_deck())) == bench.PAGES


@pytest.mark.django_db
def test_a_deck_is_found_by_its_last_page():
    assert 0 < bench.measure_deck(bench.draw_deck(), client=FakeClient("x")) < bench.DECK_S


@pytest.mark.django_db
def test_a_deck_that_cannot_be_found_is_an_error():
    with pytest.raises(RuntimeError):
        bench.measure_deck(bench.scan_deck(), client=FakeClient("nothing"))


@pytest.mark.models
@pytest.mark.django_db
def test_a_scanned_deck_is_really_read(monkeypatch, compact_server):
    monkeypatch.setattr(bench, "PAGES", 2)
    with InferenceClient(compact_server) as client:
        assert bench.measure_deck(bench.scan_deck(), client=client) > 0
