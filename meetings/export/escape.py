"""Words of people and models made harmless for the format they go into.

What was said may contain anything: markup, a link to somewhere, a terminal's escape sequence. In an exported file it is text and
nothing else, whatever opens the file.
"""

import datetime
import re
import unicodedata

# Control characters (a terminal obeys some of them) and the marks that turn the direction of what follows.
_TURNING_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~])")
_MARKDOWN_ENTITY = re.compile(r"&(?=#?\w+;)")
# What would begin a heading, a list, a rule or a numbered list at the start of a line or of a list item.
_MARKDOWN_START = re.compile(r"^(#|\+|-|=|\d+(?=[.)]))")
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')
MAX_TITLE_CHARS = 80


def clean_line(text: str) -> str:
    """One line without control characters and turning marks; any run of white space is one space."""
    kept = (" " if char.isspace() else char for char in text if char.isspace() or not _is_control(char))
    return " ".join("".join(kept).split())


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char in _TURNING_MARKS


def escape_markdown(text: str) -> str:
    """One line that every Markdown reader shows as it was said: no HTML, no link, no picture fetched from somewhere."""
    line = _MARKDOWN_ENTITY.sub(r"\\&", _MARKDOWN.sub(r"\\\1", clean_line(text)))
    return _MARKDOWN_START.sub(lambda match: _escape_start(match.group(1)), line)


def _escape_start(start: str) -> str:
    """A number is escaped behind its digits (`1\\.`), a sign in front."""
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def escape_vtt(text: str) -> str:
    """One line of WebVTT cue text (https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span)."""
    return clean_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_srt(text: str) -> str:
    """One line of SRT. The format has no escapes and players obey HTML-like tags, so angle brackets become look-alikes."""
    return clean_line(text).replace("<", "‹").replace(">", "›")


def make_file_name(title: str, *, day: datetime.date, suffix: str) -> str:
    """A name that Windows, macOS and Linux take: title and day without separators, reserved signs and leading dots."""
    stem = _FORBIDDEN_IN_NAMES.sub(" ", clean_line(title))
    stem = " ".join(stem.split())[:MAX_TITLE_CHARS].strip(" .")
    return f"{stem or 'meeting'} {day.isoformat()}.{suffix}"
