"""Gemma 4 E2B and E4B differ from the 12B: numbers per layer that each token brings along, layers that look at the cache of earlier ones, a
conformer for ears and a vision transformer for eyes. A random model of that architecture, through the real llama.cpp and libmtmd."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.chat.engine import ChatEngine
from inference.chat.media import Content
from tests.inference.chat import conftest
from tests.inference.chat.conftest import run
from tests.inference.chat.test_media import ask, compute_by_mtmd, make_picture, make_sound
from tests.inference.tiny_gemma import LIKE_E2B, write_tiny_gemma
from tests.inference.tiny_small_senses import write_tiny_small_senses

MakeEngine = Callable[..., ChatEngine]


@pytest.fixture(scope="module")
def small_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gemma(tmp_path_factory.mktemp("small") / "model.gguf", ends=-100.0, shape=LIKE_E2B)


@pytest.fixture(scope="module")
def senses_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_small_senses(tmp_path_factory.mktemp("small") / "mmproj.gguf")


@pytest.fixture
def make_small(make_engine: MakeEngine, small_path: Path, senses_path: Path) -> MakeEngine:
    return lambda **options: make_engine(
        small_path, **{"mmproj_path": senses_path, "piece_tokens": 128, **options}
    )


def test_it_hears_and_sees(make_small: MakeEngine):
    assert {"audio", "image"} <= set(make_small().get_facts().capabilities)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 4.0, 10.0])
def test_a_second_of_sound_is_25_places_here_too(make_small: MakeEngine, seconds: float):
    (span,) = make_small().prepare(ask(make_sound(seconds=seconds), "write it down")).spans
    assert len(span.places) == pytest.approx(25 * seconds, abs=1)
    assert not span.is_whole


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1280, 720), (3840, 2160)])
def test_a_picture_has_no_more_places_than_one_piece_takes(make_small: MakeEngine, width: int, height: int):
    (span,) = make_small().prepare(ask(make_picture(width=width, height=height), "what is it?")).spans
    assert 1 <= len(span.places) <= 128


@pytest.mark.parametrize(
    "content",
    [(make_sound(seconds=2), "write it down"), ("look:", make_picture(), "what is it?")],
    ids=["sound", "picture"],
)
def test_it_computes_what_libmtmd_computes(make_small: MakeEngine, content: Content):
    engine = make_small()
    expected = compute_by_mtmd(engine, ask(*content))
    engine._prefixes.forget()
    list(engine.generate(engine.prepare(ask(*content, max_tokens=1))))
    computed = engine._context.logits()
    finite = np.isfinite(computed)  # suppressed tokens
    np.testing.assert_allclose(computed[finite], expected[finite], atol=0.05)


def test_what_is_heard_and_seen_matters(make_small: MakeEngine):
    engine = make_small()
    for make in (lambda seed: make_sound(seconds=2, seed=seed), lambda seed: make_picture(seed=seed)):
        assert len({run(engine, ask(make(seed), "what?"))[0] for seed in range(4)}) > 1


def test_reused_prefixes_give_the_same_text(make_engine: MakeEngine, small_path: Path):
    """The window (32 tokens) and the layers that share a cache, rewound together."""
    random.seed(5)
    reusing = make_engine(small_path)
    words = [
        "the",
        "meeting",
        "on",
        "sunday",
        "starts",
        "at",
        "nine",
        "and",
        "ends",
        "when",
        "everything",
        "was",
        "said",
    ] * 4
    for _ in range(15):
        system = " ".join(words[: random.choice([12, 30, 31, 33])])
        user = " ".join(random.choices(words, k=random.randrange(1, 30)))
        request = conftest.ask(system, user, max_tokens=random.choice([1, 8, 40]))
        fresh = make_engine(small_path, snapshot_bytes=0)
        assert run(reusing, request)[0] == run(fresh, request)[0]


def test_a_schema_is_followed(make_small: MakeEngine):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}},
        "required": ["n"],
    }
    text, last = run(make_small(), ask(make_sound(seconds=1), "how many?", schema=schema, max_tokens=200))
    assert text.startswith("{") and text.endswith("}")
    assert last.finish_reason == "stop"
