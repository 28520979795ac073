"""The Celery application; `celery -A meetings worker`."""

import logging
import os

from celery import Celery
from kombu.exceptions import OperationalError as KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meetings.settings")

app = Celery("meetings")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def send_quietly(task: str, *args: int | str) -> None:
    """Put a task into the queue. Never fails, never waits: what waits stands in the database, and beat looks for it."""
    options = app.conf.broker_transport_options | {"max_retries": 0}
    try:
        with app.connection_for_write(transport_options=options) as connection:
            app.send_task(f"meetings.tasks.{task}", args=args, connection=connection, retry=False)
    except (OSError, KombuError, RedisError) as error:
        logger.warning("%s waits in the database: the queue is away (%s)", task, type(error).__name__)
