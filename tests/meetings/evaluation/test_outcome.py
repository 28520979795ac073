"""Reading a real export for scoring."""

import datetime as dt

from meetings.evaluation.outcome import read_outcome
from meetings.export.json_export import render_export
from meetings.models import ActionItem, Meeting


def test_real_export(meeting: Meeting):
    outcome = read_outcome(render_export(meeting))
    assert len(outcome.segments) == 6
    assert [item.kind for item in outcome.items] == [
        "summary",
        "decision",
        "question",
        "risk",
        "point",
        "action",
        "action",
    ]
    first = outcome.items_of("action")[0]
    assert (first.owner, first.owner_speaker, first.due_on) == ("Tom", "S2", dt.date(2026, 3, 6))
    assert [segment.start_ms for segment in first.cited] == [10_000, 15_000]
    assert outcome.speakers == {"S1": "Speaker 1", "S2": "Speaker 2"}
    assert (outcome.coverage, outcome.duration_ms) == (1.0, 30_000)


def test_refused_items_are_not_shown(meeting: Meeting):
    meeting.action_items.update(state=ActionItem.State.DROPPED)
    assert read_outcome(render_export(meeting)).items_of("action") == []


def test_dangling_citations_are_counted(meeting: Meeting):
    document = render_export(meeting)
    document["notes"]["decisions"][0]["citations"].append({"segment": "s0"})
    (decision,) = read_outcome(document).items_of("decision")
    assert decision.dangling_citations == 1
    assert len(decision.cited) == 1
