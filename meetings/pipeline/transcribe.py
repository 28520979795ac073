"""Transcribe: speech → segments with word times, saved as they come.

::

    audio.flac ─cut at quiet places─▶ piece (short first) ─▶ model server ─segments─▶ rows + hint to the page
                                        ▲                                     │
                                        └── after a crash: from the end of what was saved
"""

import contextlib
from collections.abc import Sequence

from ..inference_client import InferenceClient, Progress, TranscribedSegment, TranscriptDone
from ..models import Meeting, Recording, Segment
from ..pieces import Piece, cut_pieces
from ..storage import local_path
from .captions import cut_corrected, drop_captions
from .context import StepContext

# With fewer words than this the detected language is a guess; it is looked for again in the next piece.
MIN_WORDS_FOR_LANGUAGE = 12


def transcribe(meeting: Meeting, ctx: StepContext) -> None:
    """Save what is said from where an earlier attempt stopped to the end. Raises InferenceUnavailable, InferenceRefused, StepCancelled."""
    recording = meeting.recording
    note_model(recording, ctx, role="asr")
    start_ms = find_resume_ms(meeting, ctx)
    with (
        local_path(recording.audio_key) as audio,
        contextlib.closing(cut_pieces(audio, start_ms=start_ms)) as pieces,
    ):
        for piece in pieces:
            transcribe_piece(meeting, piece, ctx)
    with ctx.saving():
        drop_captions(meeting)
    note_silence(meeting, ctx)


def find_resume_ms(meeting: Meeting, ctx: StepContext) -> int:
    """The end of what earlier attempts of this job saved. A fresh job starts at 0, whatever rows there are."""
    if not ctx.resume_ms:
        return 0
    last = meeting.segments.exclude(engine=Segment.Engine.LIVE).order_by("-end_ms").first()
    return max(ctx.resume_ms, last.end_ms if last else 0)


def transcribe_piece(meeting: Meeting, piece: Piece, ctx: StepContext) -> None:
    """Send one piece, save each segment as it arrives, and keep the language once enough was said to know it."""
    total_ms, words, language = meeting.recording.duration_ms, 0, ""
    answers = ctx.client.transcribe(
        piece.to_wav(), language=meeting.language, hotwords=list_hotwords(meeting)
    )
    with contextlib.closing(answers):
        for answer in answers:
            match answer:
                case TranscribedSegment():
                    words += len(answer.text.split())
                    save_segment(meeting, answer, ctx, offset_ms=piece.start_ms)
                case Progress():
                    ctx.report(min(piece.start_ms + answer.done_ms, total_ms), total_ms)
                case TranscriptDone():
                    language = answer.language
    with ctx.saving(done_ms=min(piece.end_ms, total_ms)):
        drop_captions(meeting, before_ms=piece.end_ms)
        if not meeting.language and language and words >= MIN_WORDS_FOR_LANGUAGE:
            meeting.language = language[:8]
            meeting.save(update_fields=["language"])
    ctx.report(min(piece.end_ms, total_ms), total_ms)


def list_hotwords(meeting: Meeting) -> Sequence[str]:
    """The meeting's vocabulary, each term once. Names of attendees cost more words than they bring (docs/quality.md); what was heard for them is put right by
    `names`."""
    return list(dict.fromkeys(meeting.vocabulary_terms))


def save_segment(meeting: Meeting, heard: TranscribedSegment, ctx: StepContext, *, offset_ms: int) -> None:
    """One row; times become those of the recording, and never leave it."""
    limit_ms = meeting.recording.duration_ms

    def place(ms: int) -> int:
        return min(offset_ms + ms, limit_ms)

    # A segment without any length was not said: a recogniser that repeats itself puts the repetition there.
    if not heard.text or heard.end_ms <= heard.start_ms:
        return
    words = [{**word, "s": place(word["s"]), "e": place(word["e"])} for word in heard.words]
    engine = heard.engine if heard.engine in Segment.Engine.values else Segment.Engine.WHISPER
    end_ms = place(heard.end_ms)
    segment = Segment(
        meeting=meeting,
        start_ms=place(heard.start_ms),
        end_ms=end_ms,
        text=heard.text,
        words=words,
        engine=engine,
        gate_reason=heard.gate_reason[:30],
        gate_score=heard.gate_score,
        confidence=heard.confidence,
    )
    with ctx.saving(done_ms=end_ms):
        for part in cut_corrected(segment):
            part.save()
    ctx.hint("segments")
    ctx.report(end_ms, limit_ms)


def note_model(recording: Recording, ctx: StepContext, *, role: str, key: str | None = None) -> None:
    """Which model hears it, for the export. A server that does not tell (another one by URL) is named by its model's id."""
    recording.provenance[key or role] = describe_model(ctx.client, role=role)
    with ctx.saving():
        recording.save(update_fields=["provenance"])


def describe_model(client: InferenceClient, *, role: str) -> dict:
    """`{"model", "sha256", "settings"}` of the model in this role. Raises InferenceUnavailable, InferenceRefused."""
    models = client.describe_models()
    model = next((model for model in models if model.get("role") == role), None)
    if model is None:
        return {"model": "unknown", "sha256": None, "settings": {}}
    settings = {name: model[name] for name in ("profile", "licence") if name in model}
    return {"model": model.get("id", "unknown"), "sha256": model.get("sha256"), "settings": settings}


def note_silence(meeting: Meeting, ctx: StepContext) -> None:
    """Nobody spoke: worth telling, unless the recording has a notice of its own."""
    if meeting.segments.exists() or meeting.recording.notice:
        return
    meeting.recording.notice = "silent"
    with ctx.saving():
        meeting.recording.save(update_fields=["notice"])
    ctx.hint("meeting")
