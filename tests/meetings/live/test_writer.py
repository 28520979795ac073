"""The growing file: what is acknowledged is there, what is half there is not."""

import errno
import os
import wave

import pytest
from django.utils import timezone

from meetings import storage
from meetings.live import writer
from meetings.live.protocol import FRAME_BYTES, InUse, TakeClosed, TakeGone
from meetings.live.writer import HEADER_BYTES, TakeFile, count_frames, take_path
from meetings.models import Take
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(owner):
    meeting = factories.make_meeting(owner)
    take = Take.objects.create(meeting=meeting, user=owner, key="k", consent_at=timezone.now())
    yield take
    take_path(take).unlink(missing_ok=True)


def noise(count: int) -> bytes:
    return os.urandom(FRAME_BYTES * count)


def test_it_is_a_wav_at_the_end(take):
    first, second = noise(3), noise(2)
    file = TakeFile(take)
    assert file.append(first) == 3
    assert file.append(second) == 5 and count_frames(take) == 5
    file.finish()
    file.close()
    with wave.open(str(take_path(take))) as sound:
        assert sound.getparams()[:4] == (1, 2, 16_000, 5 * 320)
        assert sound.readframes(10_000) == first + second


def test_opened_again_it_goes_on_where_it_was(take):
    first, second = noise(3), noise(2)
    file = TakeFile(take)
    file.append(first)
    file.close()
    file.close()
    file = TakeFile(take)
    assert file.frames == 3
    file.append(second)
    file.close()
    assert take_path(take).read_bytes()[HEADER_BYTES:] == first + second


def test_half_a_frame_is_cut_off(take):
    file = TakeFile(take)
    file.append(noise(2))
    file.close()
    with take_path(take).open("ab") as torn:
        torn.write(b"x" * 100)
    file = TakeFile(take)
    assert file.frames == 2 and take_path(take).stat().st_size == HEADER_BYTES + 2 * FRAME_BYTES
    file.close()


def test_half_a_header_is_written_again(take):
    take_path(take).parent.mkdir(parents=True, exist_ok=True)
    take_path(take).write_bytes(b"RIFF")
    file = TakeFile(take)
    assert file.frames == 0
    file.close()
    assert take_path(take).stat().st_size == HEADER_BYTES


def test_one_writer(take):
    file = TakeFile(take)
    with pytest.raises(InUse) as caught:
        TakeFile(take)
    assert caught.value.retryable
    file.close()
    TakeFile(take).close()


def test_a_finished_take_takes_nothing_and_leaves_no_file(take):
    take.mark_stopping()
    with pytest.raises(TakeClosed):
        TakeFile(take)
    assert not take_path(take).exists()


def test_a_deleted_take(take):
    gone = Take.objects.get(pk=take.pk)
    take.meeting.delete()
    with pytest.raises(TakeGone):
        TakeFile(gone)
    assert not take_path(gone).exists()


def test_a_write_that_fails_leaves_what_was_there(take, monkeypatch):
    file = TakeFile(take)
    kept = noise(2)
    file.append(kept)
    real = os.pwrite

    def pwrite(descriptor, data, at):
        real(descriptor, data[:100], at)
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(writer.os, "pwrite", pwrite)
    with pytest.raises(storage.DiskFull):
        file.append(noise(3))
    monkeypatch.setattr(writer.os, "pwrite", real)
    assert file.frames == 2 and take_path(take).read_bytes()[HEADER_BYTES:] == kept
    more = noise(1)
    file.append(more)
    file.close()
    assert take_path(take).read_bytes()[HEADER_BYTES:] == kept + more


def test_no_room_left(take, settings):
    file = TakeFile(take)
    settings.MIN_FREE_BYTES = 2**62
    with pytest.raises(storage.DiskFull):
        file.append(noise(1))
    file.close()


def test_two_channels(take):
    take.channels = 2
    file = TakeFile(take)
    data = os.urandom(FRAME_BYTES * 2 * 4)
    assert file.append(data) == 4
    file.finish()
    file.close()
    with wave.open(str(take_path(take))) as sound:
        assert sound.getnchannels() == 2 and sound.readframes(99_999) == data


def test_deleting_a_meeting_deletes_the_sound_that_is_still_coming(take):
    file = TakeFile(take)
    file.append(noise(2))
    storage.delete_meeting_files(take.meeting)
    assert not take_path(take).exists()
    file.close()
