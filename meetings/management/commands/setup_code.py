"""Print the code that unlocks the set-up page of a fresh installation."""

from django.core.management.base import BaseCommand

from meetings.models import SetupCode, User


class Command(BaseCommand):
    help = (
        "Print a new one-time code for the set-up page; an earlier one stops working. Does nothing once somebody "
        "has an account."
    )

    def handle(self, *args, **options) -> None:
        if User.objects.exists():
            self.stderr.write("Somebody has an account already; no code is needed.")
            return
        self.stdout.write(SetupCode.renew())
