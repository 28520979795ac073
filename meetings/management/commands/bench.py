"""`manage.py bench …`: speed, size and memory, measured."""

import json
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from meetings.bench.figures import Figure, render_figures, render_figures_json
from meetings.errors import MinutebookError
from meetings.throwaway import make_environment, run_manage


class Command(BaseCommand):
    help = "Measure speed, size and memory. Everything but `memory` works in a throw-away installation. See docs/quality.md."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(
            dest="kind",
            required=True,
            metavar="transcript|speakers|home|search|upload|pipeline|memory|live|ask|slides",
        )
        transcript = kinds.add_parser(
            "transcript", help="the page of a meeting with 5,000 segments, and an edit on it"
        )
        speakers = kinds.add_parser(
            "speakers", help="voices of a meeting with 5,000 segments renamed, merged and taken back"
        )
        home = kinds.add_parser(
            "home", help="the lists of a person with 10,000 meetings and 30,000 action items"
        )
        search = kinds.add_parser("search", help="searches over 10,000 meetings with 1,000,000 segments")
        search.add_argument(
            "--meetings", type=int, default=10_000, help="default: 10,000, of 100 segments each"
        )
        search.add_argument(
            "--meaning",
            action="store_true",
            help="also by words and meaning together (needs the model server)",
        )
        upload = kinds.add_parser("upload", help="a large upload to the real web process")
        upload.add_argument("--gigabytes", type=float, default=2.0, help="default: 2")
        pipeline = kinds.add_parser(
            "pipeline", help="a recording through every step, as shares of its length"
        )
        pipeline.add_argument("file", type=Path)
        memory = kinds.add_parser("memory", help="resident memory of every process of the running product")
        memory.add_argument(
            "--pids",
            type=int,
            nargs="+",
            default=[],
            help="with their children; default: what runs in this folder",
        )
        live = kinds.add_parser(
            "live",
            help="with FILE: how late captions are and how soon notes, in Chromium; else many recordings at once",
        )
        live.add_argument("file", type=Path, nargs="?", help="what is said into the microphone")
        live.add_argument("--sockets", type=int, default=200, help="without FILE; default: 200")
        live.add_argument("--seconds", type=int, help="default: 30; with FILE: as long as it is")
        live.add_argument(
            "--client", action="store_true", help="with FILE: the Python client, also where Chromium is"
        )
        ask = kinds.add_parser("ask", help="follow-up questions about the demo meeting")
        slides = kinds.add_parser(
            "slides", help="slides cut from a film, read, and a deck until it is searchable"
        )
        slides.add_argument("--film", type=Path, help="default: the demo meeting's")
        slides.add_argument(
            "--reference", type=Path, help='JSON with "slides": [{"shown_at_ms"}]; default: beside the film'
        )
        slides.add_argument(
            "--pictures", type=Path, help="a folder with slides.json; default: the evaluation data's"
        )
        live.add_argument("--words", type=Path, help="with FILE: write which word ended when to this file")
        transcript.add_argument(
            "--browser",
            action="store_true",
            help="also in Chromium (needs the packages of requirements-dev.txt)",
        )
        for one in (transcript, speakers, home, search, upload, pipeline, memory, live, ask, slides):
            one.add_argument(
                "--json", metavar="PATH", type=Path, dest="json_path", help="write the figures to this file"
            )
            one.add_argument("--in-place", action="store_true", help="use this installation's database")

    def handle(self, *args, **options) -> None:
        kind = options["kind"]
        if kind == "memory" or options["in_place"]:
            try:
                figures = getattr(self, f"_measure_{kind}")(options)
            except MinutebookError as error:
                raise CommandError(f"{error.text} [{error.code}]") from error
            self._print(figures, options["json_path"])
            return
        with make_environment() as environment:
            code = run_manage(["bench", *_repeat_arguments(options)], environment=environment)
        if code:
            sys.exit(code)

    # Imports are inside: each kind needs other large libraries, and this process often only starts another one.
    def _measure_transcript(self, options: dict) -> list[Figure]:
        from meetings.bench.transcript import measure_transcript

        figures = measure_transcript()
        if options["browser"]:
            from meetings.bench.browser import measure_in_browser

            figures += measure_in_browser()
        return figures

    def _measure_speakers(self, options: dict) -> list[Figure]:
        from meetings.bench.speakers import measure_speakers

        return measure_speakers()

    def _measure_home(self, options: dict) -> list[Figure]:
        from meetings.bench.home import measure_home

        return measure_home()

    def _measure_search(self, options: dict) -> list[Figure]:
        from meetings.bench.search import measure_search
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        if not options["meaning"]:
            return measure_search(meetings=options["meetings"])
        with (
            running_model_server(say=self.stderr.write) as url,
            InferenceClient(url, priority="interactive") as client,
        ):
            return measure_search(meetings=options["meetings"], client=client)

    def _measure_upload(self, options: dict) -> list[Figure]:
        from meetings.bench.upload import MIB, measure_upload

        return measure_upload(size_bytes=round(options["gigabytes"] * 1024) * MIB)

    def _measure_pipeline(self, options: dict) -> list[Figure]:
        from meetings.bench.pipeline import measure_pipeline
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        if not options["file"].is_file():
            raise CommandError("There is no such file.")
        with running_model_server(say=self.stderr.write) as url, InferenceClient(url) as client:
            return measure_pipeline(
                options["file"], client=client, progress=lambda step, share: self.stderr.write(f"  {step}")
            )

    def _measure_memory(self, options: dict) -> list[Figure]:
        from meetings.bench.memory import measure_memory

        figures = measure_memory(options["pids"])
        if not figures:
            raise CommandError(
                "Nothing of the product runs in this folder. Start it with bin/up, or give --pids."
            )
        return figures

    def _measure_live(self, options: dict) -> list[Figure]:
        if options["file"] is None:
            from meetings.bench.live import measure_live

            return measure_live(sockets=options["sockets"], seconds=options["seconds"] or 30)
        from meetings.bench.live_captions import measure_captions
        from meetings.model_server import running_model_server

        if not options["file"].is_file():
            raise CommandError("There is no such file.")
        with running_model_server(say=self.stderr.write) as url:
            return measure_captions(
                options["file"],
                url=url,
                seconds=options["seconds"],
                browser=not options["client"],
                words_path=options["words"],
                say=self.stderr.write,
            )

    def _measure_ask(self, options: dict) -> list[Figure]:
        from meetings.bench.ask import measure_ask
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        with (
            running_model_server(say=self.stderr.write) as url,
            InferenceClient(url, priority="interactive") as client,
        ):
            return measure_ask(client=client)

    def _measure_slides(self, options: dict) -> list[Figure]:
        from meetings.bench.slides import measure_slides
        from meetings.demo.load import RECORDING
        from meetings.inference_client import InferenceClient
        from meetings.model_server import running_model_server

        film = options["film"] or RECORDING
        reference = options["reference"] or film.with_name("reference.json")
        pictures = options["pictures"] or settings.BASE_DIR.parent / "shared" / "eval" / "slides"
        if not film.is_file() or not reference.is_file():
            raise CommandError("There is no such film, or no reference beside it.")
        shown_ms = [slide["shown_at_ms"] for slide in json.loads(reference.read_text())["slides"]]
        with running_model_server(say=self.stderr.write) as url, InferenceClient(url) as client:
            return measure_slides(
                film, shown_ms, folder=pictures if pictures.is_dir() else None, client=client
            )

    def _print(self, figures: list[Figure], json_path: Path | None) -> None:
        self.stdout.write(render_figures(figures))
        if json_path:
            json_path.write_text(json.dumps(render_figures_json(figures), indent=1))


def _repeat_arguments(options: dict) -> list[str]:
    """The same command line for the child process."""
    arguments = [options["kind"], "--in-place"]
    if options["kind"] == "pipeline":
        arguments.append(str(options["file"].resolve()))
    if options["kind"] == "transcript" and options["browser"]:
        arguments.append("--browser")
    if options["kind"] == "search":
        arguments.append(f"--meetings={options['meetings']}")
        arguments += ["--meaning"] if options["meaning"] else []
    if options["kind"] == "upload":
        arguments.append(f"--gigabytes={options['gigabytes']}")
    if options["kind"] == "live":
        arguments.append(f"--sockets={options['sockets']}")
        arguments += [f"--seconds={options['seconds']}"] if options["seconds"] else []
        arguments += [str(options["file"].resolve())] if options["file"] else []
        arguments += ["--client"] if options["client"] else []
        arguments += [f"--words={options['words'].resolve()}"] if options["words"] else []
    for name in ("film", "reference", "pictures"):
        if options.get(name):
            arguments.append(f"--{name}={options[name].resolve()}")
    if options["json_path"]:
        arguments += ["--json", str(options["json_path"].resolve())]
    return arguments
