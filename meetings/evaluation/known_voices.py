"""How well a voice is known again: vectors of one person's speech compared with the same person's and with others'.

    each person of a recording ─▶ the speech nobody else speaks over ─▶ first half: what is learned ─ second half, in pieces: what is heard
    every learned × every heard ─▶ cosine ─▶ one voice, or two?         each piece once as it was, and once as if in another room

The data has nobody twice in two real rooms, so the other room is made: an echo of 0.4 s and noise 15 dB below the voice.
"""

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from meetings.inference_client import InferenceClient
from meetings.media import SPEECH_RATE_HZ, convert_recording, read_speech
from meetings.pieces import Piece
from meetings.voices.known import MIN_SPEECH_MS, SAME_VOICE, compute_confidence
from meetings.voices.listen import MAX_SPEECH_MS

from .reference import Reference, Turn

# Less than this is not listened to at all; what lies between it and MIN_SPEECH_MS is scored apart: the product does not name by it.
SHORTEST_MS = 3_000
MAX_PIECES = 8
GUARD_MS = 100
ECHO_S = 0.4
NOISE_DB = -15.0


@dataclasses.dataclass(frozen=True)
class Print:
    """A piece of one person's speech as a vector. `part`: "learned", "heard" or "other room"."""

    recording: str
    person: str
    part: str
    length_ms: int
    vector: np.ndarray


@dataclasses.dataclass(frozen=True)
class Pair:
    """One learned voice beside one heard. `is_long`: both rest on as much speech as the product asks for."""

    learned: str
    heard: str
    cosine: float
    is_same: bool
    is_long: bool
    part: str
    is_synthetic: bool


def listen(
    references: Iterable[Reference], *, client: InferenceClient, say: Callable[[str], None]
) -> Iterator[Print]:
    """Every person of every recording. Raises what the client raises."""
    for reference in references:
        if reference.audio_path is None or not reference.has_times:
            continue
        say(reference.id)
        samples = _read(reference.audio_path)
        for person in sorted({turn.speaker for turn in reference.turns}):
            speech = cut_clean(samples, reference.turns, person=person)
            for part, piece in list_pieces(speech):
                heard = client.describe_voice(Piece(start_ms=0, samples=piece).to_wav())
                if heard.vector is not None:
                    yield Print(reference.id, person, part, piece.size * 1000 // SPEECH_RATE_HZ, heard.vector)


def _read(path: Path) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        media = convert_recording(path, Path(folder))
        return np.concatenate(list(read_speech(media.audio)))


def cut_clean(samples: np.ndarray, turns: Sequence[Turn], *, person: str) -> np.ndarray:
    """What this person says while nobody else speaks, one piece behind the other."""
    count = samples.size * 1000 // SPEECH_RATE_HZ + 1
    mine, others = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for turn in turns:
        if turn.speaker == person:
            mine[turn.start_ms : turn.end_ms] = True
        else:
            others[max(0, turn.start_ms - GUARD_MS) : turn.end_ms + GUARD_MS] = True
    clean = np.repeat(mine & ~others, SPEECH_RATE_HZ // 1000)[: samples.size]
    return samples[: clean.size][clean]


def list_pieces(speech: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """("learned", the first half, as much as the product takes), then pieces of the second as they were and as in another room. Who speaks too
    little for two is only heard."""
    shortest, whole, most = (
        ms * SPEECH_RATE_HZ // 1000 for ms in (SHORTEST_MS, MIN_SPEECH_MS, MAX_SPEECH_MS)
    )
    rest = speech
    if speech.size >= 2 * shortest:
        yield "learned", speech[: min(speech.size // 2, most)]
        rest = speech[speech.size // 2 :]
    for start in range(0, min(rest.size, MAX_PIECES * whole), whole):
        piece = rest[start : start + whole]
        if piece.size >= whole or (start == 0 and piece.size >= shortest):
            yield "heard", piece
            yield "other room", move_to_another_room(piece)


def move_to_another_room(speech: np.ndarray) -> np.ndarray:
    """int16 in, int16 out, of the same length; the same noise every time."""
    random = np.random.default_rng(1)
    times = np.arange(int(ECHO_S * SPEECH_RATE_HZ)) / SPEECH_RATE_HZ
    # Energy falls by 60 dB over the echo; what comes directly is some 3 dB above all that comes back.
    echo = random.normal(0, 1, times.size) * 10 ** (-3 * times / ECHO_S)
    echo *= 0.7 / np.linalg.norm(echo)
    echo[0] = 1
    size = speech.size + echo.size - 1
    wet = np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(echo, size), size)[: speech.size]
    wet += random.normal(0, wet.std() * 10 ** (NOISE_DB / 20), wet.size)
    return np.clip(wet * min(1, 32_000 / max(1, np.abs(wet).max())), -32_768, 32_767).astype(np.int16)


def pair_up(prints: Sequence[Print]) -> list[Pair]:
    """Everybody learned beside everybody heard, where it is known whether they are one person."""
    learned = [one for one in prints if one.part == "learned"]
    heard = [one for one in prints if one.part != "learned"]
    return [
        Pair(
            learned=f"{a.recording} {a.person}",
            heard=f"{b.recording} {b.person}",
            cosine=float(a.vector @ b.vector),
            is_same=(a.recording, a.person) == (b.recording, b.person),
            is_long=min(a.length_ms, b.length_ms) >= MIN_SPEECH_MS,
            part=b.part,
            is_synthetic=is_synthetic(a.recording),
        )
        for a in learned
        for b in heard
        if a.recording == b.recording or are_of_different_people(a.recording, b.recording)
    ]


def are_of_different_people(recording: str, other: str) -> bool:
    """A, B and C of two recordings of one place (their names begin alike) may be one person or two, and two recordings by a synthesiser may
    have a voice in common."""
    return recording[:6] != other[:6] and not (is_synthetic(recording) and is_synthetic(other))


def is_synthetic(recording: str) -> bool:
    """Voices of a synthesiser are easier to know again than people's."""
    return recording.endswith("_tts") or recording == "launch_planning"


def render_table(pairs: Sequence[Pair]) -> str:
    """Missed: of pairs that are one person, below SAME_VOICE. False: of pairs that are two, at it or above."""
    rows = [
        "| what | one person: pairs, cosine 5 %…95 %, missed | two people: pairs, cosine 5 %…95 %, false | equal error |",
        "| --- | --- | --- | --- |",
    ]
    groups = {
        f"real people, {SHORTEST_MS / 1000:g} s and more": [
            p for p in pairs if not p.is_synthetic and p.part == "heard"
        ],
        "the same, in another room": [p for p in pairs if not p.is_synthetic and p.part == "other room"],
        f"synthetic voices, {MIN_SPEECH_MS / 1000:g} s": [
            p for p in pairs if p.is_synthetic and p.is_long and p.part == "heard"
        ],
        "the same voices, in another room": [
            p for p in pairs if p.is_synthetic and p.is_long and p.part == "other room"
        ],
        f"all with {MIN_SPEECH_MS / 1000:g} s and more": [p for p in pairs if p.is_long],
        "all": list(pairs),
    }
    for name, group in groups.items():
        same = np.array([p.cosine for p in group if p.is_same])
        other = np.array([p.cosine for p in group if not p.is_same])
        equal = find_equal_error(same, other)
        shown = "" if equal is None else f"{equal[1]:.1%} at {equal[0]:.2f}"
        rows.append(
            f"| {name} | {_describe(same, same < SAME_VOICE)} | {_describe(other, other >= SAME_VOICE)} | {shown} |"
        )
    even, steepness = fit_confidence(pairs)
    rows.append(
        f"\nSAME_VOICE {SAME_VOICE:.2f}: confidence {compute_confidence(SAME_VOICE):.0%}; the curve that fits best: even at {even:.2f}, steepness {steepness:.0f}"
    )
    return "\n".join(rows)


def list_people(pairs: Sequence[Pair]) -> Iterator[str]:
    """Each person learned beside each person heard, the nearest first, as far as they are one or might be taken for one."""
    groups: dict[tuple[str, str, bool, str], list[float]] = {}
    for pair in pairs:
        groups.setdefault((pair.learned, pair.heard, pair.is_same, pair.part), []).append(pair.cosine)
    for (learned, heard, is_same, part), cosines in sorted(groups.items(), key=lambda group: -max(group[1])):
        if is_same or max(cosines) >= SAME_VOICE - 0.1:
            said = "one person" if is_same else "two people"
            yield f"{min(cosines):.2f}…{max(cosines):.2f}  {said}, {part}: {learned} / {heard}"


def _describe(cosines: np.ndarray, wrong: np.ndarray) -> str:
    if not cosines.size:
        return "none"
    low, high = np.percentile(cosines, [5, 95])
    return f"{cosines.size}, {low:.2f}…{high:.2f}, {wrong.sum()} ({wrong.mean():.1%})"


def find_equal_error(same: np.ndarray, other: np.ndarray) -> tuple[float, float] | None:
    """(threshold, rate) where as large a share of the same is missed as of the others is taken."""
    if not same.size or not other.size:
        return None
    cuts = np.sort(np.concatenate([same, other]))
    missed = np.searchsorted(np.sort(same), cuts) / same.size
    false = 1 - np.searchsorted(np.sort(other), cuts) / other.size
    best = int(np.argmin(np.abs(missed - false)))
    return float(cuts[best]), float((missed[best] + false[best]) / 2)


def fit_confidence(pairs: Sequence[Pair]) -> tuple[float, float]:
    """(cosine of 50 %, steepness) of the logistic curve, pairs that are one person counting as much as those that are two (Newton's method)."""
    cosines = np.array([pair.cosine for pair in pairs])
    same = np.array([pair.is_same for pair in pairs], dtype=float)
    weights = np.where(same > 0, 0.5 / max(1.0, same.sum()), 0.5 / max(1.0, (1 - same).sum()))
    x = np.stack([np.ones_like(cosines), cosines])
    fitted = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-(fitted @ x)))
        # A little pull towards nothing, so that classes that do not touch have a finite steepness.
        gradient = x @ (weights * (same - p)) - 1e-5 * fitted
        curvature = (x * (weights * p * (1 - p))) @ x.T + 1e-5 * np.eye(2)
        fitted = fitted + np.linalg.solve(curvature, gradient)
    return float(-fitted[0] / fitted[1]), float(fitted[1])
