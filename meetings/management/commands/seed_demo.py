"""`manage.py seed_demo`: a full product to look at, in a moment."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from meetings.demo.load import find_demo, load_demo
from meetings.inference_client import InferenceClient
from meetings.models import User
from meetings.pipeline.steps import run_step


class Command(BaseCommand):
    help = (
        "Load the demo meeting: its recording, with finished transcript and notes. "
        "Does nothing for a person who has it already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--user", metavar="EMAIL", help="whose meeting it will be; default: the owner of the installation"
        )

    def handle(self, *args, **options) -> None:
        user = self._get_user(options["user"])
        meeting = find_demo(user)
        if meeting is None:
            jobs: list[int] = []
            meeting = load_demo(user, send=jobs.append)
            for job_id in jobs:
                # The first step reads the recording only; it asks nothing of the model server.
                with InferenceClient() as client:
                    run_step(job_id, client=client, send=jobs.append)
            self.stderr.write(f"Loaded for {user.email}.")
        else:
            self.stderr.write(f"{user.email} has it already.")
        self.stdout.write(reverse("meeting", args=[meeting.pk]))

    def _get_user(self, email: str | None) -> User:
        if email:
            user = User.objects.filter(email__iexact=email).first()
            if user is None:
                raise CommandError(f"Nobody has the address {email}.")
            return user
        user = User.objects.filter(is_owner=True).order_by("pk").first()
        if user is None:
            raise CommandError(
                "There is no owner yet: open the page and make the account first, or give --user."
            )
        return user
