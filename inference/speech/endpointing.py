"""Where does an utterance begin and end, while people are still speaking? Speech probabilities in, finished utterances out.

    quiet ──speech──▶ open ──quiet for end_silence_s──────────────────────▶ finished
                       ├──longer than good_s, quiet for good_silence_s────▶ finished
                       └──longer than max_s─▶ cut at the quietest moment of its second half, the rest stays open

Only the sound decides, never the clock: the same recording gives the same utterances however fast it comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from inference.speech.audio import SAMPLE_RATE_HZ
from inference.speech.vad import FRAME, Span

FRAMES_PER_S = SAMPLE_RATE_HZ / FRAME
SMOOTH_FRAMES = 5  # a single quiet frame is inside a word


@dataclass(frozen=True, kw_only=True)
class EndpointRules:
    """Seconds, and Silero's threshold with its usual hysteresis. `max_gap_s`: a shorter pause is no pause between two spans.

    `min_speech_s`: an utterance with less is a click or a cough. Padding is sound kept before and behind the speech; it never
    reaches into the neighbour.
    """

    threshold: float = 0.5
    hysteresis: float = 0.15
    min_speech_s: float = 0.13
    max_gap_s: float = 0.3
    end_silence_s: float = 0.6
    good_s: float = 7.0
    good_silence_s: float = 0.3
    max_s: float = 14.0
    pad_before_s: float = 0.3
    pad_after_s: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """Samples [start, end) from the beginning of the session, and the spans of speech inside."""

    number: int
    start: int
    end: int
    spans: tuple[Span, ...]

    @property
    def speech_s(self) -> float:
        return sum(span.size for span in self.spans) / SAMPLE_RATE_HZ


class Endpointer:
    """One object per session. Frames are `vad.FRAME` samples long."""

    def __init__(self, rules: EndpointRules | None = None) -> None:
        self._rules = rules or EndpointRules()
        self._frame = 0
        self._number = 0
        self._floor = 0  # sample: end of the utterance before
        self._is_speech = False
        self._runs: list[list[int]] = []  # frames [start, end) of speech in the utterance under way
        self._probabilities: list[float] = []  # of all frames since the first run began

    @property
    def position(self) -> int:
        """The sample up to which everything was looked at."""
        return self._frame * FRAME

    @property
    def open(self) -> Utterance | None:
        """The utterance under way, up to `position`; None while nobody has spoken long enough."""
        if not self._runs or self._speech_frames() < self._rules.min_speech_s * FRAMES_PER_S:
            return None
        return self._to_utterance(self._runs, end=self.position)

    @property
    def needed_from(self) -> int:
        """The first sample an utterance may still contain."""
        start = self._runs[0][0] * FRAME if self._runs else self.position
        return self._padded_start(start)

    def add(self, probabilities: Iterable[float]) -> list[Utterance]:
        """The utterances these frames finished, in order."""
        finished = (self._add_frame(float(one)) for one in probabilities)
        return [one for one in finished if one is not None]

    def flush(self) -> list[Utterance]:
        """Finish what is open here and now."""
        last = self._finish(end_frame=self._frame) if self._runs else None
        return [last] if last else []

    def _add_frame(self, probability: float) -> Utterance | None:
        rules = self._rules
        self._is_speech = probability >= rules.threshold - (rules.hysteresis if self._is_speech else 0.0)
        if self._is_speech:
            self._add_speech()
        if not self._runs:
            self._frame += 1
            return None
        self._probabilities.append(probability)
        self._frame += 1
        length = self._frame - self._runs[0][0]
        quiet = self._frame - self._runs[-1][1]
        enough_s = rules.good_silence_s if length > rules.good_s * FRAMES_PER_S else rules.end_silence_s
        if quiet >= enough_s * FRAMES_PER_S:
            return self._finish(end_frame=self._frame)
        if length >= rules.max_s * FRAMES_PER_S:
            return self._cut()
        return None

    def _add_speech(self) -> None:
        frame, runs = self._frame, self._runs
        if runs and frame - runs[-1][1] < self._rules.max_gap_s * FRAMES_PER_S:
            runs[-1][1] = frame + 1
        else:
            runs.append([frame, frame + 1])

    def _speech_frames(self) -> int:
        return sum(end - start for start, end in self._runs)

    def _finish(self, *, end_frame: int) -> Utterance | None:
        """Close at the last word; None for a click."""
        pad = int(self._rules.pad_after_s * SAMPLE_RATE_HZ)
        end = min(self._runs[-1][1] * FRAME + pad, end_frame * FRAME)
        runs, self._runs, self._probabilities, self._is_speech = self._runs, [], [], False
        return self._give_out(runs, end=end)

    def _cut(self) -> Utterance | None:
        """Close in mid-speech: at the frame around which speech is least likely."""
        second_half = len(self._probabilities) // 2
        smooth = np.convolve(
            self._probabilities[second_half:], np.ones(SMOOTH_FRAMES) / SMOOTH_FRAMES, mode="valid"
        )
        index = second_half + int(np.argmin(smooth)) + SMOOTH_FRAMES // 2
        at = self._runs[0][0] + index
        before = [[start, min(end, at)] for start, end in self._runs if start < at]
        self._runs = [[max(start, at), end] for start, end in self._runs if end > at]
        first = self._runs[0][0] - at if self._runs else 0
        self._probabilities = self._probabilities[index + first :] if self._runs else []
        return self._give_out(before, end=at * FRAME)

    def _give_out(self, runs: list[list[int]], *, end: int) -> Utterance | None:
        if sum(end - start for start, end in runs) < self._rules.min_speech_s * FRAMES_PER_S:
            return None
        utterance = self._to_utterance(runs, end=end)
        self._floor = end
        self._number += 1
        return utterance

    def _to_utterance(self, runs: list[list[int]], *, end: int) -> Utterance:
        spans = tuple(Span(start=start * FRAME, end=min(stop * FRAME, end)) for start, stop in runs)
        return Utterance(number=self._number, start=self._padded_start(spans[0].start), end=end, spans=spans)

    def _padded_start(self, start: int) -> int:
        return max(self._floor, start - int(self._rules.pad_before_s * SAMPLE_RATE_HZ), 0)
