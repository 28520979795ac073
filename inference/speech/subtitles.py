"""Segments as SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence

from inference.types import Segment


def render_srt(segments: Sequence[Segment]) -> str:
    cues = [
        f"{number}\n{_clock(one.start, mark=',')} --> {_clock(one.end, mark=',')}\n{_plain(one.text)}\n"
        for number, one in enumerate(segments, start=1)
    ]
    return "\n".join(cues)


def render_vtt(segments: Sequence[Segment]) -> str:
    cues = [
        f"{_clock(one.start, mark='.')} --> {_clock(one.end, mark='.')}\n{_escape(one.text)}\n"
        for one in segments
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _clock(seconds: float, *, mark: str) -> str:
    total_ms = round(seconds * 1000)
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}{mark}{ms % 1000:03d}"


def _plain(text: str) -> str:
    """One line: an empty one would end the cue."""
    return " ".join(text.split()).replace("-->", "->")


def _escape(text: str) -> str:
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
