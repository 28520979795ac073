"""Which meetings a question over all of them is about: those the search finds its words in, as far as the person may see them."""

from collections.abc import Iterator
from uuid import UUID

from ..inference_client import InferenceClient
from ..language.lexicon import FUNCTION_WORDS
from ..models import Meeting, User
from ..search.find import search
from ..search.terms import list_plain_words
from .find import ASKING

# Each costs a prompt.
MOST_MEETINGS = 3
MOST_WORDS = 6
# A question does not say its language.
_EMPTY = ASKING.union(*FUNCTION_WORDS.values())


def find_meetings(user: User, question: str, *, client: InferenceClient | None = None) -> list[Meeting]:
    """Those with the words first, the best of them first, then those near in meaning. Only what this person may see is searched."""
    worded: dict[UUID, Meeting] = {}
    near: dict[UUID, Meeting] = {}
    for text in list_searches(question):
        for hit in search(user, text, client=client).hits:
            found = near if hit.is_by_meaning else worded
            found.setdefault(hit.entry.meeting_id, hit.entry.meeting)
        if len(worded) >= MOST_MEETINGS:
            break
    return list((worded | near).values())[:MOST_MEETINGS]


def list_searches(question: str) -> Iterator[str]:
    """All words that are asked about, which must stand in one place; then with one left out; then each alone, the longest first."""
    # Only letters and digits: what would be an operator of the search is a word here.
    words = [
        word for word in dict.fromkeys(list_plain_words(question)) if word not in _EMPTY and len(word) > 1
    ]
    longest = sorted(words, key=lambda word: -len(word))[:MOST_WORDS]
    words = [word for word in words if word in longest]
    if words:
        yield " ".join(words)
    if len(words) > 2:
        # The shortest says least.
        yield from (" ".join(w for w in words if w != left_out) for left_out in reversed(longest))
    if len(words) > 1:
        yield from longest
