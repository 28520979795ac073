"""Whose voice may be known, and what was agreed to; learning it, and forgetting it with everything that came of it."""

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..celery import send_quietly
from ..errors import MinutebookError
from ..hints import send_hint
from ..inference_client import InferenceClient
from ..models import Speaker, User, VoiceMatch, VoiceProfile, VoiceSample
from ..storage import find_size
from .change import rename_voice
from .errors import NameNeeded, VoiceKnownAlready
from .listen import describe_speaker

logger = logging.getLogger(__name__)

_OWN = (
    "I agree that Minutebook on this server learns what my voice sounds like from recordings in which I was named, keeps that as a row of "
    "numbers, and names me by it in new meetings of everybody who works here. I can take this back at any time, on the page Voices: the "
    "numbers are deleted then, and every name they gave that nobody has confirmed."
)
_GUEST = (
    "{name} agrees that Minutebook on this server learns what their voice sounds like from recordings in which they were named, keeps that as a "
    "row of numbers, and names them by it in new meetings of {keeper}. They can take this back at any time by telling {keeper}: the numbers are "
    "deleted then, and every name they gave that nobody has confirmed."
)


def send_learning() -> None:
    """Let a worker listen."""
    send_quietly("learn_voices")


def write_consent(name: str, *, keeper: User, is_own: bool) -> str:
    """The sentence a person agrees to; it is kept with the profile as it was then."""
    return _OWN if is_own else _GUEST.format(name=name, keeper=keeper)


def find_profile(speaker: Speaker, *, person: User | None, by: User) -> VoiceProfile | None:
    """The one that exists already for this person (None: somebody without an account, by the voice's name)."""
    if person is not None:
        return VoiceProfile.objects.filter(keeper=person, is_own=True).first()
    return VoiceProfile.objects.filter(keeper=by, is_own=False, name__iexact=speaker.name).first()


def remember_voice(
    speaker: Speaker,
    *,
    person: User | None,
    note: str = "",
    by: User,
    send: Callable[[], None] = send_learning,
) -> VoiceProfile:
    """This voice is `person`'s, or (None) that of somebody without an account here, who has agreed as `note` says.

    Somebody else with an account is asked, and nothing is learned before they agree. Where the profile is there already, the voice is learned
    from this meeting too. Raises NameNeeded, VoiceKnownAlready.
    """
    if not speaker.name:
        raise NameNeeded("Give the voice its name first.")
    try:
        with transaction.atomic():
            profile = find_profile(speaker, person=person, by=by) or _make(speaker, person, note=note, by=by)
            if profile.keeper_id != by.pk and profile.state != VoiceProfile.State.ASKED:
                raise VoiceKnownAlready
            if person == by:
                # Whoever was asked before, and now agrees by themselves.
                profile.agree()
            fresh = {"speaker": speaker, "embedder": "", "vector": None, "speech_ms": 0, "error_code": ""}
            VoiceSample.objects.update_or_create(profile=profile, meeting=speaker.meeting, defaults=fresh)
    except IntegrityError as error:
        # The same name is kept already, as this person's own or that of somebody else.
        raise VoiceKnownAlready from error
    transaction.on_commit(send)
    return profile


def _make(speaker: Speaker, person: User | None, *, note: str, by: User) -> VoiceProfile:
    keeper, is_own = person or by, person is not None
    is_agreed = keeper == by
    return VoiceProfile.objects.create(
        keeper=keeper,
        is_own=is_own,
        name=speaker.name,
        state=VoiceProfile.State.AGREED if is_agreed else VoiceProfile.State.ASKED,
        asked_by=None if is_agreed else by,
        consent_text=write_consent(speaker.name, keeper=keeper, is_own=is_own),
        consent_note="" if is_own else note,
        agreed_at=timezone.now() if is_agreed else None,
    )


def agree(profile: VoiceProfile, *, send: Callable[[], None] = send_learning) -> None:
    """The person who was asked says yes; twice does no harm."""
    if profile.agree():
        transaction.on_commit(send)


def forget_voice(profile: VoiceProfile) -> None:
    """Vectors, matches and what the history says of them are gone; voices that were named by it, and that nobody confirmed, have no name again."""
    meetings = []
    with transaction.atomic():
        named = profile.matches.filter(state=VoiceMatch.State.NAMED).select_related("meeting")
        for match in named:
            speaker = Speaker.objects.filter(
                meeting=match.meeting, label=match.label, name=profile.name
            ).first()
            if speaker is not None:
                rename_voice(speaker, "", seen=profile.name, by=None, match=match)
                meetings.append(match.meeting)
        profile.delete()
    for meeting in meetings:
        send_hint(meeting, "speakers", "notes", "meeting")


def learn_waiting_voices(*, client: InferenceClient | None = None) -> int:
    """How many were listened to. While the model server is away they wait."""
    with nullcontext(client) if client else InferenceClient() as opened:
        count = 0
        for sample in VoiceSample.objects.waiting().select_related("speaker", "meeting__recording"):
            try:
                values = _listen(sample, client=opened)
            except MinutebookError as error:
                if error.retryable:
                    logger.info("voices wait: %s", error.code)
                    return count
                values = {"error_code": error.code}
            # Nothing is kept of a profile that was deleted meanwhile: its rows are gone.
            count += VoiceSample.objects.filter(pk=sample.pk, vector=None).update(**values)
        return count


def _listen(sample: VoiceSample, *, client: InferenceClient) -> dict:
    if sample.speaker is None or not sample.speaker.segments.exists():
        return {"error_code": "voice_gone"}
    if find_size(sample.meeting.recording.audio_key) is None:
        return {"error_code": "voice_without_sound"}
    heard = describe_speaker(sample.speaker, client=client)
    if heard is None:
        return {"error_code": "voice_too_short"}
    return {"embedder": heard.embedder, "vector": heard.vector.tobytes(), "speech_ms": heard.speech_ms}
