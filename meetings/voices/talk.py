"""Who spoke how much: share, turns, longest stretch, interruptions; from the segments alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..models import Meeting, Speaker

# Lines of one voice that follow each other like this are one turn, unless another voice spoke between.
TURN_GAP_MS = 2_000
# Somebody who begins this long before the other's end cuts in, rather than answering quickly …
CUT_IN_MS = 300
# … and a shorter one is a "mm-hm", which takes nothing from the other.
BACKCHANNEL_MS = 1_000


@dataclass
class Talk:
    """One voice. `share` is of all speech, 0..1; `longest_share` and `turns_share` are of the largest in the meeting, for drawing."""

    speaker: Speaker
    spoken_ms: int = 0
    turns: int = 0
    longest_ms: int = 0
    longest_start_ms: int = 0
    interruptions: int = 0
    share: float = 0.0
    turns_share: float = 0.0
    longest_share: float = 0.0


@dataclass
class _Turn:
    voice: int
    start_ms: int
    end_ms: int
    spoken_ms: int


def measure_talk(meeting: Meeting) -> list[Talk]:
    """Voices that say something, who speaks most first. Two queries."""
    rows = meeting.segments.in_order().exclude(speaker=None).values_list("speaker_id", "start_ms", "end_ms")
    turns = make_turns(rows)
    talks = {speaker.pk: Talk(speaker) for speaker in meeting.speakers.all()}
    for turn in turns:
        talk = talks[turn.voice]
        talk.spoken_ms += turn.spoken_ms
        talk.turns += 1
        if turn.spoken_ms > talk.longest_ms:
            talk.longest_ms, talk.longest_start_ms = turn.spoken_ms, turn.start_ms
    for voice in list_interruptions(turns):
        talks[voice].interruptions += 1
    found = [talk for talk in talks.values() if talk.turns]
    total = sum(talk.spoken_ms for talk in found) or 1
    most_turns = max((talk.turns for talk in found), default=1)
    longest = max((talk.longest_ms for talk in found), default=1) or 1
    for talk in found:
        talk.share = talk.spoken_ms / total
        talk.turns_share = talk.turns / most_turns
        talk.longest_share = talk.longest_ms / longest
    return sorted(found, key=lambda talk: -talk.spoken_ms)


def make_turns(rows: Iterable[tuple[int, int, int]]) -> list[_Turn]:
    """Lines (voice, start_ms, end_ms) in order of time → turns; pauses inside a turn are not spoken."""
    turns: list[_Turn] = []
    for voice, start_ms, end_ms in rows:
        last = turns[-1] if turns else None
        if last and last.voice == voice and start_ms - last.end_ms <= TURN_GAP_MS:
            last.spoken_ms += max(0, end_ms - max(start_ms, last.end_ms))
            last.end_ms = max(last.end_ms, end_ms)
        else:
            turns.append(_Turn(voice, start_ms, end_ms, end_ms - start_ms))
    return turns


def list_interruptions(turns: list[_Turn]) -> list[int]:
    """The voice of each turn that begins while the one before still speaks, and that is more than a "mm-hm"."""
    found, speaking = [], None
    for turn in turns:
        cuts_in = speaking and speaking.voice != turn.voice and speaking.end_ms - turn.start_ms >= CUT_IN_MS
        if cuts_in and turn.end_ms - turn.start_ms >= BACKCHANNEL_MS:
            found.append(turn.voice)
        if speaking is None or turn.end_ms >= speaking.end_ms:
            speaking = turn
    return found
