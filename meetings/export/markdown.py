"""The minutes as Markdown: what a person sends around after a meeting."""

from collections.abc import Iterator, Sequence

from meetings.models import ActionItem, Meeting, NoteItem

from .clock import format_clock
from .content import MeetingContent, load_content
from .escape import escape_markdown

Kind = NoteItem.Kind
_SECTIONS = (("Decisions", Kind.DECISION), ("Open questions", Kind.QUESTION), ("Risks", Kind.RISK))


def render_markdown(meeting: Meeting) -> str:
    """Minutes in which every line carries the times of its sources. Refused (dropped) action items are left out."""
    content = load_content(meeting)
    return "\n".join(_render_lines(content)).rstrip() + "\n"


def _render_lines(content: MeetingContent) -> Iterator[str]:
    meeting = content.meeting
    yield f"# {escape_markdown(meeting.title)}"
    yield ""
    yield f"{meeting.held_on:%A, %-d %B %Y}, {format_clock(content.duration_ms)}"
    if content.named_people:
        yield ""
        yield f"Present: {', '.join(escape_markdown(name) for name in content.named_people)}"
    yield from _render_section("Summary", content.items_of(Kind.SUMMARY), content)
    yield from _render_action_items(content)
    for heading, kind in _SECTIONS:
        yield from _render_section(heading, content.items_of(kind), content)
    yield from _render_topics(content)
    yield from _render_own_notes(content)
    yield from _render_foot(content)


def _render_section(heading: str, items: Sequence[NoteItem], content: MeetingContent) -> Iterator[str]:
    if not items:
        return
    yield ""
    yield f"## {heading}"
    yield ""
    for item in items:
        yield f"- {escape_markdown(item.text)}{_render_sources(item, content)}"


def _render_action_items(content: MeetingContent) -> Iterator[str]:
    kept = [item for item in content.action_items if item.state != ActionItem.State.DROPPED]
    if not kept:
        return
    yield ""
    yield "## Action items"
    yield ""
    for item in kept:
        tick = "x" if item.state == ActionItem.State.DONE else " "
        owner = f" · {escape_markdown(item.owner_display)}" if item.owner_display else ""
        due = f" · due {item.due_on:%A, %-d %B %Y}" if item.due_on else ""
        unsure = " · suggested" if item.state == ActionItem.State.SUGGESTED else ""
        yield f"- [{tick}] {escape_markdown(item.text)}{owner}{due}{unsure}{_render_sources(item, content)}"


def _render_topics(content: MeetingContent) -> Iterator[str]:
    if not content.topics:
        return
    yield ""
    yield "## Topics"
    for topic in content.topics:
        yield ""
        yield f"### {format_clock(topic.start_ms)} {escape_markdown(topic.title)}"
        items = content.items_of(Kind.POINT, topic=topic)
        if items:
            yield ""
        for item in items:
            yield f"- {escape_markdown(item.text)}{_render_sources(item, content)}"


def _render_own_notes(content: MeetingContent) -> Iterator[str]:
    if not content.own_notes:
        return
    yield ""
    yield "## Written during the meeting"
    yield ""
    for note in content.own_notes:
        yield f"- {format_clock(note.at_ms)} {escape_markdown(note.text) or 'marked'}"


def _render_foot(content: MeetingContent) -> Iterator[str]:
    if content.notes is None:
        return
    reviewer = content.meeting.reviewed_by
    checked = f"reviewed by {escape_markdown(str(reviewer))}" if reviewer else "not yet reviewed by a person"
    yield ""
    yield f"Written by a model from {content.notes.coverage:.0%} of the speech, {checked}."


def _render_sources(item: NoteItem | ActionItem, content: MeetingContent) -> str:
    """Where it was said, typed and shown: ` (12:03, 12:41, slide 2)`."""
    moments = [segment.start_ms for segment in content.segments_cited_by(item)]
    moments += [note.at_ms for note in content.own_notes if note.pk == item.own_note_id]
    times = [format_clock(ms) for ms in sorted(moments)]
    slides = [f"slide {slide.number}" for slide in content.slides_cited_by(item)]
    sources = dict.fromkeys([*times, *slides])
    return f" ({', '.join(sources)})" if sources else ""
