"""A worker for fault tests, as a process that can be killed: works off one meeting's jobs up to `diarize`, as Celery and beat would."""

import os
import sys
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "meetings.settings"

import django

django.setup()

from meetings.models import Job, Meeting  # noqa: E402
from meetings.pipeline import steps  # noqa: E402

meeting = Meeting.objects.get(pk=sys.argv[1])
while (job := steps.find_open_job(meeting)) is not None and job.step in ("ingest", "transcribe", "diarize"):
    if job.state == Job.State.FAILED:
        sys.exit(f"{job.step} failed: {job.error_code}")
    for lost in Job.objects.lost():
        lost.give_back()
    if not steps.run_step(job.pk, send=lambda job_id: None):
        time.sleep(0.1)
