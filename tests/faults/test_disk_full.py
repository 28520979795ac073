"""A real disk that is full: a small tmpfs, where this user may mount one."""

import os
import shutil
import subprocess

import pytest

from meetings import storage, uploads
from meetings.models import Upload

pytestmark = pytest.mark.django_db

MEGABYTE = 1024**2


@pytest.fixture
def small_disk(tmp_path, settings):
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system lets nobody mount")
    settings.DATA_DIR, settings.MIN_FREE_BYTES = folder, 0
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def send(upload: Upload, content: bytes) -> None:
    incoming = uploads.Incoming(upload)
    try:
        assert incoming.offset_bytes == uploads.count_received(upload)
        for start in range(incoming.offset_bytes, len(content), MEGABYTE // 4):
            incoming.write(content[incoming.offset_bytes : start + MEGABYTE // 4])
    finally:
        incoming.sync()
        incoming.close()


def test_an_upload_meets_the_end_of_the_disk_and_goes_on_when_there_is_room(small_disk, owner, monkeypatch):
    content = os.urandom(3 * MEGABYTE)
    # The look at the free room is switched off, so that the write itself fails.
    monkeypatch.setattr(storage, "require_free", lambda size_bytes=0: None)
    upload = uploads.create_upload(owner, size_bytes=len(content), metadata={"filename": "x.ogg"})
    with pytest.raises(storage.DiskFull):
        send(upload, content)
    upload.refresh_from_db()
    kept = uploads.count_received(upload)
    assert 0 < kept == upload.offset_bytes < len(content)
    assert uploads.part_path(upload).read_bytes() == content[:kept]
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    send(upload, content)
    assert uploads.part_path(upload).read_bytes() == content


def test_no_room_for_the_whole_file_is_said_before_a_byte_is_sent(small_disk, owner):
    with pytest.raises(storage.DiskFull):
        uploads.create_upload(owner, size_bytes=3 * MEGABYTE, metadata={})
    assert not Upload.objects.exists()
