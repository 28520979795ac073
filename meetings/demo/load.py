"""The demo meeting, for a newcomer: a recording and its finished transcript and notes, loaded in a moment."""

import functools
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction

from ..export.json_import import import_export
from ..models import Job, Meeting, User
from ..pipeline.steps import Send, queue_next, send_job
from ..storage import key_of, make_work_dir, put_file

FOLDER = Path(__file__).parent
RECORDING = FOLDER / "meeting.mp4"
RESULT = FOLDER / "minutebook.json"


@functools.cache
def read_result() -> dict[str, Any]:
    """The stored result as a `minutebook/1` document; the README beside it says how it was made."""
    return json.loads(RESULT.read_text(encoding="utf-8"))


def find_demo(user: User) -> Meeting | None:
    """This person's copy, if they have one."""
    return Meeting.objects.filter(owner=user, recording__provenance__demo=True).first()


def load_demo(user: User, *, send: Send = send_job) -> Meeting:
    """Rows at once from the stored result; the sound through the ordinary first step, so that player and waveform are the real ones.

    A person who has it already gets the one they have. `send` gets the number of that step's job after the commit. The recording's provenance says `"demo": true`: nobody shall take the
    times in it for this machine's.
    """
    with transaction.atomic():
        # Two clicks at the same moment: the second waits here and finds what the first made.
        User.objects.select_for_update().get(pk=user.pk)
        if found := find_demo(user):
            return found
        meeting = import_export(read_result(), owner=user)
        recording = meeting.recording
        recording.original_key = key_of(meeting.pk, "original")
        recording.original_name = RECORDING.name
        recording.provenance["demo"] = True
        recording.save()
        _store_copy(RECORDING, key=recording.original_key)
        for slide in meeting.slides.all():
            slide.image_key = key_of(meeting.pk, f"slide-{slide.number}.png")
            slide.save(update_fields=["image_key"])
            _store_copy(FOLDER / f"slide-{slide.number}.png", key=slide.image_key)
        meeting.jobs.filter(step=Job.Step.INGEST).update(
            state=Job.State.WAITING, done_ms=0, worked_ms=0, finished_at=None
        )
        queue_next(meeting, send=send)
    return meeting


def _store_copy(path: Path, *, key: str) -> None:
    with tempfile.TemporaryDirectory(dir=make_work_dir()) as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        put_file(copy, key=key)


def hash_recording() -> str:
    """sha256 of the recording, as `ingest` will find it."""
    return hashlib.sha256(RECORDING.read_bytes()).hexdigest()
