"""The JSON export, `minutebook/1` (see `schema.py` and `docs/minutebook-1.schema.json`)."""

from typing import Any

from meetings.models import ActionItem, Job, Meeting, NoteItem, OwnNote, Segment, Slide, Speaker

from .content import MeetingContent, load_content
from .schema import FORMAT

Kind = NoteItem.Kind


def render_export(meeting: Meeting) -> dict[str, Any]:
    """The whole meeting as plain data, ready for `json.dumps`. Ids are unique within the document and stay the same from one export
    to the next."""
    content = load_content(meeting)
    return {
        "format": FORMAT,
        "meeting": _render_meeting(content),
        "recording": _render_recording(content),
        "speakers": [_render_speaker(speaker) for speaker in content.speakers],
        "segments": [_render_segment(segment, content) for segment in content.segments],
        "slides": [_render_slide(slide) for slide in content.slides],
        "own_notes": [_render_own_note(note) for note in content.own_notes],
        "notes": _render_notes(content),
        "provenance": _render_provenance(content),
    }


def _render_meeting(content: MeetingContent) -> dict[str, Any]:
    meeting = content.meeting
    return {
        "id": str(meeting.pk),
        "title": meeting.title,
        "held_on": meeting.held_on.isoformat(),
        "language": meeting.language,
        "duration_ms": content.duration_ms,
        "attendees": content.attendees,
    }


def _render_recording(content: MeetingContent) -> dict[str, Any]:
    recording = content.recording
    return {
        "sha256": recording.sha256 if recording else "",
        "size_bytes": recording.size_bytes if recording else 0,
        "channels": recording.channels if recording else 0,
    }


def _render_speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "id": speaker.label,
        "name": speaker.display_name,
        "suggested_name": speaker.suggested_name or None,
    }


def _segment_id(segment_pk: int) -> str:
    return f"s{segment_pk}"


def _render_segment(segment: Segment, content: MeetingContent) -> dict[str, Any]:
    speaker = content.speaker_of(segment)
    return {
        "id": _segment_id(segment.pk),
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "speaker": speaker.label if speaker is not None else None,
        "text": segment.text,
        "engine": segment.engine,
        "confidence": round(segment.confidence, 4),
        "edited": segment.is_edited,
        "words": [
            {
                "start_ms": word["s"],
                "end_ms": word["e"],
                "text": word["w"].strip(),
                "confidence": round(min(1.0, max(0.0, word["p"])), 4),
            }
            for word in segment.words
        ],
    }


def _slide_id(slide_pk: int) -> str:
    return f"p{slide_pk}"


def _render_slide(slide: Slide) -> dict[str, Any]:
    return {
        "id": _slide_id(slide.pk),
        "shown_at_ms": slide.shown_ms,
        "title": slide.title,
        "text": slide.text,
        "source": slide.source,
        "confidence": round(slide.confidence, 4) if slide.confidence is not None else None,
        "engine": slide.engine,
        "description": slide.description or None,
        "described_by": slide.described_by,
        "width": slide.width,
        "height": slide.height,
    }


def _render_notes(content: MeetingContent) -> dict[str, Any]:
    notes, reviewer = content.notes, content.meeting.reviewed_by
    return {
        "language": notes.language if notes else "",
        "coverage": round(min(1.0, max(0.0, notes.coverage)), 4) if notes else 0.0,
        "covered": [list(stretch) for stretch in notes.covered] if notes else [],
        "reviewed_by": str(reviewer) if reviewer else None,
        "summary": [_render_item(item) for item in content.items_of(Kind.SUMMARY)],
        "decisions": [_render_item(item) for item in content.items_of(Kind.DECISION)],
        "questions": [_render_item(item) for item in content.items_of(Kind.QUESTION)],
        "risks": [_render_item(item) for item in content.items_of(Kind.RISK)],
        "topics": [
            {
                "id": f"t{topic.pk}",
                "title": topic.title,
                "start_ms": topic.start_ms,
                "items": [_render_item(item) for item in content.items_of(Kind.POINT, topic=topic)],
            }
            for topic in content.topics
        ],
        "action_items": [_render_action_item(item) for item in content.action_items],
    }


def _render_item(item: NoteItem | ActionItem) -> dict[str, Any]:
    prefix = "a" if isinstance(item, ActionItem) else "n"
    return {
        "id": f"{prefix}{item.pk}",
        "text": item.text,
        "citations": _render_citations(item),
        "edited": item.is_edited,
    }


def _render_citations(item: NoteItem | ActionItem) -> list[dict[str, str]]:
    typed = [{"own_note": str(item.own_note_id)}] if item.own_note_id else []
    said = [{"segment": _segment_id(citation.segment_id)} for citation in item.citations.all()]
    return typed + said + [{"slide": _slide_id(citation.slide_id)} for citation in item.slide_citations.all()]


def _render_own_note(note: OwnNote) -> dict[str, Any]:
    by = str(note.user) if note.user else None
    return {"id": str(note.pk), "at_ms": note.at_ms, "kind": note.kind, "text": note.text, "by": by}


def _render_action_item(item: ActionItem) -> dict[str, Any]:
    return {
        **_render_item(item),
        "owner": item.owner_display or None,
        "owner_speaker": item.owner_speaker.label if item.owner_speaker is not None else None,
        "due_on": item.due_on.isoformat() if item.due_on else None,
        "due_text": item.due_text,
        "state": item.state,
    }


def _render_provenance(content: MeetingContent) -> dict[str, Any]:
    heard = content.recording.provenance if content.recording else {}
    wrote = content.notes.provenance if content.notes else {}
    return {
        "asr": heard.get("asr", {}),
        "chat": wrote.get("chat", {}),
        "diarization": heard.get("diarization", {}),
        "dropped_items": content.notes.dropped_items if content.notes else 0,
        "dropped_reasons": content.notes.dropped_reasons if content.notes else {},
        "timings_ms": _render_timings(content.worked_ms),
    }


def _render_timings(worked_ms: dict[str, int]) -> dict[str, int | None]:
    steps = {step: worked_ms.get(step) for step in Job.Step.values}
    return {**steps, "total": sum(worked_ms.values())}
