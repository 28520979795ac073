"""A file somebody gave → slides of a meeting."""

import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from ..celery import send_quietly
from ..hints import send_hint
from ..models import Meeting, Slide, User
from ..storage import disk_errors_converted, key_of, make_work_dir, put_file, require_free
from .render import Page, SlideRefused, render_pages

MAX_BYTES = 64 << 20


def send_reading(meeting: Meeting) -> None:
    """Let a worker read what waits, find out when each was shown, and describe it."""
    send_quietly("read_slides")
    send_quietly("describe_slides")
    send_quietly("place_slides", str(meeting.pk))


def add_slides(
    meeting: Meeting,
    file: UploadedFile,
    *,
    by: User,
    shown_ms: int | None = None,
    from_screen: bool = False,
    send: Callable[[Meeting], None] = send_reading,
) -> list[Slide]:
    """One slide for a picture, one for each page of a PDF. `shown_ms`: when it was shown, of a single picture; `from_screen`: grabbed from a shared screen then. Raises SlideRefused, DiskFull."""
    if (file.size or 0) > MAX_BYTES:
        raise SlideRefused("slide_too_large")
    require_free(file.size or 0)
    with tempfile.TemporaryDirectory(prefix="slides-", dir=make_work_dir()) as name:
        folder = Path(name)
        with disk_errors_converted(), (folder / "source").open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        pages = render_pages(folder / "source", folder)
        single = Slide.Source.SCREEN if from_screen else Slide.Source.UPLOAD
        source_of = Slide.Source.DECK if len(pages) > 1 else single
        shown_ms = shown_ms if len(pages) == 1 else None
        slides = keep_pages(meeting, pages, source=source_of, by=by, shown_ms=shown_ms)
    send_hint(meeting, "slides")
    transaction.on_commit(lambda: send(meeting))
    return slides


def keep_pages(
    meeting: Meeting, pages: list[Page], *, source: str, by: User | None = None, shown_ms: int | None = None
) -> list[Slide]:
    """Bytes first, then rows: a row never names a file that is not there."""
    was_seen = source in (Slide.Source.VIDEO, Slide.Source.SCREEN)
    placed_by = Slide.PlacedBy.FILM if was_seen else Slide.PlacedBy.PERSON
    keys = [key_of(meeting.pk, f"slide-{uuid.uuid4().hex}.png") for _ in pages]
    for key, page in zip(keys, pages, strict=True):
        put_file(page.path, key=key)
    with transaction.atomic():
        Meeting.objects.select_for_update(of=["self"]).get(pk=meeting.pk)  # one number, one slide
        last = meeting.slides.aggregate(last=Max("number"))["last"] or 0
        return Slide.objects.bulk_create(
            Slide(
                meeting=meeting,
                number=last + index,
                image_key=key,
                width=page.width,
                height=page.height,
                text=page.text,
                engine=Slide.Engine.TEXT_LAYER if page.text else "",
                state=Slide.State.READ if page.text else Slide.State.WAITING,
                shown_ms=at_ms,
                placed_by=placed_by if at_ms is not None else "",
                source=source,
                added_by=by,
            )
            for index, (key, page) in enumerate(zip(keys, pages, strict=True), 1)
            for at_ms in [page.shown_ms if shown_ms is None else shown_ms]
        )
