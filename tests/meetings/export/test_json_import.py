"""A meeting that goes out and comes in again is the same meeting."""

import copy
import json

import pytest

from meetings.export.json_export import render_export
from meetings.export.json_import import ImportRefused, import_export
from meetings.models import Job, Meeting, OwnNote, User


def without_ids(document: dict) -> dict:
    """The document with every id replaced by its place, so that two copies of one meeting are equal."""
    ids: dict[str, str] = {}

    def walk(value):
        if isinstance(value, dict):
            return {key: walk(part) for key, part in value.items()}
        if isinstance(value, list):
            return [walk(part) for part in value]
        return ids.get(value, value) if isinstance(value, str) else value

    for number, segment in enumerate(document["segments"]):
        ids[segment["id"]] = f"segment {number}"
    items = [
        item
        for key in ("summary", "decisions", "questions", "risks", "action_items")
        for item in document["notes"][key]
    ]
    items += document["notes"]["topics"] + [i for t in document["notes"]["topics"] for i in t["items"]]
    ids |= {item["id"]: f"item {number}" for number, item in enumerate(items)}
    ids |= {note["id"]: f"own note {number}" for number, note in enumerate(document["own_notes"])}
    ids[document["meeting"]["id"]] = "meeting"
    return walk(document)


@pytest.fixture
def document(meeting: Meeting, owner: User) -> dict:
    """A full meeting with a name, an attendee, an edit and an odd state."""
    meeting.attendees.create(name="Sofia")
    meeting.speakers.filter(label="S1").update(name="Priya")
    meeting.segments.in_order()[0].edit_text("Let us begin with the launch date.", by=owner)
    meeting.action_items.filter(position=1).update(state="done")
    meeting.jobs.filter(step="draft").update(worked_ms=777)
    typed = OwnNote.objects.create(meeting=meeting, at_ms=11_000, text="draft to legal")
    OwnNote.objects.create(meeting=meeting, at_ms=9_000, kind="mark")
    meeting.action_items.filter(position=0).update(own_note=typed)
    return json.loads(json.dumps(render_export(meeting)))


def test_round_trip(document: dict, stranger: User):
    copied = import_export(document, owner=stranger)
    assert without_ids(render_export(copied)) == without_ids(document)
    assert copied.owner == stranger
    assert not copied.jobs.exclude(state=Job.State.DONE).exists()


def test_title_may_be_another(document: dict, owner: User):
    assert import_export(document, owner=owner, title="Demo").title == "Demo"


def test_unknown_fields_are_ignored(document: dict, owner: User):
    document["later"] = {"field": 1}
    document["segments"][0]["mood"] = "good"
    import_export(document, owner=owner)


def break_format(document):
    document["format"] = "minutebook/2"


def break_segment_times(document):
    document["segments"][0]["end_ms"] = 0
    document["segments"][0]["start_ms"] = 1


def break_citation(document):
    document["notes"]["decisions"][0]["citations"] = [{"segment": "s999999"}]


def break_speaker(document):
    document["segments"][0]["speaker"] = "S9"


def repeat_segment(document):
    document["segments"].append(copy.deepcopy(document["segments"][0]))


def repeat_speaker(document):
    document["speakers"].append(document["speakers"][0])


def break_day(document):
    document["meeting"]["held_on"] = "2026-02-31"


def drop_notes(document):
    del document["notes"]


def break_confidence(document):
    document["segments"][0]["confidence"] = 7


@pytest.mark.parametrize(
    "damage",
    [
        break_format,
        break_segment_times,
        break_citation,
        break_speaker,
        repeat_segment,
        repeat_speaker,
        break_day,
        drop_notes,
        break_confidence,
    ],
)
def test_damaged_document_makes_nothing(document: dict, owner: User, damage):
    before = Meeting.objects.count()
    damage(document)
    with pytest.raises(ImportRefused):
        import_export(document, owner=owner)
    assert Meeting.objects.count() == before


def test_refusal_does_not_quote_the_document(document: dict, owner: User):
    document["segments"][0]["confidence"] = "very secret words"
    with pytest.raises(ImportRefused) as caught:
        import_export(document, owner=owner)
    assert "secret" not in str(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize("nonsense", [{}, [], "text", None, {"format": "minutebook/1"}])
def test_nonsense(nonsense, owner: User):
    with pytest.raises(ImportRefused):
        import_export(nonsense, owner=owner)
