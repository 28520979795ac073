"""`manage.py stream_recording FILE`: play a file as a live meeting, through the real socket of a running installation."""

import asyncio
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client

from meetings.errors import MinutebookError
from meetings.live.client import LiveClient, LiveRefused
from meetings.live.frames import read_frames
from meetings.live.takes import create_take
from meetings.media import convert_recording
from meetings.models import Take, User
from meetings.storage import make_work_dir

MAX_SPEED = 8.0


class Command(BaseCommand):
    help = "Play a recording as a live meeting, for demos and measurements. Prints what is heard on stderr, the meeting's address on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--url", default="http://127.0.0.1:8000", help="where the pages are; default: %(default)s"
        )
        parser.add_argument("--user", help="e-mail of whose meeting it becomes; default: the owner")
        parser.add_argument("--title", default="")
        parser.add_argument("--language", default="", help="ISO 639-1; default: found by itself")
        parser.add_argument("--speed", type=float, default=1.0, help="times real time, at most 8; default: 1")

    def handle(self, *args, **options) -> None:
        if not options["file"].is_file():
            raise CommandError("There is no such file.")
        if not 0 < options["speed"] <= MAX_SPEED:
            raise CommandError("--speed must be above 0 and at most 8.")
        user = find_user(options["user"])
        try:
            with tempfile.TemporaryDirectory(prefix="stream-", dir=make_work_dir()) as folder:
                audio = convert_recording(options["file"], Path(folder)).audio
                take = create_take(user, title=options["title"], language=options["language"])
                path = self._play(take, user, audio, options)
        except MinutebookError as error:
            raise CommandError(f"{error.text} [{error.code}]") from error
        except LiveRefused as error:
            raise CommandError(f"The server refused the recording [{error.code}].") from error
        self.stdout.write(options["url"].rstrip("/") + path)

    def _play(self, take: Take, user: User, audio: Path, options: dict) -> str:
        url = options["url"].rstrip("/")
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        recorder = LiveClient(
            f"{url.replace('http', 'ws', 1)}/ws/live/{take.pk}/",
            key=take.key,
            headers={"Cookie": f"{name}={client.cookies[name].value}", "Origin": url},
            on_message=self._show,
        )
        return asyncio.run(recorder.record(read_frames(audio), speed=options["speed"]))

    def _show(self, message: dict) -> None:
        if message["type"] == "caption.final":
            self.stderr.write(f"{message['start_ms'] / 1000:7.1f} s  {message['text']}")
        elif message["type"] == "captions":
            self.stderr.write(f"captions: {message['state']}")


def find_user(email: str | None) -> User:
    """By e-mail, or an owner of the installation. Raises CommandError."""
    users = User.objects.filter(is_active=True)
    user = (users.filter(email__iexact=email) if email else users.filter(is_owner=True)).first()
    if user is None:
        raise CommandError("There is no such person. Set Minutebook up first, or give --user.")
    return user
