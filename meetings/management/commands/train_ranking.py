"""manage.py train_ranking FOLDER: the weights of the order in which the notes look at lines, from annotated dialogue acts."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from meetings.evaluation.ranking import load_training_meetings, train
from meetings.inference_client import InferenceClient
from meetings.notes.ranking import WEIGHTS


class Command(BaseCommand):
    help = (
        "Train the order in which lines are looked at for the notes. FOLDER holds *_dialogue_acts.jsonl.gz. Needs a running model server for the sentence "
        "vectors (about ten minutes for 140,000 acts on two cores) and requirements-evaluate.txt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--output", type=Path, default=WEIGHTS)

    def handle(self, *, folder: Path, output: Path, **options) -> None:
        meetings = list(load_training_meetings(folder))
        if not meetings:
            raise CommandError(f"No *_dialogue_acts.jsonl.gz with meetings in {folder}.")
        self.stderr.write(f"{len(meetings)} meetings, {sum(len(m.lines) for m in meetings)} lines")
        with InferenceClient() as client:
            trained = train(meetings, embed=client.embed)
        stored = {}
        for kind, model in trained.items():
            self.stdout.write(
                f"{kind}: average precision {model.precision:.3f}, by chance {model.chance:.3f}"
            )
            stored[f"{kind}_weights"], stored[f"{kind}_bias"] = model.weights, np.float32(model.bias)
        np.savez(output, **stored)
