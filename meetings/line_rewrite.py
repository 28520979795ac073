"""One line made again from what it cites now, by the same writer and the same check as all notes.

asked ─▶ "waiting" ─▶ task rewrite_lines ─▶ prompt of its kind ─▶ checked, repaired once ─▶ its new words, the old ones in its history
                                                               └─▶ nothing holds ─▶ "failed", the words stay
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext

from django.db import transaction

from .celery import send_quietly
from .errors import MinutebookError
from .hints import send_hint
from .inference_client import InferenceClient
from .models import ActionItem, NoteItem, User
from .models.line import CitedLine
from .notes.model import Writer, choose_model
from .pipeline.rewrite import write_line

logger = logging.getLogger(__name__)


def send_rewriting() -> None:
    """Let a worker make what waits."""
    send_quietly("rewrite_lines")


def ask_rewrite(item: CitedLine, *, by: User, send: Callable[[], None] = send_rewriting) -> None:
    """Mark the line, and let a worker make it again."""
    item.ask_rewrite(by=by)
    transaction.on_commit(send)


def rewrite_waiting_lines(*, client: InferenceClient | None = None) -> int:
    """How many were made again. While the server is away they wait. Two workers on one line do no harm: the second is too late."""
    with nullcontext(client) if client else InferenceClient(priority="interactive") as opened:
        count = 0
        for item in _list_waiting():
            try:
                text = write_line(item, writer=Writer(client=opened, model=choose_model(opened)))
            except MinutebookError as error:
                if error.retryable:
                    logger.info("lines wait to be made again: %s", error.code)
                    return count
                text = ""
            if text:
                count += item.edit(by=item.rewrite_asked_by, version=item.version, what="rewrite", text=text)
            else:
                item.fail_rewrite()
            send_hint(item.meeting, "notes")
        return count


def _list_waiting() -> Iterator[CitedLine]:
    for model in (NoteItem, ActionItem):
        items = model.objects.filter(rewrite=CitedLine.Rewrite.WAITING, meeting__deleted_at=None)
        yield from items.select_related("meeting", "rewrite_asked_by").order_by("pk")
