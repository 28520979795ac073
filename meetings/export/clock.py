"""Times as people and subtitle files write them."""

import re


def format_clock(ms: int) -> str:
    """`m:ss`, from an hour on `h:mm:ss`; the part of a second is cut off, as a player does."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def parse_clock(text: str) -> int | None:
    """`m:ss`, `h:mm:ss` or whole seconds as milliseconds; None for anything else."""
    match = re.fullmatch(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})", text.strip(), re.ASCII)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (hours * 3600 + minutes * 60 + seconds) * 1000


def format_cue_time(ms: int, *, decimal_mark: str) -> str:
    """`hh:mm:ss.mmm`; SRT wants a comma as `decimal_mark`, WebVTT a full stop."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{decimal_mark}{ms:03}"
