"""What "this is Tom" means: a new name for the voice, another voice's line, or that two voices are one."""

from ..models import Meeting, Segment, Speaker, SpeakerChange, User
from .change import assign_lines, merge_voices, rename_voice
from .errors import ChangedMeanwhile, NameNeeded, VoiceChangeRefused
from .naming import confirm_name, find_match


class SameName(VoiceChangeRefused):
    """Another voice is called so; the person says whether they are one."""

    code = "same_name"
    text = "Another voice of this meeting has this name. Are they one person?"


def rename(
    speaker: Speaker,
    name: str,
    *,
    seen: str,
    segment: Segment | None = None,
    scope: str = "all",
    same: str = "",
    by: User,
) -> SpeakerChange | None:
    """`scope`: "all" lines of the voice, those "onward" from `segment`, or that "line" alone; in the last two the lines go to the voice of
    that name, or to a new one. `same`: "merge" or "two", the answer to SameName. None: nothing to change. Raises VoiceChangeRefused.
    """
    if scope == "all" or segment is None:
        return _rename_all(speaker, name, seen=seen, same=same, by=by)
    if not name:
        raise NameNeeded
    if segment.speaker_id != speaker.pk:
        raise ChangedMeanwhile("Somebody has given this line to another voice meanwhile. Look at it again.")
    meeting = speaker.meeting
    lines = meeting.segments.filter(pk=segment.pk)
    if scope == "onward":
        lines = speaker.segments.filter(start_ms__gte=segment.start_ms)
    if name.casefold() == speaker.display_name.casefold():
        return None
    return assign_lines(meeting, lines, to=find_voice(meeting, name, but=speaker) or name, by=by)


def _rename_all(speaker: Speaker, name: str, *, seen: str, same: str, by: User) -> SpeakerChange | None:
    other = find_voice(speaker.meeting, name, but=speaker) if name else None
    if other is not None and name != speaker.name:
        if same == "merge":
            return merge_voices(speaker, into=other, by=by)
        if same != "two":
            raise SameName
    # A voice without a name is shown as "Speaker 2"; saving that is not naming it.
    if name == speaker.display_name and not speaker.name:
        name = ""
    if name == speaker.name and (match := find_match(speaker)):
        # Saving the name that was given by voice is saying yes to it.
        confirm_name(match, by=by)
    return rename_voice(speaker, name, seen=seen, by=by)


def find_voice(meeting: Meeting, name: str, *, but: Speaker | None = None) -> Speaker | None:
    """The voice that is shown under this name, whatever its capitals; of several the first."""
    wanted = name.casefold()
    voices = [voice for voice in meeting.speakers.all() if voice != but]
    return next((voice for voice in voices if voice.display_name.casefold() == wanted), None)
