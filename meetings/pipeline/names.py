"""Names that were heard for voices: a suggestion beside "Speaker 1", never a name.

    "Marcus, can you …?"   → who speaks next may be Marcus      1 point, 2 when the answer accepts
    "I'm Tom", "Tom here"  → the speaker is Tom                 4 points
    "Thanks, Elena."       → who spoke just before may be Elena 1 point
    whoever calls a name is not called so                       −2 points

A voice gets the name with the most points when it has at least two, leads clearly, and no other voice has a better claim. With a list of
attendees only names on it are given, also where the recogniser spelled one as it heard it; the last voice left gets the last name left.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from ..models import Meeting
from ..notes.acts import clean_name
from ..notes.cues import Cues, find_cues
from ..notes.lines import Line, load_lines
from ..notes.people import compare_names, find_known_name, is_part

MIN_POINTS = 2.0
MIN_LEAD = 1.0


def suggest_names(meeting: Meeting) -> dict[int, str]:
    """Set `suggested_name` on the meeting's speakers and return speaker id → name. Only cues of the meeting's language are heard."""
    cues = find_cues(meeting.language or "en")
    speakers = {speaker.pk: speaker for speaker in meeting.speakers.all()}
    found: dict[int, str] = {}
    if cues is not None:
        attendees = list(meeting.attendees.values_list("name", flat=True))
        points = weigh_names(load_lines(meeting), cues, attendees=attendees)
        given = {pk: speaker.name for pk, speaker in speakers.items() if speaker.name}
        found = assign_names(points, taken=set(given.values()))
        found |= find_last(given | found, voices=list(speakers), attendees=attendees)
    for pk, speaker in speakers.items():
        suggested = "" if speaker.name else found.get(pk, "")
        if speaker.suggested_name != suggested:
            speaker.suggested_name = suggested
            speaker.save(update_fields=["suggested_name"])
    return found


def weigh_names(lines: list[Line], cues: Cues, *, attendees: list[str]) -> dict[int, Counter]:
    """Speaker id → name → points."""
    points: dict[int, Counter] = defaultdict(Counter)
    spellings: list[str] = list(attendees)

    def settle(said: str) -> str:
        """One spelling for a name: an attendee's, else the first that was heard."""
        said = clean_name(said, cues)
        if not said:
            return ""
        known = find_known_name(said, spellings)
        if not known and not attendees:
            spellings.append(said)
        return known or ("" if attendees else said)

    for line in lines:
        if line.speaker_id is None:
            continue
        for name in _list_names(cues.introduced, line, settle):
            points[line.speaker_id][name] += 4
        for name in _list_names(cues.called, line, settle):
            points[line.speaker_id][name] -= 2
            answer = _find_next_voice(lines, line)
            if answer is not None:
                points[answer.speaker_id][name] += 2 if cues.accept.search(answer.text) else 1
        for name in _list_names(cues.thanked, line, settle):
            points[line.speaker_id][name] -= 2
            before = next(
                (other for other in reversed(lines[: line.number]) if other.turn != line.turn), None
            )
            if before is not None and before.speaker_id is not None:
                points[before.speaker_id][name] += 1
    return points


def find_spellings(lines: Sequence[Line], *, language: str, attendees: Sequence[str]) -> dict[str, str]:
    """What was heard where somebody was called by name → the attendee who was meant ("Alina" → "Elena"), where the two differ."""
    cues = find_cues(language)
    if cues is None or not attendees:
        return {}
    said = (
        next((group for group in match.groupdict().values() if group), "")
        for line in lines
        for pattern in (cues.introduced, cues.called, cues.thanked)
        for match in pattern.finditer(line.text)
    )
    names = {name for name in (clean_name(words, cues) for words in said) if name}
    known = {name: find_known_name(name, attendees) for name in names}
    return {
        name: _choose_part(name, other) for name, other in known.items() if other and not is_part(name, other)
    }


def _choose_part(said: str, name: str) -> str:
    """Who was called by one name is written with one."""
    if " " in said:
        return name
    return max(name.split(), key=lambda part: compare_names(said.casefold(), part.casefold()))


def _list_names(pattern, line: Line, settle) -> list[str]:
    found = [
        next((group for group in match.groupdict().values() if group), "")
        for match in pattern.finditer(line.text)
    ]
    return [name for name in (settle(said) for said in found if said) if name]


def _find_next_voice(lines: list[Line], line: Line) -> Line | None:
    following = next((other for other in lines[line.number + 1 :] if other.turn != line.turn), None)
    return (
        following if following is not None and following.speaker_id not in (None, line.speaker_id) else None
    )


def assign_names(points: dict[int, Counter], *, taken: set[str]) -> dict[int, str]:
    """One name per voice and one voice per name, the surest first."""
    claims = sorted(
        (
            (score, pk, name)
            for pk, table in points.items()
            for name, score in table.items()
            if score >= MIN_POINTS
        ),
        key=lambda claim: (-claim[0], claim[1], claim[2]),
    )
    found: dict[int, str] = {}
    for score, pk, name in claims:
        if pk in found or name in found.values() or name in taken:
            continue
        rivals = [table[name] for other, table in points.items() if other != pk and other not in found]
        others = [
            other for known, other in points[pk].items() if known != name and known not in found.values()
        ]
        if all(score - rival >= MIN_LEAD for rival in rivals + others):
            found[pk] = name
    return found


def find_last(named: dict[int, str], *, voices: list[int], attendees: list[str]) -> dict[int, str]:
    """As many voices as attendees, and all but one named: the last voice is the last attendee. Who leads the talk is seldom called by name."""
    voices_left = [pk for pk in voices if pk not in named]
    names_left = [name for name in attendees if name not in named.values()]
    if len(voices) == len(attendees) >= 3 and len(voices_left) == len(names_left) == 1:
        return {voices_left[0]: names_left[0]}
    return {}
