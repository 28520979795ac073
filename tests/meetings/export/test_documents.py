"""Minutes, transcript and subtitles of one meeting, and of one in which everything is hostile."""

import datetime as dt

from meetings.export.markdown import render_markdown
from meetings.export.subtitles import MAX_CUE_CHARS, MAX_CUE_MS, render_srt, render_vtt
from meetings.export.text import render_text
from meetings.models import ActionItem, Meeting, OwnNote, User
from tests import factories

HOSTILE = "<script>alert(1)</script> ![](http://example.org/x) --> \x1b[2J\n\n# top"


def make_hostile_meeting(owner: User) -> Meeting:
    meeting = factories.make_meeting(owner, title=HOSTILE)
    speaker = factories.make_speaker(meeting, name=HOSTILE)
    segment = factories.make_segment(meeting, HOSTILE, speaker=speaker)
    factories.make_note_item(meeting, "decision", HOSTILE, sources=[segment])
    factories.make_action_item(meeting, HOSTILE, sources=[segment], owner_name=HOSTILE)
    return meeting


def test_minutes(meeting: Meeting):
    text = render_markdown(meeting)
    assert text.startswith(
        "# Launch planning\n\nMonday, 2 March 2026, 0:30\n\nPresent: Speaker 1, Speaker 2\n"
    )
    assert "- The launch moves to the ninth of March. (0:05)" in text
    assert "- [ ] Send the draft to legal · Tom · due Friday, 6 March 2026 · suggested (0:10, 0:15)" in text
    assert "### 0:00 Launch date" in text
    assert "Written by a model from 100% of the speech, not yet reviewed by a person." in text


def test_minutes_have_what_was_typed(meeting: Meeting, owner: User):
    typed = OwnNote.objects.create(meeting=meeting, at_ms=61_000, text="<b>draft</b> to legal", user=owner)
    OwnNote.objects.create(meeting=meeting, at_ms=9_000, kind="mark")
    meeting.action_items.filter(position=0).update(own_note=typed)
    text = render_markdown(meeting)
    assert "## Written during the meeting\n\n- 0:09 marked\n- 1:01 " in text and "<b>" not in text
    assert "(0:10, 0:15, 1:01)" in text


def test_minutes_leave_out_what_was_refused_and_tick_what_is_done(meeting: Meeting):
    first, second = meeting.action_items.all()
    first.state = ActionItem.State.DROPPED
    first.save()
    second.state = ActionItem.State.DONE
    second.save()
    text = render_markdown(meeting)
    assert "Send the draft to legal" not in text
    assert "- [x] Ask finance about the second server" in text


def test_minutes_name_the_reviewer_and_attendees_first(meeting: Meeting, owner: User):
    meeting.attendees.create(name="Sofia")
    meeting.reviewed_by = owner
    meeting.save()
    text = render_markdown(meeting)
    assert "Present: Sofia, Speaker 1, Speaker 2" in text
    assert "reviewed by Olga Owner" in text


def test_minutes_of_a_bare_meeting(owner: User):
    assert (
        render_markdown(factories.make_meeting(owner)) == "# Launch planning\n\nMonday, 2 March 2026, 0:00\n"
    )


def test_hostile_minutes(owner: User):
    text = render_markdown(make_hostile_meeting(owner))
    assert "<script>" not in text.replace("\\<", "")
    assert "![](" not in text
    assert "\x1b" not in text
    assert "\n# top" not in text


def test_transcript(meeting: Meeting):
    lines = render_text(meeting).splitlines()
    assert lines[:3] == ["Launch planning", "Monday, 2 March 2026", ""]
    assert lines[3] == "[0:00] Speaker 1: Let us start with the launch date."
    assert len(lines) == 9


def test_transcript_before_the_voices_are_known(owner: User):
    meeting = factories.make_meeting(owner)
    factories.make_segment(meeting, "Hello.")
    assert render_text(meeting).splitlines()[-1] == "[0:00] Unknown speaker: Hello."


def test_hostile_transcript_stays_one_line_a_segment(owner: User):
    text = render_text(make_hostile_meeting(owner))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 4


def test_srt(meeting: Meeting):
    blocks = render_srt(meeting).split("\n\n")
    assert blocks[0] == "1\n00:00:00,000 --> 00:00:05,000\nSpeaker 1: Let us start with the launch date."
    assert len(blocks) == 6


def test_vtt(meeting: Meeting):
    blocks = render_vtt(meeting).split("\n\n")
    assert blocks[0] == "WEBVTT"
    assert blocks[1] == "00:00:00.000 --> 00:00:05.000\n<v Speaker 1>Let us start with the launch date."


def test_hostile_subtitles(owner: User):
    meeting = make_hostile_meeting(owner)
    srt, vtt = render_srt(meeting), render_vtt(meeting)
    assert "<" not in srt
    assert srt.count("-->") == srt.count("\n00:") == vtt.count("-->")
    assert "<script" not in vtt
    assert vtt.count("<v ") == vtt.count("-->")


def test_long_segments_are_cut_between_words(owner: User):
    meeting = factories.make_meeting(owner)
    words = " ".join(f"word{i}" for i in range(60))
    factories.make_segment(meeting, words, start_ms=0, end_ms=30_000)
    cues = [block.split("\n") for block in render_srt(meeting).strip().split("\n\n")]
    assert len(cues) > 4
    assert " ".join(cue[2] for cue in cues) == words
    assert all(len(cue[2]) <= MAX_CUE_CHARS for cue in cues)
    for cue in cues:
        start, end = (dt.datetime.strptime(time, "%H:%M:%S,%f") for time in cue[1].split(" --> "))
        assert dt.timedelta() < end - start <= dt.timedelta(milliseconds=MAX_CUE_MS)


def test_segment_without_word_times_stays_whole(owner: User):
    meeting = factories.make_meeting(owner)
    factories.make_segment(meeting, "Typed by a person.", start_ms=1_000, end_ms=1_000, words=[])
    assert render_vtt(meeting).strip().endswith("00:00:01.000 --> 00:00:01.001\nTyped by a person.")
