"""The Celery application; `celery -A meetings worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meetings.settings")

app = Celery("meetings")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
