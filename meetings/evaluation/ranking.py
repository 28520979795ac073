"""Training of the order in which lines are looked at (`meetings/notes/ranking.py`), from annotated dialogue acts.

The acts of a meeting are joined to lines as the pipeline joins what was heard; a line carries what one of its acts carries. Balanced logistic regression; the
strengths of the penalty were chosen by average precision on meetings that are marked "dev", which are not trained on.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meetings.models import Segment, Speaker
from meetings.notes.lines import Line, build_lines
from meetings.notes.ranking import KINDS, build_features, is_rankable

# Sentence vectors have length 1 and spread over 384 numbers; against cues of 0 and 1 the penalty would leave nothing of them.
VECTOR_SCALE = 3.0
VECTOR_COLUMNS = 2 * 384
PENALTY_C = {"action": 0.03, "decision": 0.01, "point": 0.01}
ITERATIONS = 300

Embed = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class TrainingMeeting:
    """`labels[kind]`: bool (lines,), or None where annotators were not asked for the kind."""

    name: str
    split: str
    lines: list[Line]
    labels: dict[str, np.ndarray | None]


def load_training_meetings(folder: Path) -> Iterator[TrainingMeeting]:
    """From `*_dialogue_acts.jsonl.gz`: one JSON a line, `record` "meeting" or "act", meetings after each other. Raises OSError, ValueError."""
    for path in sorted(folder.glob("*_dialogue_acts.jsonl.gz")):
        head, acts = None, []
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                if row["record"] == "act":
                    acts.append(row)
                    continue
                if head is not None:
                    yield _join_acts(head, acts)
                head, acts = row, []
        if head is not None:
            yield _join_acts(head, acts)


def _join_acts(head: dict, acts: list[dict]) -> TrainingMeeting:
    voices: dict[str, Speaker] = {}
    segments = [
        Segment(
            pk=number,
            speaker=voices.setdefault(act["speaker"], Speaker(pk=len(voices) + 1, label=act["speaker"])),
            start_ms=round(act["start"] * 1000),
            end_ms=round(act["end"] * 1000),
            text=act["text"],
        )
        for number, act in enumerate(acts)
    ]
    lines = build_lines(segments)
    carried = [
        [acts[pk] for pk in line.segment_ids if _stands_in(acts[pk]["text"], line.text)] for line in lines
    ]
    has_actions = any("action" in act["links"] for act in acts)
    labels = {
        "action": _label(carried, lambda act: act["links"].get("action")) if has_actions else None,
        "decision": _label(carried, lambda act: act["links"].get("decision")),
        "point": _label(carried, lambda act: act["extractive"]),
    }
    return TrainingMeeting(name=head["meeting"], split=head["split"], lines=lines, labels=labels)


def _stands_in(act: str, line: str) -> bool:
    """A row may stand in two lines; its act belongs to the line that has its beginning, or begins inside it."""
    return act.strip(" .,")[:15] in line or line[:15] in act


def _label(carried: list[list[dict]], has: Callable[[dict], bool | None]) -> np.ndarray:
    return np.array([any(has(act) for act in acts) for acts in carried], dtype=bool)


@dataclass(frozen=True, kw_only=True)
class Trained:
    """`precision`: average precision on the dev meetings, `chance` what a random order has there."""

    weights: np.ndarray
    bias: float
    precision: float
    chance: float


def train(meetings: Sequence[TrainingMeeting], *, embed: Embed) -> dict[str, Trained]:
    """One model a kind, trained on all meetings that are not "dev". Needs scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score

    features = [_build(meeting, embed=embed) for meeting in meetings]
    trained = {}
    for kind in KINDS:
        (x, y), (dev_x, dev_y) = (
            _stack(meetings, features, kind=kind, is_dev=is_dev) for is_dev in (False, True)
        )
        model = LogisticRegression(C=PENALTY_C[kind], max_iter=ITERATIONS, class_weight="balanced").fit(x, y)
        weights = model.coef_[0].copy()
        weights[:VECTOR_COLUMNS] *= VECTOR_SCALE
        trained[kind] = Trained(
            weights=weights.astype(np.float32),
            bias=float(model.intercept_[0]),
            precision=float(average_precision_score(dev_y, model.decision_function(dev_x))),
            chance=float(dev_y.mean()),
        )
    return trained


def _build(meeting: TrainingMeeting, *, embed: Embed) -> np.ndarray:
    texts = [line.text for line in meeting.lines if is_rankable(line)]
    features = build_features(texts, embed(texts))
    features[:, :VECTOR_COLUMNS] *= VECTOR_SCALE
    return features


def _stack(
    meetings: Sequence[TrainingMeeting], features: Sequence[np.ndarray], *, kind: str, is_dev: bool
) -> tuple[np.ndarray, np.ndarray]:
    chosen = [
        (feature, meeting.labels[kind][[is_rankable(line) for line in meeting.lines]])
        for meeting, feature in zip(meetings, features, strict=True)
        if meeting.labels[kind] is not None and (meeting.split == "dev") == is_dev
    ]
    return np.vstack([x for x, _ in chosen]), np.concatenate([y for _, y in chosen])
