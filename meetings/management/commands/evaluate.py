"""`manage.py evaluate`: how good transcripts, speakers and notes are, on meetings whose truth is known."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from meetings.demo.load import FOLDER as DEMO_FOLDER
from meetings.errors import MinutebookError
from meetings.throwaway import make_environment, run_manage

# What scores is imported where it is used: this process often only starts another one.
if TYPE_CHECKING:
    from meetings.evaluation.report import Result

# Beside the checkout, where it is there; else the demo meeting that comes with the program.
DEFAULT_FOLDER = settings.BASE_DIR.parent / "shared" / "eval"


class Command(BaseCommand):
    help = (
        "Put meetings with known transcripts and notes through the pipeline and score what comes out: word error rate, "
        "diarization error rate, action items and decisions found, owners, due dates, citations, traps, speed. "
        "The form of the folder and every score are described in docs/quality.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            help="with references as JSON; default: ../shared/eval, else the demo meeting",
        )
        parser.add_argument(
            "--only",
            metavar="ID",
            action="append",
            default=[],
            help="a meeting's id or the start of it; may be repeated",
        )
        parser.add_argument(
            "--json", metavar="PATH", type=Path, dest="json_path", help="write every number to this file"
        )
        parser.add_argument(
            "--from-reference-text",
            action="store_true",
            help="make the notes from the reference's words, also where there is sound",
        )
        parser.add_argument(
            "--with-attendees",
            action="store_true",
            help="tell the program who was there, where the reference knows it",
        )
        parser.add_argument(
            "--with-speaker-count",
            action="store_true",
            help="tell the program how many people speak, as a person can in the meeting's details",
        )
        parser.add_argument(
            "--speech-only",
            action="store_true",
            help="stop when the speakers are told apart: words, voices and time are scored, no notes are written",
        )
        parser.add_argument(
            "--details", action="store_true", help="print every line of the notes with the verdict on it"
        )
        parser.add_argument(
            "--questions",
            metavar="PATH",
            type=Path,
            help="ask these questions of the meetings they name; nothing else is scored",
        )
        parser.add_argument(
            "--known-voices",
            action="store_true",
            help="only measure how surely a voice is known again, and how often another is taken for it",
        )
        parser.add_argument("--list", action="store_true", help="only say which meetings the folder holds")
        parser.add_argument(
            "--in-place",
            action="store_true",
            help="use this installation's database instead of a throw-away one",
        )

    def handle(self, *args, **options) -> None:
        if importlib.util.find_spec("meeteval") is None:
            raise CommandError("Scoring needs some more packages: pip install -r requirements-evaluate.txt")
        folder = options["folder"] or (DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else DEMO_FOLDER)
        if options["list"] or options["in_place"]:
            self._evaluate(folder, options)
            return
        with make_environment() as environment:
            code = run_manage(
                ["evaluate", *_repeat_arguments(folder, options), "--in-place"], environment=environment
            )
        if code:
            sys.exit(code)

    def _evaluate(self, folder: Path, options: dict) -> None:
        from meetings.evaluation.reference import list_references

        references = [r for r in list_references(folder) if _is_wanted(r.id, options["only"])]
        if not references:
            raise CommandError(f"No such reference in {folder}.")
        if options["list"]:
            for reference in references:
                sound = "sound" if reference.audio_path else "text only"
                self.stdout.write(f"{reference.id}  {len(reference.turns)} turns, {sound}")
            return
        if options["questions"]:
            self._ask(references, options["questions"])
            return
        if options["known_voices"]:
            self._compare_voices(references, with_details=options["details"])
            return
        self._score(references, options)

    def _compare_voices(self, references: list, *, with_details: bool) -> None:
        from meetings.evaluation.known_voices import list_people, listen, pair_up, render_table
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        with running_model_server(say=self.stderr.write) as url, InferenceClient(url) as client:
            prints = list(listen(references, client=client, say=self.stderr.write))
        pairs = pair_up(prints)
        if not any(pair.is_same for pair in pairs):
            raise CommandError("Nobody in these references says enough to be known again.")
        if with_details:
            self.stdout.write("\n".join(list_people(pairs)))
        self.stdout.write(render_table(pairs))

    def _ask(self, references: list, path: Path) -> None:
        from meetings.evaluation.questions import ask_all, read_questions, render_results
        from meetings.evaluation.runs import run_reference
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        try:
            questions = read_questions(path)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        results: list = []
        with running_model_server(say=self.stderr.write) as url, InferenceClient(url) as client:
            for reference in references:
                asked = [question for question in questions if question.meeting == reference.id]
                if asked:
                    run_reference(
                        reference,
                        client=client,
                        progress=self._tell,
                        then=lambda meeting, asked=asked: results.extend(
                            ask_all(asked, meeting, client=client)
                        ),
                    )
        self.stdout.write("\n".join(render_results(results)))

    def _score(self, references: list, options: dict) -> None:
        from meetings.evaluation.report import list_details, render_json, render_tables

        try:
            results = list(self._run(references, options))
        except MinutebookError as error:
            raise CommandError(f"{error.text} [{error.code}]") from error
        if options["details"]:
            for result in results:
                self.stdout.write("\n".join(list_details(result)))
        self.stdout.write("\n" + render_tables(results))
        if options["json_path"]:
            options["json_path"].write_text(json.dumps(render_json(results), indent=1, ensure_ascii=False))
        if len(results) < len(references):
            raise CommandError(
                f"{len(references) - len(results)} of {len(references)} meetings could not be scored."
            )

    def _run(self, references: list, options: dict) -> Iterator["Result"]:
        """One after the other; a meeting whose pipeline fails is said and passed over. Raises ModelServerFailed."""
        from meetings.evaluation.runs import RunFailed
        from meetings.evaluation.score import evaluate_reference
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        with running_model_server(say=self.stderr.write) as url, InferenceClient(url) as client:
            for reference in references:
                self.stderr.write(f"{reference.id} …")
                try:
                    yield evaluate_reference(
                        reference,
                        client=client,
                        from_text=options["from_reference_text"],
                        with_attendees=options["with_attendees"],
                        with_speaker_count=options["with_speaker_count"],
                        speech_only=options["speech_only"],
                        progress=self._tell,
                    )
                except RunFailed as error:
                    self.stderr.write(self.style.ERROR(f"{reference.id}: {error.text}"))

    def _tell(self, step: str, share: float) -> None:
        self.stderr.write(f"  {step}")


def _is_wanted(reference_id: str, only: list[str]) -> bool:
    return not only or any(reference_id.startswith(start) for start in only)


def _repeat_arguments(folder: Path, options: dict) -> list[str]:
    """The same command line for the child process."""
    arguments = [str(folder.resolve())]
    for start in options["only"]:
        arguments += ["--only", start]
    if options["json_path"]:
        arguments += ["--json", str(options["json_path"].resolve())]
    if options["questions"]:
        arguments += ["--questions", str(options["questions"].resolve())]
    arguments += [
        f"--{name.replace('_', '-')}"
        for name in (
            "from_reference_text",
            "with_attendees",
            "with_speaker_count",
            "speech_only",
            "details",
            "known_voices",
        )
        if options[name]
    ]
    return arguments
