"""On what data does the gate's threshold stand? Whisper's score for right text and for wrong, on segments whose words people wrote down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inference.bench.figures import Figure, percentile
from inference.bench.ground import Ground, Said, cut
from inference.speech.audio import to_float
from inference.speech.gate import MIN_SCORE
from inference.speech.segmentation import compute_confidence
from inference.speech.vad import Span
from inference.speech.whisper import WhisperEngine
from inference.speech.windows import Window

MIN_S, MAX_S = 0.8, 15.0  # of a segment; longer ones the chat model never gets
MAX_SEGMENTS = 200
ELSEWHERE = 7  # another's text: of the segment so many further on
DESCRIPTION = "The audio contains people who talk about their work in a meeting."


def measure_gate(ground: Ground) -> list[Figure]:
    """Nothing without a --reference."""
    if ground.said is None:
        ground.say("gate: no --reference: not measured")
        return []
    segments = [one for one in ground.said if MIN_S <= one.end_s - one.start_s <= MAX_S][:MAX_SEGMENTS]
    kinds: dict[str, Callable[[int], str]] = {
        "the right text": lambda index: segments[index].text,
        "another's text": lambda index: segments[(index + ELSEWHERE) % len(segments)].text,
        "a description": lambda index: DESCRIPTION,
        "the right text twice": lambda index: f"{segments[index].text} {segments[index].text}",
        "its first half": lambda index: _halve(segments[index].text),
    }
    scores: dict[str, list[float]] = {kind: [] for kind in kinds}
    for index, segment in enumerate(segments):
        score = _open(ground, segment)
        for kind, choose in kinds.items():
            scores[kind].append(score(choose(index)))
    return [*_to_figures(scores), *_to_decisions(scores)]


def _open(ground: Ground, segment: Said) -> Callable[[str], float]:
    """The sound of a segment is read once, and its texts are laid on it."""
    engine: WhisperEngine = ground.whisper
    sound = cut(ground.recording, start_s=segment.start_s, length_s=segment.end_s - segment.start_s)
    window = Window(start=0, end=sound.size, spans=(Span(start=0, end=sound.size),))
    encoded = engine.encode(to_float(sound), full=False)

    def score(text: str) -> float:
        words = engine.align_text(text, encoded, language="en", window=window)
        return compute_confidence([heard.word for heard in words])

    return score


def _halve(text: str) -> str:
    words = text.split()
    return " ".join(words[: max(1, len(words) // 2)])


def _to_figures(scores: dict[str, list[float]]) -> list[Figure]:
    return [
        Figure(
            row="gate",
            what=f"score of {kind}, median",
            value=percentile(found, 0.5),
            unit="",
            note=f"5 of 100 below {percentile(found, 0.05):.3f}, above {percentile(found, 0.95):.3f}; {len(found)} segments",
        )
        for kind, found in scores.items()
    ]


def _to_decisions(scores: dict[str, list[float]]) -> list[Figure]:
    right, wrong = scores["the right text"], scores["another's text"] + scores["a description"]
    best = find_threshold(right, wrong)
    return [
        Figure(
            row="gate", what=what, value=100 * share, unit="%", note=f"at a score of {threshold:.3f}: {note}"
        )
        for threshold, note in ((MIN_SCORE, "the constant"), (best, "fewest mistakes here"))
        for what, share in (
            ("right text that is refused", _count_below(right, threshold) / len(right)),
            ("wrong text that is let through", 1 - _count_below(wrong, threshold) / len(wrong)),
        )
    ]


def find_threshold(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The score at which the shares of right text below and of wrong text at or above it are smallest together."""

    def rate(threshold: float) -> float:
        return _count_below(right, threshold) / len(right) - _count_below(wrong, threshold) / len(wrong)

    return min(sorted({*right, *wrong}), key=rate)


def _count_below(scores: Sequence[float], threshold: float) -> int:
    return sum(score < threshold for score in scores)
