"""Bytes in the default storage, and in one that has no paths."""

import errno
import shutil

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from meetings import storage
from meetings.storage import DiskFull
from tests import factories


class RemoteStorage(Storage):
    """As S3: names and bytes, no folder, no path that a program could open (`Storage.path` raises NotImplementedError)."""

    def __init__(self):
        self.objects = {}

    def _open(self, name, mode="rb"):
        return ContentFile(self.objects[name], name)

    def _save(self, name, content):
        self.objects[name] = content.read()
        return name

    def exists(self, name):
        return name in self.objects

    def delete(self, name):
        self.objects.pop(name, None)

    def size(self, name):
        if name not in self.objects:
            raise FileNotFoundError(name)
        return len(self.objects[name])

    def listdir(self, path):
        prefix = path.rstrip("/") + "/"
        return [], [name.removeprefix(prefix) for name in self.objects if name.startswith(prefix)]


@pytest.fixture(params=["folder", "remote"])
def any_storage(request, monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    if request.param == "remote":
        monkeypatch.setattr(storage, "default_storage", RemoteStorage())
    return storage.default_storage


def put(tmp_path, content, *, key="meetings/ab/original"):
    path = tmp_path / "local"
    path.write_bytes(content)
    storage.put_file(path, key=key)
    assert not path.exists()
    return key


async def collect(pieces):
    return [piece async for piece in pieces]


def test_put_replaces_and_moves(any_storage, tmp_path):
    put(tmp_path, b"one")
    key = put(tmp_path, b"three")
    assert storage.find_size(key) == 5
    with storage.local_path(key) as path:
        assert path.read_bytes() == b"three"


def test_ranges_come_in_pieces(any_storage, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "CHUNK_BYTES", 4)
    key = put(tmp_path, b"0123456789")
    assert list(storage.read_range(key, start=1, end=8)) == [b"1234", b"567"]
    assert async_to_sync(collect)(storage.open_range(key, start=6, end=10)) == [b"6789"]


def test_what_is_not_there(any_storage):
    assert storage.find_size("") is None
    assert storage.find_size("meetings/none/original") is None
    storage.delete_folder("meetings/none")


def test_delete_takes_every_file_of_a_meeting_and_no_other(any_storage, tmp_path, owner):
    mine, other = factories.make_meeting(owner), factories.make_meeting(owner)
    for meeting in (mine, other):
        for name in ("original", "audio.flac"):
            put(tmp_path, b"x", key=storage.key_of(meeting.pk, name))
    storage.delete_meeting_files(mine)
    assert storage.find_size(storage.key_of(mine.pk, "original")) is None
    assert storage.find_size(storage.key_of(other.pk, "audio.flac")) == 1


def test_a_move_to_another_disk_is_a_copy_that_is_never_half(any_storage, tmp_path, monkeypatch):
    if any_storage is not default_storage:
        pytest.skip("only folders are moved")
    real = storage.os.replace

    def replace(source, target):
        if not str(source).endswith(".part"):
            raise OSError(errno.EXDEV, "cross-device")
        real(source, target)

    monkeypatch.setattr(storage.os, "replace", replace)
    assert storage.find_size(put(tmp_path, b"far away")) == 8


def test_room_on_the_disk(settings):
    storage.require_free(0)
    settings.MIN_FREE_BYTES = shutil.disk_usage(settings.DATA_DIR).free + 2**40
    with pytest.raises(DiskFull):
        storage.require_free(0)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_is_told_from_other_errors(number):
    with pytest.raises(DiskFull), storage.disk_errors_converted():
        raise OSError(number, "x")
    with pytest.raises(PermissionError), storage.disk_errors_converted():
        raise PermissionError(errno.EACCES, "x")


def test_find_size_of_an_ordinary_key():
    default_storage.save("meetings/cd/peaks.json", ContentFile(b"{}"))
    assert storage.find_size("meetings/cd/peaks.json") == 2
    storage.delete_folder("meetings/cd")
