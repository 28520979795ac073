"""Sound and pictures in a prompt, through the real libmtmd, into a random Gemma 4 with ears and eyes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from llama_cpp import llama_cpp as lib
from llama_cpp import mtmd_cpp as mtmd

from inference.chat.engine import ChatEngine
from inference.chat.media import AudioPart, Content, ImagePart, list_media
from inference.chat.prefix import end_piece
from inference.chat.request import ChatRequest
from inference.errors import ContextLengthExceeded, InvalidRequest, ModelFailed
from tests.inference.chat.conftest import run
from tests.inference.tiny_gemma import write_tiny_gemma, write_tiny_mmproj

MakeEngine = Callable[..., ChatEngine]


@pytest.fixture(scope="session")
def mmproj_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_mmproj(tmp_path_factory.mktemp("tiny") / "mmproj.gguf")


@pytest.fixture
def make_sensing(make_engine: MakeEngine, endless_path: Path, mmproj_path: Path) -> MakeEngine:
    return lambda **options: make_engine(
        endless_path, **{"mmproj_path": mmproj_path, "piece_tokens": 128, **options}
    )


def make_sound(*, seconds: float, seed: int = 0) -> AudioPart:
    noise = np.random.default_rng(seed).standard_normal(int(seconds * 16_000)) * 3000
    return AudioPart(samples=noise.astype(np.int16))


def make_picture(*, width: int = 640, height: int = 360, seed: int = 0) -> ImagePart:
    random = np.random.default_rng(seed)
    return ImagePart(pixels=random.integers(0, 255, (height, width, 3), dtype=np.uint8))


def ask(*content: Content, **options: object) -> ChatRequest:
    messages = [{"role": "user", "content": content}]
    return ChatRequest(messages=messages, **{"temperature": 0.0, "max_tokens": 12, **options})


@pytest.mark.parametrize("seconds", [0.5, 1.0, 4.0, 10.0])
def test_a_second_of_sound_is_25_places(make_sensing: MakeEngine, seconds: float):
    (span,) = make_sensing().prepare(ask(make_sound(seconds=seconds), "write it down")).spans
    assert len(span.places) == pytest.approx(25 * seconds, abs=1)
    assert not span.is_whole


@pytest.mark.parametrize(("width", "height"), [(1, 1), (48, 48), (1280, 720), (3840, 2160), (4000, 10)])
def test_a_picture_has_no_more_places_than_one_piece_takes(make_sensing: MakeEngine, width: int, height: int):
    engine = make_sensing()
    picture = make_picture(width=width, height=height)
    (span,) = engine.prepare(ask(picture, "what is it?")).spans
    assert 1 <= len(span.places) <= 128
    assert span.is_whole
    assert run(engine, ask(picture, "what is it?"))[0]


def compute_by_mtmd(engine: ChatEngine, request: ChatRequest) -> np.ndarray:
    """The logits behind the prompt, computed by libmtmd's own helper."""
    prepared, projector, context = engine.prepare(request), engine._projector, engine._context
    context.clear()
    spans = {span.places[0]: span for span in prepared.spans}
    at, index = 0, 0
    while index < len(prepared.prompt):
        token = prepared.prompt[index]
        if token >= 0:
            context.decode([token], at=at)
            at, index = at + 1, index + 1
            continue
        span = spans[token]
        chunk = mtmd.mtmd_input_chunks_get(span.owner.handle, span.chunk)
        new_past = lib.llama_pos(0)
        assert (
            mtmd.mtmd_helper_eval_chunk_single(
                projector._handle, context.handle, chunk, at, 0, 128, False, ctypes.byref(new_past)
            )
            == 0
        )
        at, index = new_past.value, index + len(span.places)
    return context.logits().copy()


@pytest.mark.parametrize(
    "content",
    [
        (make_sound(seconds=2), "write it down"),
        ("look:", make_picture(), "what is it?"),
        (make_sound(seconds=1), "and", make_picture(seed=3), "both"),
    ],
    ids=["sound", "picture", "both"],
)
def test_it_computes_what_libmtmd_computes(make_sensing: MakeEngine, content: Content):
    engine = make_sensing()
    expected = compute_by_mtmd(engine, ask(*content))
    engine._prefixes.forget()
    prepared = engine.prepare(ask(*content, max_tokens=1))
    list(engine.generate(prepared))
    computed = engine._context.logits()
    sampled = np.isfinite(computed)  # the sampler has struck out the suppressed ones
    np.testing.assert_allclose(computed[sampled], expected[sampled], atol=2e-2)


def test_what_is_heard_and_seen_matters(make_sensing: MakeEngine):
    engine = make_sensing()
    for make in (lambda seed: make_sound(seconds=2, seed=seed), lambda seed: make_picture(seed=seed)):
        logits = []
        for seed in (1, 2):
            list(engine.generate(ask(make(seed), "what?", max_tokens=1)))
            logits.append(np.nan_to_num(engine._context.logits(), neginf=0.0))
        assert np.abs(logits[0] - logits[1]).max() > 0.05


def test_the_second_question_about_a_sound_does_not_hear_it_again(make_sensing: MakeEngine):
    sound = make_sound(seconds=6)
    engine = make_sensing()
    run(engine, ask(sound, "who speaks?"))
    run(engine, ask(sound, "what about?"))
    text, last = run(engine, ask(sound, "when was it?"))
    assert last.usage.cached_tokens > 150
    assert text == run(make_sensing(snapshot_bytes=0), ask(sound, "when was it?"))[0]


def test_another_sound_of_the_same_length_is_not_mistaken(make_sensing: MakeEngine):
    engine = make_sensing()
    run(engine, ask(make_sound(seconds=6, seed=1), "who speaks?"))
    other = ask(make_sound(seconds=6, seed=2), "who speaks?")
    text, last = run(engine, other)
    assert last.usage.cached_tokens < 20
    assert text == run(make_sensing(), other)[0]


@pytest.mark.parametrize("snapshot_bytes", [0, 1 << 20])
def test_interleaved_requests_do_not_disturb_each_other(make_sensing: MakeEngine, snapshot_bytes: int):
    requests = [
        ask(make_sound(seconds=3), "write it down"),
        ask("look:", make_picture(), "what is it?"),
        ask("no media here, but a longer text than the others have, so that it is read in pieces"),
    ]
    engine = make_sensing(snapshot_bytes=snapshot_bytes)
    texts = ["", "", ""]
    for pieces in zip_longest(*(engine.generate(request) for request in requests)):
        for index, piece in enumerate(pieces):
            texts[index] += piece.text if piece else ""
    assert texts == [run(make_sensing(), request)[0] for request in requests]


def test_a_place_is_held_until_its_last_request_has_ended(make_sensing: MakeEngine):
    engine = make_sensing()
    sound = make_sound(seconds=1)
    first, second = (engine.generate(ask(sound, text)) for text in ("one", "two"))
    next(first), next(second)
    first.close()
    assert "".join(piece.text for piece in second if piece)
    assert engine._mixed._places == {} == engine._mixed._holders


def test_too_long_a_sound_is_refused_before_it_is_heard(make_sensing: MakeEngine):
    engine = make_sensing()
    engine._projector.encode = None  # would fail
    with pytest.raises(ContextLengthExceeded):
        next(engine.generate(ask(make_sound(seconds=60), "write it down")))


def test_too_short_a_sound_is_refused(make_sensing: MakeEngine):
    with pytest.raises(InvalidRequest):
        make_sensing().prepare(ask(make_sound(seconds=0), "write it down"))


def test_libmtmd_s_marker_in_a_text_is_text(make_sensing: MakeEngine):
    assert len(make_sensing().prepare(ask(make_sound(seconds=1), "he said <__media__> to her")).spans) == 1


@pytest.mark.parametrize("marker", ["<|audio>", "<image|>", "<turn|>", "<|tool_call>", '<|"|>', "<|channel>"])
def test_marks_in_a_text_are_text(make_sensing: MakeEngine, marker: str):
    engine = make_sensing()
    prepared = engine.prepare(ask(make_sound(seconds=1), f"he said {marker} to her"))
    assert len(prepared.spans) == 1
    control = engine._model.vocabulary.tokenize(marker, special=True)
    plain = engine.prepare(ask(make_sound(seconds=1), "he said to her"))
    assert prepared.prompt.count(control[0]) == plain.prompt.count(control[0])


@pytest.mark.parametrize(("ears", "eyes"), [(True, False), (False, True)])
def test_a_model_with_one_sense(
    make_engine: MakeEngine, endless_path: Path, tmp_path: Path, ears: bool, eyes: bool
):
    path = write_tiny_mmproj(tmp_path / "one.gguf", ears=ears, eyes=eyes)
    engine = make_engine(endless_path, mmproj_path=path, piece_tokens=128)
    assert (engine.can_hear, engine.can_see) == (ears, eyes)
    assert ("audio" in engine.get_facts().capabilities, "image" in engine.get_facts().capabilities) == (
        ears,
        eyes,
    )
    missing = make_picture() if ears else make_sound(seconds=1)
    with pytest.raises(InvalidRequest):
        engine.prepare(ask(missing, "what?"))


def test_a_model_without_senses(make_engine: MakeEngine, endless_path: Path):
    engine = make_engine(endless_path)
    assert not engine.can_hear and not engine.can_see
    with pytest.raises(InvalidRequest):
        engine.prepare(ask(make_sound(seconds=1), "what?"))


def test_a_damaged_projector(endless_path: Path, mmproj_path: Path, tmp_path: Path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(mmproj_path.read_bytes()[:5000])
    engine = ChatEngine(endless_path, n_ctx=512, threads=1, mmproj_path=broken)
    with pytest.raises(ModelFailed):
        engine.load()
    engine.close()


def test_a_schema_is_followed_after_a_picture(make_sensing: MakeEngine):
    schema = {"type": "object", "properties": {"who": {"enum": ["Ann", "Bob"]}}, "required": ["who"]}
    text, _ = run(make_sensing(), ask(make_picture(), "who?", schema=schema, max_tokens=60))
    assert text.startswith("{") and ('"Ann"' in text or '"Bob"' in text)


def test_nothing_of_it_is_printed(make_sensing: MakeEngine, capfd: pytest.CaptureFixture[str]):
    run(make_sensing(), ask(make_sound(seconds=1), "the secret plan", make_picture()))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("start", "size", "end"), [(0, 4, 4), (0, 8, 5), (5, 4, 12), (0, 20, 20), (12, 4, 16), (7, 2, 12)]
)
def test_pieces_do_not_cut_a_picture(start: int, size: int, end: int):
    assert end_piece(start, size, 40, solids=[(5, 12)]) == end


def test_media_of_a_conversation():
    sound, picture = make_sound(seconds=1), make_picture()
    messages = [{"role": "system", "content": "x"}, {"role": "user", "content": (sound, "y", picture)}]
    assert list_media(messages) == [sound, picture]


def test_window_and_pictures_together(make_engine: MakeEngine, tmp_path: Path, mmproj_path: Path):
    """The window (32) is shorter than the picture (over 100 places): a rewind into it would be silently wrong."""
    path = write_tiny_gemma(tmp_path / "model.gguf", ends=-100.0, seed=4)
    picture = make_picture(seed=5)
    engine = make_engine(path, mmproj_path=mmproj_path, piece_tokens=128)
    for question in ("who?", "what?", "when was it made, and where?", "who?"):
        fresh = make_engine(path, mmproj_path=mmproj_path, piece_tokens=128, snapshot_bytes=0)
        assert run(engine, ask(picture, question))[0] == run(fresh, ask(picture, question))[0]
