"""Each form a transcription is answered in, and the events while it goes on."""

from __future__ import annotations

import json

import pytest

from inference.routes.transcript_formats import (
    TranscriptEvents,
    list_diarization_events,
    render_transcript,
)
from inference.types import Diarization, Progress, Segment, Transcription, Turn, Word

END = Transcription(language="en", duration=3700.5)


def make_segment(number: int, *, start: float, text: str) -> Segment:
    words = tuple(
        Word(start=start + i, end=start + i + 0.5, word=f" {word}", probability=0.9)
        for i, word in enumerate(text.split())
    )
    return Segment(
        id=number,
        start=start,
        end=words[-1].end,
        text=text,
        words=words,
        tokens=(1, 2),
        avg_logprob=-0.2,
        no_speech_prob=0.01,
        compression_ratio=1.2,
        temperature=0.0,
        confidence=0.9,
        language="en",
    )


SEGMENTS = [
    make_segment(0, start=0.0, text="Good morning."),
    make_segment(1, start=3661.25, text="A <b> & c --> d"),
]


def render(response_format: str, **options: bool) -> str:
    return bytes(render_transcript(SEGMENTS, END, response_format=response_format, **options).body).decode()


def test_json_is_the_text():
    assert json.loads(render("json")) == {"text": "Good morning. A <b> & c --> d"}


def test_text_ends_with_a_line_end():
    assert render("text") == "Good morning. A <b> & c --> d\n"


def test_srt():
    assert render("srt") == (
        "1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n"
        "2\n01:01:01,250 --> 01:01:06,750\nA <b> & c -> d\n"
    )


def test_vtt_escapes_what_would_be_a_tag_or_an_arrow():
    assert render("vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning.\n\n"
        "01:01:01.250 --> 01:01:06.750\nA &lt;b&gt; &amp; c -&gt; d\n"
    )


@pytest.mark.parametrize(("response_format", "expected"), [("text", "\n"), ("srt", ""), ("vtt", "WEBVTT\n")])
def test_nothing_said(response_format: str, expected: str):
    answer = render_transcript([], END, response_format=response_format)
    assert bytes(answer.body).decode() == expected


def test_verbose_json():
    content = json.loads(render("verbose_json", with_words=True))
    assert {key: content[key] for key in ("task", "language", "duration")} == {
        "task": "transcribe",
        "language": "en",
        "duration": 3700.5,
    }
    assert [segment["id"] for segment in content["segments"]] == [0, 1]
    assert content["segments"][0]["words"][0] == {
        "start": 0.0,
        "end": 0.5,
        "word": " Good",
        "probability": 0.9,
    }
    assert content["words"][0]["word"] == "Good"
    assert len(content["words"]) == 8


def test_verbose_json_without_the_flat_list():
    assert "words" not in json.loads(render("verbose_json"))


def test_events_end_with_the_text_of_all_deltas():
    to_events = TranscriptEvents()
    pieces = [SEGMENTS[0], Progress(position=2.0, duration=3700.5), SEGMENTS[1], END]
    events = [event for piece in pieces for event in to_events(piece)]
    assert [event["type"].rpartition(".")[2] for event in events] == [
        "segment", "delta", "progress", "segment", "delta", "done",
    ]  # fmt: skip
    deltas = [event["delta"] for event in events if event["type"] == "transcript.text.delta"]
    assert "".join(deltas) == events[-1]["text"] == "Good morning. A <b> & c --> d"
    assert events[0]["words"][1]["word"] == " morning."


def test_diarization_events():
    turn = Turn(start=0.0, end=1.0, speaker="S1", confidence=1.0)
    result = Diarization(duration=1.0, speakers=("S1",), turns=(turn,))
    pieces = [Progress(position=1.0, duration=1.0), result]
    events = [event for piece in pieces for event in list_diarization_events(piece)]
    assert events[0] == {"type": "diarization.progress", "position": 1.0, "duration": 1.0}
    assert events[1]["type"] == "diarization.done"
    assert json.loads(json.dumps(events[1]))["turns"] == [
        {"start": 0.0, "end": 1.0, "speaker": "S1", "confidence": 1.0}
    ]
