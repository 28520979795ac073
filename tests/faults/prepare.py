"""A fresh database with one meeting that waits to be worked on: `python prepare.py MEETING_ID RECORDING`."""

import datetime as dt
import os
import sys
from pathlib import Path
from uuid import UUID

os.environ["DJANGO_SETTINGS_MODULE"] = "meetings.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from meetings import storage  # noqa: E402
from meetings.models import Meeting, Recording, User  # noqa: E402
from meetings.pipeline import steps  # noqa: E402

call_command("migrate", verbosity=0)
user = User.objects.create_user("ann@example.org")
meeting = Meeting.objects.create(
    pk=UUID(sys.argv[1]), owner=user, title="Signals", held_on=dt.date(2026, 3, 2)
)
key = storage.key_of(meeting.pk, "original")
Recording.objects.create(meeting=meeting, original_key=key)
storage.put_file(Path(sys.argv[2]), key=key)
steps.start_pipeline(meeting, send=lambda job_id: None)
