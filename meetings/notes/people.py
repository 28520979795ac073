"""Who is who in a meeting: voices, the names given to them, the names that were heard, and the list of attendees."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import JaroWinkler, Levenshtein

# A recogniser writes names as it hears them ("Alina" for "Elena"); above this two spellings may be one name.
SAME_NAME = 0.78
_VOWELS = "aeiouyäöüéèêáàâíóú"


@dataclass(frozen=True, kw_only=True)
class People:
    """`names`: voice id → name given by a person; `heard`: voice id → name heard; `attendees`: closed list, may be empty; `spellings`: what was
    heard → the attendee who was meant."""

    names: Mapping[int, str] = field(default_factory=dict)
    heard: Mapping[int, str] = field(default_factory=dict)
    attendees: Sequence[str] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> list[str]:
        """Every name somebody gave or that was heard, given ones first."""
        return list(dict.fromkeys([*self.attendees, *self.names.values(), *self.heard.values()]))

    def get_heard_name(self, speaker_id: int | None) -> str:
        """The heard name of a voice that has no given one, else empty."""
        if speaker_id is None or self.names.get(speaker_id):
            return ""
        return self.heard.get(speaker_id, "")

    def resolve_name(self, said: str) -> str:
        """The known name this one is a spelling of; as it was said where there is none."""
        return find_known_name(said, self.known) or said

    def respell(self, text: str) -> str:
        """The text with the attendees' names as their list has them, where somebody was called by what was heard instead."""
        for heard, name in self.spellings.items():
            text = re.sub(rf"\b{re.escape(heard)}\b", lambda _, name=name: name, text)
        return text

    def find_speaker(self, name: str) -> int | None:
        """The one voice with this name, given or heard."""
        wanted = name.casefold()
        for table in (self.names, self.heard):
            hits = [pk for pk, known in table.items() if known and is_part(wanted, known)]
            if len(hits) == 1:
                return hits[0]
        return None

    def may_be(self, speaker_id: int | None, called: str) -> bool:
        """False only when this voice is known by another name, or the name by another voice."""
        owner = self.find_speaker(self.resolve_name(called))
        return owner is None or owner == speaker_id


def find_known_name(said: str, known: Sequence[str]) -> str:
    """The known name that `said` is a spelling of, or empty. First names stand for full ones."""
    wanted = said.casefold()
    best, best_score = "", 0.0
    for name in known:
        if is_part(wanted, name):
            return name
        score = max(compare_names(wanted, part) for part in name.casefold().split() or [""])
        if score > best_score:
            best, best_score = name, score
    return best if best_score >= SAME_NAME else ""


def is_part(wanted: str, name: str) -> bool:
    """All words of one in the other, in whatever case."""
    left, right = set(wanted.casefold().split()), set(name.casefold().split())
    return bool(left) and (left <= right or right <= left)


def compare_names(left: str, right: str) -> float:
    """0..1: how likely two lower-case spellings sound alike. The same consonants in order count more than the same letters."""
    if not left or not right:
        return 0.0
    letters = JaroWinkler.normalized_similarity(left, right)
    a, b = _get_consonants(left), _get_consonants(right)
    if a == b and len(a) >= 2 and (left[0] in _VOWELS) == (right[0] in _VOWELS):
        return max(letters, 0.85)
    distance = Levenshtein.distance(left, right)
    return letters if distance <= max(1, min(len(left), len(right)) // 4) else min(letters, SAME_NAME - 0.01)


def _get_consonants(name: str) -> str:
    """Sounds, roughly: "ph" is "f", "c" is "k", doubled letters are one, vowels and "h" are none."""
    name = name.replace("ph", "f").replace("ck", "k").replace("c", "k").replace("z", "s")
    kept = [c for c in name if c not in _VOWELS and c != "h"]
    return "".join(c for i, c in enumerate(kept) if i == 0 or c != kept[i - 1])
