"""Real files through the real child process."""

import json
import os
import signal
import subprocess

import av
import numpy as np
import pytest

from meetings import media
from meetings.media import MediaError, convert_recording, read_speech
from meetings.storage import DiskFull
from tests.meetings import media_files


@pytest.fixture
def convert(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()

    def run(source, **kwargs):
        return convert_recording(source, folder, **kwargs)

    return run


def error_code(convert, source):
    with pytest.raises(MediaError) as caught:
        convert(source)
    assert caught.value.text.endswith(".") and not caught.value.retryable
    return caught.value.code


def read_all(path, **kwargs):
    return np.concatenate(list(read_speech(path, **kwargs)))


def describe(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
        duration = sum(frame.samples for frame in frames) / stream.rate
        return stream.codec_context.name, stream.rate, stream.channels, duration


@pytest.mark.parametrize(
    ("codec", "container", "rate_hz", "channels"),
    [
        ("pcm_s16le", "wav", 8_000, 1),
        ("pcm_s24le", "wav", 96_000, 8),
        ("flac", "flac", 44_100, 2),
        ("libmp3lame", "mp3", 44_100, 2),
        ("libopus", "ogg", 48_000, 1),
        ("libopus", "webm", 48_000, 2),
        ("aac", "mp4", 48_000, 2),
        ("aac", "mov", 44_100, 1),
        ("aac", "matroska", 48_000, 1),
        ("aac", "adts", 48_000, 1),
        ("aac", "mpegts", 48_000, 1),
        ("pcm_u8", "wav", 11_025, 1),
    ],
)
def test_every_container_gives_the_same_three_files(convert, tmp_path, codec, container, rate_hz, channels):
    source = media_files.write_sound(
        tmp_path / "x", codec=codec, container=container, rate_hz=rate_hz, channels=channels, seconds=3
    )
    found = convert(source)
    assert abs(found.duration_ms - 3000) <= 80
    assert (found.channels, found.sample_rate_hz) == (channels, rate_hz)
    assert found.notice == "" and not found.has_video
    assert describe(found.audio)[:3] == ("flac", 16_000, 1)
    name, _, playback_channels, playback_s = describe(found.playback)
    assert (name, playback_channels) == ("aac", 1) and abs(playback_s - 3) < 0.2
    samples = read_all(found.audio)
    assert len(samples) * 1000 // 16_000 == found.duration_ms
    assert 2_000 < np.abs(samples).max() < 32_767
    peaks = json.loads(found.peaks.read_text())
    assert peaks["duration_ms"] == found.duration_ms
    values = np.array(peaks["peaks"][0])
    assert len(values) == 2 * -(-len(samples) // 320) and values.min() < -0.05 and 0.05 < values.max() <= 1


def test_eight_microphones_are_all_heard(convert, tmp_path):
    source = media_files.write_sound(
        tmp_path / "x.wav", codec="pcm_s16le", container="wav", rate_hz=96_000, channels=8, seconds=2
    )
    spectrum = np.abs(np.fft.rfft(read_all(convert(source).audio)[8_000:24_000]))
    loud = [spectrum[220 * (k + 1)] for k in range(8)]
    assert min(loud) > 0.5 * max(loud)


def test_playback_can_start_before_it_is_loaded(convert, tmp_path):
    source = media_files.write_wav(tmp_path / "x.wav", seconds=2)
    content = convert(source).playback.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_film_with_sound(convert, tmp_path):
    source = media_files.write_sound(tmp_path / "x", codec="aac", container="mp4", with_video=True)
    assert convert(source).has_video


def test_empty(convert, tmp_path):
    (tmp_path / "x.mp3").touch()
    assert error_code(convert, tmp_path / "x.mp3") == "empty_file"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear all,\nplease find the minutes below.\n" * 50,
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
        b"\0" * 5000,
        b"RIFF\xff\xff\xff\xffWAVE",
    ],
)
def test_what_is_no_recording(convert, tmp_path, content):
    source = tmp_path / "x.mp3"
    source.write_bytes(content)
    assert error_code(convert, source) in ("not_media", "undecodable")


def test_a_film_without_sound(convert, tmp_path):
    assert error_code(convert, media_files.write_silent_film(tmp_path / "x.mp4")) == "no_audio"


def test_a_film_that_breaks_off_keeps_what_decodes(convert, tmp_path):
    whole = media_files.write_sound(
        tmp_path / "x", codec="aac", container="mp4", seconds=30, options={"movflags": "faststart"}
    ).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    found = convert(tmp_path / "half.mp4")
    assert 10_000 < found.duration_ms < 20_000 and found.notice == "truncated"


def test_a_film_that_breaks_off_before_its_index(convert, tmp_path):
    whole = media_files.write_sound(tmp_path / "x", codec="aac", container="mp4", seconds=5).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    assert error_code(convert, tmp_path / "half.mp4") == "truncated_index"


def test_damage_in_the_middle_is_skipped(convert, tmp_path):
    content = bytearray(
        media_files.write_sound(tmp_path / "x", codec="libmp3lame", container="mp3", seconds=20).read_bytes()
    )
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(range(250)) * 16
    (tmp_path / "damaged.mp3").write_bytes(content)
    assert convert(tmp_path / "damaged.mp3").duration_ms > 17_000


def test_a_header_that_claims_thirty_hours_is_not_believed(convert, tmp_path):
    wav = media_files.write_wav(tmp_path / "x.wav", seconds=3).read_bytes()
    (tmp_path / "long.wav").write_bytes(media_files.claim_hours(wav, hours=30))
    assert convert(tmp_path / "long.wav").duration_ms == 3000
    flac = media_files.write_sound(
        tmp_path / "x.flac", codec="flac", container="flac", rate_hz=16_000
    ).read_bytes()
    (tmp_path / "long.flac").write_bytes(media_files.claim_hours_flac(flac, hours=30))
    found = convert(tmp_path / "long.flac")
    assert found.duration_ms == 3000 and found.notice == "duration_mismatch"


def test_silence_is_told(convert, tmp_path):
    assert convert(media_files.write_wav(tmp_path / "x.wav", seconds=3, hz=0)).notice == "silent"


def test_a_recording_that_outlives_the_limit_is_stopped(convert, tmp_path, settings):
    settings.MAX_RECORDING_HOURS = 2 / 3600
    assert error_code(convert, media_files.write_wav(tmp_path / "x.wav", seconds=4)) == "too_long"


def test_the_waveform_stays_small(convert, tmp_path):
    source = media_files.write_sound(
        tmp_path / "x", codec="pcm_s16le", container="wav", rate_hz=8_000, seconds=1500
    )
    peaks = json.loads(convert(source).peaks.read_text())["peaks"][0]
    assert 24_000 < len(peaks) <= 48_000


def test_progress_is_told_and_can_stop_the_work(convert, tmp_path):
    class Stop(Exception):
        pass

    def stop(done_ms, total_ms):
        seen.append((done_ms, total_ms))
        raise Stop

    seen = []
    with pytest.raises(Stop):
        convert(media_files.write_wav(tmp_path / "x.wav", seconds=5), report=stop)
    assert seen[0][1] == 5000


def test_a_full_disk_stops_it_and_can_be_tried_again(convert, tmp_path, settings):
    settings.MIN_FREE_BYTES = 2**62
    with pytest.raises(DiskFull) as caught:
        convert(media_files.write_wav(tmp_path / "x.wav", seconds=3))
    assert caught.value.retryable


def test_no_room_while_writing(tmp_path):
    """`/dev/full` refuses every byte, as a full disk does."""
    source = media_files.write_wav(tmp_path / "x.wav", seconds=3)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "audio.flac").symlink_to("/dev/full")
    with pytest.raises(DiskFull):
        convert_recording(source, folder)


def test_a_child_that_is_killed(convert, tmp_path, monkeypatch):
    real = subprocess.Popen
    children = []

    def popen(*args, **kwargs):
        children.append(real(*args, **kwargs))
        return children[-1]

    monkeypatch.setattr(media.subprocess, "Popen", popen)
    source = media_files.write_wav(tmp_path / "x.wav", seconds=60)

    def kill(*_):
        os.kill(children[0].pid, signal.SIGKILL)

    with pytest.raises(MediaError) as caught:
        convert(source, report=kill)
    assert caught.value.code == "media_timeout"


def test_a_child_that_says_nothing_is_killed(convert, tmp_path, monkeypatch):
    monkeypatch.setattr(media, "SILENT_CHILD_S", 0.2)
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    with open(os.open(fifo, os.O_RDWR), "wb"):
        assert error_code(convert, fifo) == "media_timeout"


@pytest.mark.parametrize("start_ms", [0, 1, 999, 1500, 2990])
def test_reading_speech_from_a_moment_is_exact(convert, tmp_path, start_ms):
    found = convert(media_files.write_wav(tmp_path / "x.wav", seconds=3))
    whole = read_all(found.audio)
    assert np.array_equal(read_all(found.audio, start_ms=start_ms), whole[start_ms * 16 :])
