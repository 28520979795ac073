"""Why a change of speakers cannot be made. Nothing was changed then."""

from ..errors import MinutebookError


class VoiceChangeRefused(MinutebookError):
    """Not retryable as it is: a person has to look again."""

    code = "voice_change_refused"
    text = "This cannot be changed. Nothing was changed."


class ChangedMeanwhile(VoiceChangeRefused):
    """Somebody else changed the same thing since the person looked."""

    code = "voice_changed_meanwhile"


class SameVoice(VoiceChangeRefused):
    code = "same_voice"
    text = "A voice cannot be merged with itself. Choose another one."


class VoiceKnownAlready(VoiceChangeRefused):
    code = "voice_known_already"
    text = "There is a voice profile of this person or this name already. Only the person who keeps it can add to it."


class NameNeeded(VoiceChangeRefused):
    code = "name_needed"
    text = "Who said it? Give a name, or choose “All lines”."


class NothingToSplit(VoiceChangeRefused):
    code = "nothing_to_split"
    text = "The line cannot be split there. Choose a word after the first one."


class NothingToUndo(VoiceChangeRefused):
    code = "nothing_to_undo"
    text = "This was taken back already, or changed again since. What is there now was kept."
