"""A meeting as lines: one sentence or clause of one person, and the segment rows it stands in.

Recognised segments are cut where the recogniser paused, not where a sentence ends, and a voice may begin a word too late. So the
segments of one person in a row are joined and cut again at sentence ends; every line remembers which rows it came from, because
those rows are what may be cited.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..language.date_words import DATE_WORDS
from ..models import Meeting, Segment, Speaker

# A run of words without a full stop is cut at a segment's end after this many: recognisers forget full stops.
LONG_WORDS = 25
# Mean probability of a row's words. On the demo meeting (clear) 3 of 79 rows lie below, all of them small talk or a misheard name; on the re-voiced AMI
# meeting 48 of 184, most of them words that nobody would write down. Chosen on these two.
UNSURE = 0.7
# At most: a monologue without any mark of the end of a sentence.
LONGEST_WORDS = 60
_SENTENCE_END = re.compile(r"(?<=[.!?…。？！])[\"')\]]*\s+(?=[^\s])")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|No|vs|etc|e\.g|i\.e|z\.B|Hon|Prof|M|Mme)|\b[A-Z])\.$")
_MONTHS = frozenset(DATE_WORDS["de"].months)
# Words that cannot be all that somebody said; a voice change was put one word too late.
_STRAY_WORDS = frozenset(
    [
        "i",
        "the",
        "and",
        "so",
        "a",
        "we",
        "what",
        "but",
        "ich",
        "und",
        "die",
        "der",
        "das",
        "je",
        "et",
        "le",
        "la",
        "les",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """`number` counts from 0; `speaker_id` is a Speaker's id or None; `name` is how the person is called in a prompt. `is_unsure`: the
    recogniser doubts its words."""

    number: int
    segment_ids: tuple[int, ...]
    speaker_id: int | None
    name: str
    text: str
    start_ms: int
    end_ms: int
    turn: int = 0
    is_unsure: bool = False


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A part of one segment's text. `ends`: a sentence ends here for sure; `pauses`: its segment ends here."""

    segment: Segment
    text: str
    ends: bool
    pauses: bool


def load_lines(meeting: Meeting, *, by_ear: bool = False) -> list[Line]:
    """All lines of a meeting, in order; one query. Empty segments give none. `by_ear`: see `call_speaker`."""
    return build_lines(meeting.segments.select_related("speaker").in_order(), by_ear=by_ear)


def build_lines(segments: Iterable[Segment], *, by_ear: bool = False) -> list[Line]:
    """Lines from segments in order, with their speakers loaded."""
    lines: list[Line] = []
    for turn, run in enumerate(_list_turns(segments)):
        for text, rows in _join_pieces(_cut_pieces(run)):
            spoken_by = run[-1].speaker
            lines.append(
                Line(
                    number=len(lines),
                    segment_ids=tuple(dict.fromkeys(row.pk for row in rows)),
                    speaker_id=run[-1].speaker_id,
                    name=call_speaker(spoken_by, by_ear=by_ear),
                    text=text,
                    start_ms=rows[0].start_ms,
                    end_ms=rows[-1].end_ms,
                    turn=turn,
                    is_unsure=any(map(_is_unsure, rows)),
                )
            )
    return lines


def _is_unsure(segment: Segment) -> bool:
    """0: nobody measured it. What a person corrected is right."""
    return 0 < segment.confidence < UNSURE and not segment.is_edited


def call_speaker(speaker: Speaker | None, *, by_ear: bool = False) -> str:
    """The name in a prompt: given, else "Speaker 1"; "Somebody" where no voice was found.

    `by_ear`: a name that was only heard goes before "Speaker 1". Good for finding what is asked of Tom; in the notes it would stand as a fact, and it may be wrong.
    """
    if speaker is None:
        return "Somebody"
    return speaker.name or (speaker.suggested_name if by_ear else "") or speaker.display_name


def _list_turns(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Runs of segments of one voice. A stray word before a change of voice goes with what follows it."""
    turns: list[list[Segment]] = []
    for segment in segments:
        if not segment.text.strip():
            continue
        if turns and turns[-1][-1].speaker_id == segment.speaker_id:
            turns[-1].append(segment)
        elif turns and _is_stray(turns[-1][-1], segment):
            stray = turns[-1].pop()
            if not turns[-1]:
                turns.pop()
            if turns and turns[-1][-1].speaker_id == segment.speaker_id:
                turns[-1] += [stray, segment]
            else:
                turns.append([stray, segment])
        else:
            turns.append([segment])
    return turns


def _is_stray(segment: Segment, following: Segment) -> bool:
    return segment.text.strip().casefold() in _STRAY_WORDS and not following.text.strip()[:1].isupper()


def _cut_pieces(segments: Sequence[Segment]) -> list[_Piece]:
    pieces: list[_Piece] = []
    for segment in segments:
        parts = split_sentences(segment.text)
        for position, part in enumerate(parts):
            is_last = position == len(parts) - 1
            ends = not is_last or part.rstrip("\"')]")[-1:] in ".!?…。？！"
            pieces.append(_Piece(segment=segment, text=part, ends=ends, pauses=is_last))
    return pieces


def split_sentences(text: str) -> list[str]:
    """Sentences by their marks; an abbreviation's full stop is none. Apostrophes become straight. Sentences beyond `LONGEST_WORDS` are cut at a comma."""
    sentences: list[str] = []
    for part in _SENTENCE_END.split(" ".join(text.replace("’", "'").split())):
        if sentences and (_ABBREVIATION.search(sentences[-1]) or _is_date(sentences[-1], part)):
            sentences[-1] = f"{sentences[-1]} {part}"
        elif part:
            sentences.append(part)
    return [piece for sentence in sentences for piece in _cut_long(sentence)]


def _is_date(left: str, right: str) -> bool:
    """ "10. März": the full stop of a German ordinal."""
    return (
        re.search(r"\b\d{1,2}\.$", left) is not None and right.split(" ")[0].strip(",.").casefold() in _MONTHS
    )


def _cut_long(sentence: str) -> list[str]:
    words = sentence.split(" ")
    pieces = []
    while len(words) > LONGEST_WORDS:
        commas = [i for i in range(LONG_WORDS, LONGEST_WORDS) if words[i].endswith((",", ";", ":"))]
        cut = (commas[0] if commas else LONGEST_WORDS - 1) + 1
        pieces.append(" ".join(words[:cut]))
        words = words[cut:]
    return [*pieces, " ".join(words)]


def _join_pieces(pieces: Sequence[_Piece]) -> list[tuple[str, list[Segment]]]:
    """Whole sentences again, where a segment's end is not a sentence's."""
    joined: list[tuple[str, list[Segment]]] = []
    held: list[_Piece] = []
    for position, piece in enumerate(pieces):
        held.append(piece)
        following = pieces[position + 1] if position + 1 < len(pieces) else None
        words = sum(len(part.text.split()) for part in held)
        begins_anew = following is None or (
            piece.pauses and (following.text[:1].isupper() or words >= LONG_WORDS)
        )
        if piece.ends or begins_anew or words >= LONGEST_WORDS:
            joined.append((" ".join(part.text for part in held), [part.segment for part in held]))
            held = []
    return joined


def rename_speakers(lines: Sequence[Line], names: dict[int, str]) -> list[Line]:
    """The same lines with other names for some voices."""
    return [replace(line, name=names.get(line.speaker_id, line.name)) for line in lines]
