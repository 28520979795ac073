"""Results as a table for people and as JSON for programs."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from meetings.export.clock import format_clock

from .notes import ListScore, NotesScore
from .outcome import Outcome
from .reference import Reference
from .voices import VoiceScore, pool_der
from .words import WordScore, pool_words

_STEPS = ("ingest", "transcribe", "diarize", "slides", "draft", "ground", "publish")


@dataclasses.dataclass(frozen=True)
class Result:
    """One meeting, what came out, and its scores; `words` and `voices` are None where there was no sound, or no reference for them, `notes`
    where none were written."""

    reference: Reference
    outcome: Outcome
    words: WordScore | None
    voices: VoiceScore | None
    notes: NotesScore | None

    def share_of(self, step: str) -> float | None:
        """Time spent on a step as a share of the recording's length."""
        spent = self.outcome.timings_ms.get(step)
        return spent / self.outcome.duration_ms if spent is not None and self.outcome.duration_ms else None


def render_json(results: Sequence[Result]) -> dict[str, Any]:
    """Every number of the tables, and what is behind the notes' numbers."""
    pooled = pool_words(result.words for result in results if result.words is not None)
    der = pool_der(result.voices for result in results if result.voices is not None)
    return {
        "meetings": [_render_result(result) for result in results],
        "pooled_wer": pooled.wer,
        "pooled_plain_wer": pooled.plain_wer,
        "pooled_der": der and der[0],
        "pooled_one_voice_der": der and der[1],
    }


def _render_result(result: Result) -> dict[str, Any]:
    words, voices = result.words, result.voices
    return {
        "id": result.reference.id,
        "duration_ms": result.outcome.duration_ms,
        "words": dataclasses.asdict(words)
        | {"wer": words.wer, "plain_wer": words.plain_wer, "cpwer": words.cpwer}
        if words
        else None,
        "voices": dataclasses.asdict(voices) if voices else None,
        "share_of_length": {step: result.share_of(step) for step in (*_STEPS, "total")},
    } | (_render_notes(result.notes, result.outcome) if result.notes else {})


def _render_notes(notes: NotesScore, outcome: Outcome) -> dict[str, Any]:
    return {
        "actions": _render_list(notes.actions),
        "decisions": _render_list(notes.decisions),
        "lines_shown": len(notes.verdicts),
        "lines_without_citation": notes.uncited,
        "lines_unsupported": notes.reasons,
        "support_share": notes.support_share,
        "traps_known": notes.traps_known,
        "traps_caught": [{"trap": c.trap.text, "line": c.item.text} for c in notes.traps_caught],
        "coverage": outcome.coverage,
        "dropped_items": outcome.dropped_items,
    }


def _render_list(score: ListScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return dataclasses.asdict(score) | {"recall": score.recall, "precision": score.precision}


def render_tables(results: Sequence[Result]) -> str:
    """Speech, notes and speed, one line a meeting."""
    tables = (
        ("Speech", _list_speech_rows(results)),
        ("Notes", _list_notes_rows(results)),
        ("Time, as a share of the recording's length", _list_speed_rows(results)),
    )
    return "\n\n".join(f"{title}\n{render_table(rows)}" for title, rows in tables if len(rows) > 1)


def _list_speech_rows(results: Sequence[Result]) -> list[list[str]]:
    rows = [
        [
            "meeting",
            "length",
            "WER as written",
            "WER",
            "cpWER",
            "cpWER − WER",
            "DER",
            "of one voice",
            "voices found/real",
            "words heard/said",
        ]
    ]
    heard = [result for result in results if result.words is not None]
    for result in heard:
        words, voices = result.words, result.voices
        rows.append(
            [
                result.reference.id,
                format_clock(result.outcome.duration_ms),
                _decimal(words.plain_wer),
                _decimal(words.wer),
                _decimal(words.cpwer),
                _decimal(None if words.cpwer is None or words.wer is None else words.cpwer - words.wer),
                _decimal(voices.der if voices else None),
                _decimal(voices.one_voice_der if voices else None),
                f"{voices.found_speakers}/{voices.reference_speakers}" if voices else "–",
                f"{words.heard_words}/{words.reference_words}",
            ]
        )
    if len(heard) > 1:
        rows.append(_pool_speech(heard))
    return rows


def _pool_speech(heard: Sequence[Result]) -> list[str]:
    pooled = pool_words(result.words for result in heard)
    der = pool_der(result.voices for result in heard if result.voices is not None)
    return [
        "all, every word and second alike",
        format_clock(sum(result.outcome.duration_ms for result in heard)),
        _decimal(pooled.plain_wer),
        _decimal(pooled.wer),
        "",
        "",
        _decimal(der and der[0]),
        _decimal(der and der[1]),
        "",
        f"{pooled.heard_words}/{pooled.reference_words}",
    ]


def _list_notes_rows(results: Sequence[Result]) -> list[list[str]]:
    head = "meeting|actions found|written|with right owner|by voice|due dates|dates invented|decisions found|written"
    rows = [[*head.split("|"), "lines", "unsupported", "uncited", "traps", "coverage", "dropped"]]
    for result in results:
        if result.notes is None:
            continue
        notes, actions, decisions = result.notes, result.notes.actions, result.notes.decisions
        rows.append(
            [
                result.reference.id,
                _of(actions, "found", "required"),
                str(len(result.outcome.items_of("action"))),
                _of(actions, "owners_right", "owners_scored"),
                _of(actions, "owner_voices_right", "owners_scored"),
                _of(actions, "dates_right", "dates_required"),
                str(actions.dates_invented) if actions and actions.owners_scored else "–",
                _of(decisions, "found", "required"),
                str(len(result.outcome.items_of("decision"))),
                str(len(notes.verdicts)),
                str(len(notes.unsupported)),
                str(notes.uncited),
                f"{len(notes.traps_caught)}/{notes.traps_known}" if notes.traps_known else "–",
                f"{result.outcome.coverage:.0%}",
                str(result.outcome.dropped_items),
            ]
        )
    return rows


def _list_speed_rows(results: Sequence[Result]) -> list[list[str]]:
    rows = [["meeting", *_STEPS, "total"]]
    rows += [
        [result.reference.id, *(_decimal(result.share_of(step)) for step in (*_STEPS, "total"))]
        for result in results
    ]
    return rows


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _of(score: ListScore | None, part: str, whole: str) -> str:
    """`5/6`; a dash where the reference says nothing about it."""
    return f"{getattr(score, part)}/{getattr(score, whole)}" if score and getattr(score, whole) else "–"


def render_table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first one to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def list_details(result: Result) -> Iterator[str]:
    """The lines behind the numbers, for whoever wants to judge them: every line of the notes, what is wrong with it, traps."""
    yield f"\n{result.reference.id}"
    if result.notes is None:
        return
    for verdict in result.notes.verdicts:
        item = verdict.item
        owner = f" [{item.owner}]" if item.owner else ""
        due = f" [{item.due_on}]" if item.due_on else ""
        mark = f"  ← {verdict.reason}" if verdict.reason else ""
        yield f"  {item.kind:<9}{item.text}{owner}{due}{mark}"
    for caught in result.notes.traps_caught:
        yield f"  TRAP     {caught.trap.text} ← {caught.item.text}"
