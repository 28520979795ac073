import datetime as dt
import io
import os
import time
import uuid

import pytest
from django.core.management import call_command

from meetings import storage, uploads
from meetings.management.commands import purge
from meetings.models import Upload
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": tmp_path / "files"}
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": options}}


def run(**options):
    stdout = io.StringIO()
    call_command("purge", stdout=stdout, **options)
    return stdout.getvalue()


def make_old(*paths):
    past = time.time() - purge.LEFTOVER_AGE.total_seconds() - 60
    for path in paths:
        os.utime(path, (past, past))


def put(meeting_id, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x")
    storage.put_file(path, key=storage.key_of(meeting_id, "original"))
    return tmp_path / "files" / storage.key_of(meeting_id, "original")


def test_what_belongs_to_nothing_goes_and_the_rest_stays(owner, tmp_path):
    meeting = factories.make_meeting(owner)
    upload = uploads.create_upload(owner, size_bytes=9, metadata={})
    gone, kept, receiving, fresh = (
        put(pk, tmp_path) for pk in (uuid.uuid4(), meeting.pk, upload.pk, uuid.uuid4())
    )
    leftover, busy = storage.make_work_dir() / "ingest-a", storage.make_work_dir() / "ingest-b"
    leftover.mkdir()
    busy.mkdir()
    lost_part = uploads.part_path(Upload(pk=uuid.uuid4()))
    lost_part.touch()
    part = uploads.part_path(upload)
    make_old(gone, kept, receiving, leftover, lost_part, part)
    assert "would delete 1 folders of meetings" in run(dry_run=True) and gone.exists() and leftover.exists()
    said = run()
    assert said.count("deleted 1 ") == 3 and "deleted 0 unfinished uploads" in said
    assert not any(path.exists() for path in (gone, leftover, lost_part))
    assert all(path.exists() for path in (kept, receiving, fresh, busy, part))


def test_uploads_nobody_finished(owner):
    upload = uploads.create_upload(owner, size_bytes=9, metadata={})
    Upload.objects.update(touched_at=upload.touched_at - dt.timedelta(days=30))
    assert "deleted 1 unfinished uploads" in run()
    assert not uploads.part_path(upload).exists()


def test_nothing_there():
    assert run().count("deleted 0") == 4
