"""Rows for tests, as the product itself would leave them. Every value may be given; the defaults make one small, complete meeting."""

import datetime as dt
import io
import json
import math
import struct
import wave
from collections.abc import Iterable, Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from meetings.models import (
    ActionItem,
    Citation,
    Job,
    Meeting,
    MeetingMember,
    NoteItem,
    Notes,
    Recording,
    Segment,
    Speaker,
    Topic,
    User,
)

PASSWORD = "a long enough password"

# Who (index of the speaker) says what; 5 s each.
LINES: tuple[tuple[int, str], ...] = (
    (0, "Let us start with the launch date."),
    (1, "We agreed that the launch moves to the ninth of March."),
    (0, "Tom, can you send the draft to legal by Friday?"),
    (1, "Yes, I will send the draft to legal by Friday."),
    (0, "Who is paying for the second server?"),
    (1, "I will ask finance about the second server."),
)
SEGMENT_MS = 5_000


def make_user(email: str = "ann@example.org", *, name: str = "", is_owner: bool = False, **fields) -> User:
    """A user who can log in with `PASSWORD`."""
    return User.objects.create_user(email, PASSWORD, name=name, is_owner=is_owner, **fields)


def make_meeting(
    owner: User, *, title: str = "Launch planning", held_on: dt.date | None = None, **fields
) -> Meeting:
    """A bare meeting: no recording, no jobs, nothing said. 2026-03-02 is a Monday."""
    return Meeting.objects.create(owner=owner, title=title, held_on=held_on or dt.date(2026, 3, 2), **fields)


def add_member(meeting: Meeting, user: User, *, level: int = MeetingMember.Level.VIEW) -> MeetingMember:
    """Give the meeting to a person."""
    return MeetingMember.objects.create(meeting=meeting, user=user, level=level)


def make_recording(meeting: Meeting, *, duration_ms: int = len(LINES) * SEGMENT_MS, **fields) -> Recording:
    """The row of a recording that was read; `write_files` puts bytes behind its keys."""
    prefix = f"meetings/{meeting.pk.hex}"
    values = {
        "original_name": "launch.wav",
        "original_key": f"{prefix}/original",
        "audio_key": f"{prefix}/audio.flac",
        "playback_key": f"{prefix}/playback.m4a",
        "peaks_key": f"{prefix}/peaks.json",
        "sha256": meeting.pk.hex * 2,
        "size_bytes": 44 + duration_ms * 32,
        "container": "wav",
        "channels": 1,
        "sample_rate_hz": 16_000,
    }
    return Recording.objects.create(meeting=meeting, duration_ms=duration_ms, **values | fields)


def make_wav(
    *, seconds: float = 1.0, sample_rate_hz: int = 16_000, channels: int = 1, hz: float = 440.0
) -> bytes:
    """A tone as 16-bit WAV; `hz=0` is silence."""
    frames = int(seconds * sample_rate_hz)
    samples = (int(8_000 * math.sin(2 * math.pi * hz * i / sample_rate_hz)) for i in range(frames))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(sample_rate_hz)
        sound.writeframes(b"".join(struct.pack("<h", sample) * channels for sample in samples))
    return buffer.getvalue()


def write_files(recording: Recording) -> None:
    """Bytes behind the keys of `original`, `playback` and `peaks` (a WAV each: enough for a view that serves ranges)."""
    sound = make_wav(seconds=1)
    peaks = json.dumps({"peaks": [[0.0, 0.5, -0.5, 0.0]], "duration_ms": recording.duration_ms}).encode()
    for key, content in (
        (recording.original_key, sound),
        (recording.playback_key, sound),
        (recording.peaks_key, peaks),
    ):
        default_storage.delete(key)
        default_storage.save(key, ContentFile(content))


def make_words(text: str, *, start_ms: int, end_ms: int, probability: float = 0.9) -> list[dict]:
    """The words of `text`, spread evenly over the time."""
    parts = text.split()
    step = (end_ms - start_ms) / max(1, len(parts))
    return [
        {"s": round(start_ms + step * i), "e": round(start_ms + step * (i + 1)), "w": word, "p": probability}
        for i, word in enumerate(parts)
    ]


def make_speaker(meeting: Meeting, label: str = "S1", **fields) -> Speaker:
    """A voice without a name."""
    return Speaker.objects.create(
        meeting=meeting, label=label, colour=int(label.removeprefix("S")) - 1, **fields
    )


def make_segment(
    meeting: Meeting,
    text: str,
    *,
    start_ms: int = 0,
    end_ms: int | None = None,
    speaker: Speaker | None = None,
    **fields,
) -> Segment:
    """One segment with word times."""
    end_ms = start_ms + SEGMENT_MS if end_ms is None else end_ms
    words = make_words(text, start_ms=start_ms, end_ms=end_ms)
    values = {"words": words, "confidence": 0.9, "speaker": speaker} | fields
    return Segment.objects.create(meeting=meeting, text=text, start_ms=start_ms, end_ms=end_ms, **values)


def make_segments(
    meeting: Meeting, lines: Iterable[tuple[int, str]] = LINES, *, speakers: Sequence[Speaker] = ()
) -> list[Segment]:
    """Segments of 5 s, one after the other; the numbers in `lines` are indices into `speakers`, when there are any."""
    return [
        make_segment(meeting, text, start_ms=i * SEGMENT_MS, speaker=speakers[who] if speakers else None)
        for i, (who, text) in enumerate(lines)
    ]


def cite(line: NoteItem | ActionItem, *segments: Segment) -> None:
    """Name the segments that support a line."""
    field = "action_item" if isinstance(line, ActionItem) else "note_item"
    Citation.objects.bulk_create(Citation(**{field: line}, segment=segment) for segment in segments)


def make_note_item(
    meeting: Meeting, kind: str, text: str, *, sources: Sequence[Segment] = (), position: int = 0, **fields
) -> NoteItem:
    """One line of the notes with its sources."""
    item = NoteItem.objects.create(meeting=meeting, kind=kind, text=text, position=position, **fields)
    cite(item, *sources)
    return item


def make_action_item(
    meeting: Meeting, text: str, *, sources: Sequence[Segment] = (), position: int = 0, **fields
) -> ActionItem:
    """One suggested action item with its sources."""
    item = ActionItem.objects.create(meeting=meeting, text=text, position=position, **fields)
    cite(item, *sources)
    return item


def make_jobs(meeting: Meeting, *, state: str = Job.State.DONE, **fields) -> list[Job]:
    """One job a step, all in the same state."""
    now = timezone.now()
    times = {"queued_at": now, "started_at": now, "finished_at": now} if state == Job.State.DONE else {}
    total_ms = len(LINES) * SEGMENT_MS
    values = {"total_ms": total_ms, "done_ms": total_ms if state == Job.State.DONE else 0} | times | fields
    return [
        Job.objects.create(meeting=meeting, step=step, state=state, **values)
        for step in Job.Step.of_uploads()
    ]


def make_notes(meeting: Meeting, segments: Sequence[Segment], *, speakers: Sequence[Speaker] = ()) -> Notes:
    """Notes over the six segments of `LINES`: a summary, a topic with a point, a decision, a question, a risk, two action items."""
    kinds = NoteItem.Kind
    topic = Topic.objects.create(meeting=meeting, title="Launch date", start_ms=0)
    make_note_item(meeting, kinds.SUMMARY, "The launch moves to 9 March.", sources=segments[:2])
    make_note_item(meeting, kinds.POINT, "The launch date was discussed.", sources=segments[:1], topic=topic)
    make_note_item(meeting, kinds.DECISION, "The launch moves to the ninth of March.", sources=segments[1:2])
    make_note_item(meeting, kinds.QUESTION, "Who is paying for the second server?", sources=segments[4:5])
    make_note_item(meeting, kinds.RISK, "Nobody is paying for the second server yet.", sources=segments[4:6])
    owner = speakers[1] if len(speakers) > 1 else None
    make_action_item(
        meeting, "Send the draft to legal", sources=segments[2:4],
        owner_speaker=owner, owner_name="Tom", due_on=dt.date(2026, 3, 6), due_text="by Friday",
    )  # fmt: skip
    make_action_item(
        meeting, "Ask finance about the second server", sources=segments[5:6], position=1, owner_speaker=owner
    )
    end_ms = segments[-1].end_ms
    return Notes.objects.create(meeting=meeting, language="en", coverage=1.0, covered=[[0, end_ms]])


def make_full_meeting(owner: User, **fields) -> Meeting:
    """A meeting whose pipeline is done: recording, 2 speakers, 6 segments, notes with citations, 2 action items, 6 jobs."""
    meeting = make_meeting(owner, language="en", **fields)
    make_recording(meeting)
    speakers = [make_speaker(meeting, "S1"), make_speaker(meeting, "S2")]
    make_notes(meeting, make_segments(meeting, speakers=speakers), speakers=speakers)
    make_jobs(meeting)
    return meeting
