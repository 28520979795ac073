"""The whole pipeline for one file, in this process, without a queue."""

import json
import shutil
import signal
import sys
import tempfile
import time
import uuid
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from meetings import storage
from meetings.errors import MinutebookError
from meetings.inference_client import InferenceClient
from meetings.model_server import running_model_server
from meetings.models import Attendee, Job, Meeting, Recording, User
from meetings.pipeline import steps
from meetings.uploads import clean_text, parse_day, parse_language

LOCAL_EMAIL = "local@localhost"


class Command(BaseCommand):
    help = (
        "Make transcript and notes of one recording: the same pipeline as an upload, synchronous, with progress on stderr. "
        "Starts a model server when none answers. Needs neither Redis nor a worker."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH", help="sound or video file")
        parser.add_argument("--language", default="", help="ISO 639-1 code; default: found by the recogniser")
        parser.add_argument("--title", default="", help="default: the file's name")
        parser.add_argument(
            "--held-on", default="", metavar="YYYY-MM-DD", help="day of the meeting; default: today"
        )
        parser.add_argument(
            "--attendees", default="", metavar="NAMES", help="comma-separated; helps with names and owners"
        )
        parser.add_argument(
            "--owner",
            default="",
            metavar="EMAIL",
            help=f"whose meeting it becomes; default: the installation's owner, else a user {LOCAL_EMAIL} without a password",
        )
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="write the minutebook/1 export as JSON"
        )

    def handle(self, *args, **options) -> None:
        # So that a model server of our own does not outlive us.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        self.progress = Progress(self.stderr)
        try:
            meeting = make_meeting(options)
            with running_model_server(say=self.progress.say) as url:
                process(meeting, url, self.progress)
        except MinutebookError as error:
            raise CommandError(f"{error.text} [{error.code}]") from error
        if options["output"]:
            write_export(meeting, options["output"])
        self.stdout.write(str(meeting.pk))


class Progress:
    """Lines on stderr: one a step and one for each further tenth of it; on a terminal a moving share instead of the tenths."""

    def __init__(self, stderr) -> None:
        self._stderr = stderr
        self._is_terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._told: tuple[str, int] = ("", 0)

    def say(self, text: str) -> None:
        clock = f"{time.monotonic() - self._started:7.1f} s  "
        self._stderr.write(clock + text)

    def show(self, job: Job) -> None:
        if self._is_terminal:
            self._stderr.write(f"\r           {job.get_step_display()}: {job.share_done:.0%} ", ending="")
            self._stderr.flush()
        elif (tenths := (job.step, int(job.share_done * 10))) != self._told and tenths[1]:
            self.say(f"{job.get_step_display()}: {tenths[1] * 10} %")
            self._told = tenths


def make_meeting(options: dict) -> Meeting:
    """Rows as an upload would make them, and a copy of the file in the storage. Raises CommandError, MinutebookError."""
    path: Path = options["path"]
    if not path.is_file():
        raise CommandError(f"No such file: {path}")
    storage.require_free(path.stat().st_size)
    owner, meeting_id = find_owner(options["owner"]), uuid.uuid4()
    held_on = parse_day(options["held_on"]) or timezone.localdate()
    key = storage.key_of(meeting_id, "original")
    # The bytes first: copying may take long, and a transaction must not.
    store_copy(path, key=key)
    with transaction.atomic():
        meeting = Meeting.objects.create(
            id=meeting_id,
            owner=owner,
            title=(clean_text(options["title"]) or clean_text(path.stem) or "Recording")[:200],
            held_on=held_on,
            language=parse_language(options["language"]),
        )
        names = dict.fromkeys(clean_text(name)[:100] for name in options["attendees"].split(","))
        Attendee.objects.bulk_create(Attendee(meeting=meeting, name=name) for name in names if name)
        Recording.objects.create(
            meeting=meeting,
            original_name=clean_text(path.name)[:255],
            original_key=key,
            size_bytes=path.stat().st_size,
        )
        steps.start_pipeline(meeting, send=send_nowhere)
    return meeting


def find_owner(email: str) -> User:
    """Raises CommandError for an e-mail nobody has."""
    if email:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"No user has the e-mail {email}.")
        return user
    owner = User.objects.filter(is_owner=True).order_by("pk").first()
    return (
        owner
        or User.objects.filter(email=LOCAL_EMAIL).first()
        or User.objects.create_user(LOCAL_EMAIL, name="Local")
    )


def store_copy(path: Path, *, key: str) -> None:
    """The original stays where it is."""
    with tempfile.TemporaryDirectory(dir=storage.make_work_dir()) as folder, storage.disk_errors_converted():
        copy = Path(folder) / "original"
        shutil.copyfile(path, copy)
        storage.put_file(copy, key=key)


def send_nowhere(job_id: int) -> None:
    """No queue: the loop in `process` finds the next job in the database."""


def process(meeting: Meeting, url: str, progress: Progress) -> None:
    """Step after step until all are done. Raises CommandError when one failed or was cancelled."""
    told = None
    with InferenceClient(url) as client:
        while (job := steps.find_open_job(meeting)) is not None:
            if job.state in (Job.State.FAILED, Job.State.CANCELLED):
                raise CommandError(
                    f"{job.get_step_display()}: {job.error_text or job.state} [{job.error_code or job.state}]"
                )
            if Recording.objects.filter(meeting=meeting, duplicate_of__isnull=False).exists():
                progress.say("the same recording was processed before; both are kept")
                steps.keep_both(meeting, send=send_nowhere)
            if told != job.step:
                told = job.step
                progress.say(job.get_step_display())
            if not steps.run_step(job.pk, client=client, send=send_nowhere, watch=progress.show):
                # Postponed, or a worker of the same installation has taken it.
                time.sleep(0.5)
    progress.say("done")


def write_export(meeting: Meeting, path: Path) -> None:
    """The JSON document, complete or not at all."""
    from meetings.export.json_export import render_export

    half = path.with_name(path.name + ".part")
    half.write_text(json.dumps(render_export(meeting), ensure_ascii=False, indent=1), encoding="utf-8")
    half.replace(path)
