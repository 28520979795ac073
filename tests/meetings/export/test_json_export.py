"""The JSON export holds to its schema and loses nothing."""

import json
from pathlib import Path

import jsonschema
import pytest

from meetings.export.json_export import render_export
from meetings.export.schema import ExportDocument, render_schema
from meetings.models import Meeting, Segment, User
from tests import factories

SCHEMA_PATH = Path(__file__).resolve().parents[3] / "docs" / "minutebook-1.schema.json"


def check_schema(document: dict) -> None:
    schema = json.loads(SCHEMA_PATH.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(document)))


def test_schema_file_is_what_the_types_say():
    """After a change of `schema.py`: write `render_schema()` to the file."""
    assert json.loads(SCHEMA_PATH.read_text()) == render_schema()


def test_full_meeting_holds_to_the_schema(meeting: Meeting):
    document = render_export(meeting)
    check_schema(document)
    ExportDocument.model_validate(document)
    assert document["format"] == "minutebook/1"
    assert document["meeting"]["id"] == str(meeting.pk)
    assert document["meeting"]["held_on"] == "2026-03-02"
    assert [speaker["id"] for speaker in document["speakers"]] == ["S1", "S2"]
    assert len(document["segments"]) == 6
    assert document["segments"][0]["words"][0]["text"] == "Let"


def test_bare_meeting_holds_to_the_schema(owner: User):
    """No recording, nothing said, no notes: what an export during the first second of the pipeline would be."""
    document = render_export(factories.make_meeting(owner))
    check_schema(document)
    assert document["segments"] == []
    assert document["notes"]["coverage"] == 0.0
    assert document["provenance"]["timings_ms"]["total"] == 0


def test_every_citation_names_a_segment_of_the_document(meeting: Meeting):
    document = render_export(meeting)
    segment_ids = {segment["id"] for segment in document["segments"]}
    notes = document["notes"]
    items = [
        *notes["summary"],
        *notes["decisions"],
        *notes["questions"],
        *notes["risks"],
        *notes["action_items"],
        *(item for topic in notes["topics"] for item in topic["items"]),
    ]
    assert len(items) == 7
    assert len({item["id"] for item in items}) == 7
    for item in items:
        assert item["citations"]
        assert {citation["segment"] for citation in item["citations"]} <= segment_ids


def test_action_item_has_owner_and_day(meeting: Meeting):
    first, second = render_export(meeting)["notes"]["action_items"]
    assert (first["owner"], first["owner_speaker"]) == ("Tom", "S2")
    assert (first["due_on"], first["due_text"], first["state"]) == ("2026-03-06", "by Friday", "suggested")
    assert (second["owner"], second["due_on"]) == ("Speaker 2", None)


def test_given_name_wins_over_what_was_heard(meeting: Meeting):
    meeting.speakers.filter(label="S2").update(name="Thomas")
    document = render_export(meeting)
    assert document["speakers"][1]["name"] == "Thomas"
    assert {item["owner"] for item in document["notes"]["action_items"]} == {"Thomas"}


def test_edits_and_review_are_marked(meeting: Meeting, owner: User):
    segment = meeting.segments.in_order()[0]
    segment.edit_text("Let us begin with the launch date.", by=owner)
    meeting.reviewed_by = owner
    meeting.save()
    document = render_export(meeting)
    assert [segment["edited"] for segment in document["segments"]] == [True] + [False] * 5
    assert document["notes"]["reviewed_by"] == "Olga Owner"
    check_schema(document)


def test_number_of_queries_does_not_grow_with_the_meeting(meeting: Meeting, django_assert_max_num_queries):
    Segment.objects.bulk_create(
        Segment(meeting=meeting, start_ms=40_000 + i, end_ms=41_000 + i, text="More.") for i in range(50)
    )
    fresh = Meeting.objects.get(pk=meeting.pk)
    with django_assert_max_num_queries(18):
        render_export(fresh)


@pytest.mark.parametrize("step", ["ingest", "transcribe", "diarize", "draft", "ground", "publish"])
def test_timings_come_from_the_jobs(meeting: Meeting, step: str):
    meeting.jobs.filter(step=step).update(worked_ms=1_234)
    timings = render_export(meeting)["provenance"]["timings_ms"]
    assert timings[step] == 1_234
    assert timings["total"] == 1_234


def test_provenance_is_what_the_steps_wrote(meeting: Meeting):
    meeting.recording.provenance = {"asr": {"model": "whisper-base"}, "diarization": {"model": "voices"}}
    meeting.recording.save()
    meeting.notes.provenance = {"chat": {"model": "small", "prompts": {"action_item": 3}}}
    meeting.notes.dropped_items = 2
    meeting.notes.save()
    provenance = render_export(meeting)["provenance"]
    assert provenance["asr"] == {"model": "whisper-base"}
    assert provenance["diarization"] == {"model": "voices"}
    assert provenance["chat"]["prompts"] == {"action_item": 3}
    assert provenance["dropped_items"] == 2
