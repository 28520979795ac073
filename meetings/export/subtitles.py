"""The transcript as subtitles: SRT and WebVTT."""

import dataclasses
from collections.abc import Iterable, Iterator

from meetings.models import Meeting, Segment

from .clock import format_cue_time
from .content import MeetingContent, load_content
from .escape import escape_srt, escape_vtt

# Two lines of 42 characters and 7 s: the usual limits for reading along (Netflix and BBC guidelines for subtitles).
MAX_CUE_CHARS = 84
MAX_CUE_MS = 7_000


@dataclasses.dataclass(frozen=True)
class Cue:
    """What stands on the screen for a while."""

    start_ms: int
    end_ms: int
    speaker: str
    text: str


def render_srt(meeting: Meeting) -> str:
    """SubRip; the speaker's name stands before the first cue of each segment."""
    blocks = [
        f"{number}\n{_render_times(cue, decimal_mark=',')}\n{escape_srt(_with_name(cue))}\n"
        for number, cue in enumerate(list_cues(load_content(meeting)), start=1)
    ]
    return "\n".join(blocks)


def render_vtt(meeting: Meeting) -> str:
    """WebVTT with voice tags (https://www.w3.org/TR/webvtt1/#webvtt-cue-voice-span)."""
    blocks = ["WEBVTT\n"]
    for cue in list_cues(load_content(meeting)):
        voice = f"<v {escape_vtt(cue.speaker)}>" if cue.speaker else ""
        blocks.append(f"{_render_times(cue, decimal_mark='.')}\n{voice}{escape_vtt(cue.text)}\n")
    return "\n".join(blocks)


def _render_times(cue: Cue, *, decimal_mark: str) -> str:
    start, end = (format_cue_time(ms, decimal_mark=decimal_mark) for ms in (cue.start_ms, cue.end_ms))
    return f"{start} --> {end}"


def _with_name(cue: Cue) -> str:
    return f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text


def list_cues(content: MeetingContent) -> Iterator[Cue]:
    """The segments, cut between words where they are too long to be read at once."""
    for segment in content.segments:
        speaker = content.speaker_of(segment)
        name = speaker.display_name if speaker is not None else ""
        for start_ms, end_ms, text in _cut_segment(segment):
            if text:
                # A cue of no length is never shown.
                yield Cue(start_ms, max(end_ms, start_ms + 1), name, text)


def _cut_segment(segment: Segment) -> Iterable[tuple[int, int, str]]:
    """(start_ms, end_ms, text) of each piece. Without word times the segment stays whole."""
    if not segment.words:
        return [(segment.start_ms, segment.end_ms, segment.text.strip())]
    pieces: list[list[dict]] = [[]]
    for word in segment.words:
        piece = pieces[-1]
        if piece and not _fits(piece, word):
            pieces.append([word])
        else:
            piece.append(word)
    return [(p[0]["s"], p[-1]["e"], _join(p)) for p in pieces if p]


def _fits(piece: list[dict], word: dict) -> bool:
    return len(_join([*piece, word])) <= MAX_CUE_CHARS and word["e"] - piece[0]["s"] <= MAX_CUE_MS


def _join(words: Iterable[dict]) -> str:
    return " ".join(word["w"].strip() for word in words)
