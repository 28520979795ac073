"""Training of the order of lines: acts to lines, and a model that learns what is there to learn."""

import gzip
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from meetings.evaluation.ranking import load_training_meetings, train
from meetings.notes.ranking import CUES, KINDS

FEATURES = 2 * 384 + len(CUES) + 5


def write_acts(folder, name: str, *, meetings: int, has_actions: bool = True) -> None:
    with gzip.open(folder / f"{name}_dialogue_acts.jsonl.gz", "wt", encoding="utf-8") as out:
        for number in range(meetings):
            split = "dev" if number % 3 == 2 else "train"
            out.write(
                json.dumps({"record": "meeting", "meeting": f"{name}{number}", "split": split, "items": []})
                + "\n"
            )
            for position in range(40):
                carries = position % 8 == 0
                text = (
                    "Please finish the working design by then."
                    if carries
                    else f"That was {position} years ago, I believe."
                )
                links = {
                    "decision": position % 10 == 1,
                    "problem": False,
                    **({"action": carries} if has_actions else {}),
                }
                act = {
                    "record": "act",
                    "text": text,
                    "start": position,
                    "end": position + 1,
                    "speaker": "AB"[position % 2],
                }
                out.write(json.dumps({**act, "links": links, "extractive": carries}) + "\n")


def embed(texts):
    """Two directions: the task, and anything else."""
    vectors = np.zeros((len(texts), 384), dtype=np.float32)
    for row, text in enumerate(texts):
        vectors[row, 0 if "design" in text else 1] = 1
    return vectors


def test_acts_become_lines_with_their_labels(tmp_path):
    write_acts(tmp_path, "one", meetings=2)
    write_acts(tmp_path, "two", meetings=1, has_actions=False)
    meetings = list(load_training_meetings(tmp_path))
    assert [m.name for m in meetings] == ["one0", "one1", "two0"]
    assert meetings[2].labels["action"] is None
    carrying = [
        line.text
        for line, is_task in zip(meetings[0].lines, meetings[0].labels["action"], strict=True)
        if is_task
    ]
    assert carrying and all("working design" in text for text in carrying)
    assert meetings[0].labels["point"].sum() == 5


def test_it_learns_to_tell_tasks_from_talk(tmp_path):
    write_acts(tmp_path, "one", meetings=6)
    trained = train(list(load_training_meetings(tmp_path)), embed=embed)
    assert set(trained) == set(KINDS)
    for kind in KINDS:
        assert trained[kind].weights.shape == (FEATURES,)
    assert trained["action"].precision > 0.99 > 0.2 > trained["action"].chance
    assert trained["action"].weights[0] > 0 > trained["action"].weights[1]


def test_a_folder_without_acts_is_refused(tmp_path):
    with pytest.raises(CommandError, match="dialogue_acts"):
        call_command("train_ranking", str(tmp_path))
