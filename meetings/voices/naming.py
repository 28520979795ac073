"""Known voices in a new meeting: named, with how sure that is, until a person says yes or no."""

from collections import defaultdict

import numpy as np

from ..inference_client import HeardVoice, InferenceClient, InferenceRefused
from ..models import Meeting, Speaker, SpeakerChange, User, VoiceMatch, VoiceProfile, VoiceSample
from ..storage import find_size
from .change import changing, rename_voice
from .errors import ChangedMeanwhile
from .known import compute_confidence, match_voices, pool_vectors
from .listen import describe_speaker


def hear_voices(meeting: Meeting, *, client: InferenceClient) -> dict[int, HeardVoice]:
    """What the voices without a name sound like, by speaker id; nobody's while no profile may be used in this meeting. Nothing is kept.

    Raises InferenceUnavailable (retryable). A server that cannot do it names nobody.
    """
    if not read_profiles(meeting) or find_size(meeting.recording.audio_key) is None:
        return {}
    try:
        heard = {
            speaker.pk: describe_speaker(speaker, client=client)
            for speaker in meeting.speakers.filter(name="")
        }
    except InferenceRefused:
        return {}
    return {pk: voice for pk, voice in heard.items() if voice is not None}


def read_profiles(meeting: Meeting) -> dict[str, dict[int, np.ndarray]]:
    """Embedder → profile id → vector, of those that may be used in this meeting and whose names it does not have yet."""
    names = {name.casefold() for name in meeting.speakers.exclude(name="").values_list("name", flat=True)}
    samples = VoiceSample.objects.filter(
        profile__in=VoiceProfile.objects.known_in(meeting), meeting__deleted_at=None
    )
    vectors: dict[str, dict[int, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples.exclude(vector=None).select_related("profile"):
        if sample.profile.name.casefold() not in names:
            vectors[sample.embedder][sample.profile_id].append(sample.read_vector())
    return {
        embedder: {profile: pool_vectors(rows) for profile, rows in known.items()}
        for embedder, known in vectors.items()
    }


def name_known_voices(meeting: Meeting, heard: dict[int, HeardVoice]) -> list[VoiceMatch]:
    """Call it in a transaction. What a person has decided about a voice of this meeting holds."""
    speakers = meeting.speakers.filter(name="").in_bulk(heard)
    # What was said of voices that an earlier run found and this one did not.
    meeting.voice_matches.exclude(label__in=meeting.speakers.values("label")).delete()
    decided = set(meeting.voice_matches.values_list("profile_id", "label"))
    found: list[VoiceMatch] = []
    known_here = VoiceProfile.objects.known_in(meeting)
    for embedder in {voice.embedder for voice in heard.values()}:
        VoiceSample.objects.filter(profile__in=known_here).forget_other_networks(embedder)
    for embedder, known in read_profiles(meeting).items():
        voices = {pk: heard[pk].vector for pk in speakers if heard[pk].embedder == embedder}
        refused = {
            (profile, pk) for profile in known for pk in voices if (profile, speakers[pk].label) in decided
        }
        for profile, pk, similarity in match_voices(known, voices, refused=refused):
            speaker = speakers.pop(pk)
            match = VoiceMatch.objects.create(
                profile_id=profile,
                meeting=meeting,
                label=speaker.label,
                similarity=similarity,
                confidence=compute_confidence(similarity),
            )
            rename_voice(speaker, match.profile.name, seen="", by=None, match=match)
            found.append(match)
    return found


def find_match(speaker: Speaker) -> VoiceMatch | None:
    """Why the voice has its name, while nobody has confirmed it. One query."""
    matches = VoiceMatch.objects.filter(
        meeting=speaker.meeting_id,
        label=speaker.label,
        state=VoiceMatch.State.NAMED,
        profile__name=speaker.name,
    )
    return matches.first() if speaker.name else None


def confirm_name(match: VoiceMatch, *, by: User) -> None:
    """The name is this person's word from now on, and stays when the profile goes. Raises ChangedMeanwhile."""
    with changing(match.meeting):
        if not match.decide(VoiceMatch.State.CONFIRMED, by=by):
            raise ChangedMeanwhile("Somebody has answered this already.")
        match.changes.update(voice_match=None)


def refuse_name(match: VoiceMatch, *, by: User) -> SpeakerChange | None:
    """The voice has no name again, and never gets this one by itself. None: it had another name already. Raises ChangedMeanwhile."""
    with changing(match.meeting):
        if not match.decide(VoiceMatch.State.REFUSED, by=by):
            raise ChangedMeanwhile("Somebody has answered this already.")
        name = match.profile.name
        speaker = match.meeting.speakers.filter(label=match.label, name=name).first()
        return rename_voice(speaker, "", seen=name, by=by, match=match) if speaker else None
