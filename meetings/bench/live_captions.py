"""A live meeting through the whole product: how late its captions are, and how soon after the stop its notes are there.

file ─▶ Chromium's fake microphone ─▶ Record page ─▶ web process ─▶ model server ─▶ page        (or, without Chromium, the Python client)
                                                        └▶ this process drafts as a worker does
"""

import asyncio
import contextlib
import itertools
import json
import os
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import close_old_connections, connection

from meetings.inference_client import InferenceClient, TranscribedSegment
from meetings.live.client import LiveClient
from meetings.live.drafting import draft_running_meetings
from meetings.live.frames import read_frames
from meetings.live.protocol import FRAME_MS, SAMPLE_RATE_HZ
from meetings.live.takes import create_take
from meetings.media import convert_recording
from meetings.models import Job, Meeting, User
from meetings.pipeline.steps import run_step
from meetings.storage import local_path, make_work_dir

from .figures import Figure
from .live_browser import find_browser, record_in_browser
from .live_words import Shown, Spoken, list_words, make_figures
from .web import log_in, make_user, running_web

NOTES_LIMIT_S = 60
# As beat does.
LOOK_EVERY_S = 15.0
POLL_S = 0.25
GIVE_UP_S = 900


def measure_captions(
    file: Path,
    *,
    url: str,
    seconds: int | None,
    browser: bool,
    say: Callable[[str], None],
    words_path: Path | None = None,
) -> list[Figure]:
    """`url`: of the model server; `seconds`: play the file again and again for so long (None: once); `words_path`: for
    docs/compare_whisperlivekit.py. Raises MinutebookError."""
    os.environ["INFERENCE_URL"] = url
    user = make_user()
    cookies = log_in(user)
    has_browser = browser and find_browser() is not None
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=make_work_dir()) as folder,
        running_web() as (_, address),
    ):
        frames = list(read_frames(convert_recording(file, Path(folder)).audio))
        count = seconds * 1000 // FRAME_MS if seconds else len(frames)
        say(
            f"recording {count * FRAME_MS // 1000} s {'in Chromium' if has_browser else 'with the Python client'}"
        )
        with _drafting(url) as worker:
            if has_browser:
                sound = _write_wav(frames, Path(folder) / "microphone.wav")
                shown = record_in_browser(
                    address, cookies=cookies, sound=sound, seconds=count * FRAME_MS // 1000
                )
            else:
                playing = itertools.islice(itertools.cycle(frames), count)
                shown = _record(playing, user=user, address=address, cookies=cookies)
            stopped_at = time.monotonic()
            meeting = Meeting.objects.filter(owner=user).latest("created_at")
            notes_s = worker.wait_for_notes(meeting) - stopped_at
        say("reading the recording offline, to know which words were spoken when")
        spoken = _hear_offline(meeting, url)
    if words_path is not None:
        words_path.write_text(json.dumps([[one.word, one.end_ms] for one in spoken]))
    by = "Chromium" if has_browser else "Python client"
    lines = meeting.note_items.count() + meeting.action_items.count()
    return [
        Figure("length of the recording", meeting.recording.size_bytes / 2 / SAMPLE_RATE_HZ, "s"),
        *make_figures(spoken, shown, by=by),
        Figure("from stop to notes from the captions", notes_s, "s", NOTES_LIMIT_S),
        Figure("lines of these notes", lines, ""),
        Figure("of the speech they drew on", 100 * meeting.notes.coverage, "%"),
    ]


def _record(frames: Iterator[bytes], *, user: User, address: str, cookies: dict[str, str]) -> list[Shown]:
    shown: list[Shown] = []
    began: list[float] = []

    def play() -> Iterator[bytes]:
        for frame in frames:
            # The client takes a frame when its sound begins; it is spoken when it ends.
            began or began.append(time.monotonic())
            yield frame

    def see(message: dict) -> None:
        if message["type"] in ("caption.partial", "caption.final"):
            at_ms = (time.monotonic() - began[0]) * 1000
            shown.append(Shown(at_ms, message["start_ms"], message["end_ms"], message["text"]))

    take = create_take(user, title="bench", language="en")
    headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()), "Origin": address}
    url = f"{address.replace('http', 'ws', 1)}/ws/live/{take.pk}/"
    asyncio.run(LiveClient(url, key=take.key, headers=headers, on_message=see).record(play()))
    return shown


class _Worker:
    """Does the step `live_notes` as the worker and beat do, in a thread of this process."""

    def __init__(self, url: str) -> None:
        self.url, self.is_over = url, threading.Event()
        self.thread = threading.Thread(target=self._work, name="bench-worker", daemon=True)

    def _work(self) -> None:
        looked_at = 0.0
        try:
            with InferenceClient(self.url) as client:
                while not self.is_over.wait(POLL_S):
                    close_old_connections()
                    if time.monotonic() - looked_at >= LOOK_EVERY_S:
                        looked_at = time.monotonic()
                        draft_running_meetings(send=lambda job_id: None)
                    for job in Job.objects.filter(step=Job.Step.LIVE_NOTES, state=Job.State.QUEUED):
                        run_step(job.pk, client=client, send=lambda job_id: None)
        finally:
            connection.close()

    def wait_for_notes(self, meeting: Meeting) -> float:
        """The clock's time at which the step was done. Raises TimeoutError."""
        deadline = time.monotonic() + GIVE_UP_S
        job = Job.objects.filter(meeting=meeting, step=Job.Step.LIVE_NOTES)
        while time.monotonic() < deadline:
            if job.filter(state=Job.State.DONE).exists():
                return time.monotonic()
            time.sleep(POLL_S)
        raise TimeoutError("the notes from the captions did not come")


@contextlib.contextmanager
def _drafting(url: str) -> Iterator[_Worker]:
    worker = _Worker(url)
    worker.thread.start()
    try:
        yield worker
    finally:
        worker.is_over.set()
        worker.thread.join()


def _hear_offline(meeting: Meeting, url: str) -> list[Spoken]:
    with local_path(meeting.recording.original_key) as path, InferenceClient(url) as client:
        segments = [
            one for one in client.transcribe(path, language="en") if isinstance(one, TranscribedSegment)
        ]
    return [
        Spoken(word, said["e"])
        for segment in segments
        for said in segment.words
        for word in list_words(said["w"])
    ]


def _write_wav(frames: list[bytes], path: Path) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE_HZ)
        sound.writeframes(b"".join(frames))
    return path
