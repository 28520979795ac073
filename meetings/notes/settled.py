"""What the writer of a decision left out: numbers that were agreed on, and sentences that settle something by themselves."""

from collections.abc import Sequence

from ..language.words import get_stems, list_numbers
from .cues import Cues
from .phrasing import phrase_clause

MIN_STEMS = 2
# A sentence is told when so many of its stems stand in the texts.
TOLD_SHARE = 0.6
# "No, wait, I would rather": so much may stand before a proposal that opens a sentence.
MOST_WORDS_BEFORE = 3
# What runs on longer, as speech does, is no line of minutes.
MOST_WORDS = 18


def complete_decision(texts: Sequence[str], said: Sequence[str], *, cues: Cues, language: str) -> list[str]:
    """The texts, and in the words they were said in the sentences of `said` whose numbers or settlement no text has. A text that says
    no more than an added sentence goes.

    A small model asked what was decided tends to give the headline ("two tiers") and to drop the amounts.
    """
    told = set(get_stems(" ".join(texts), language=language))
    numbers = set(list_numbers(" ".join(texts), language=language))
    fit = [sentence for sentence in said if _can_settle(sentence, cues=cues, language=language)]
    added: list[str] = []
    for sentence in fit:
        if set(list_numbers(sentence, language=language)) - numbers:
            added.append(sentence)
            numbers |= set(list_numbers(sentence, language=language))
            told |= get_stems(sentence, language=language)
    # The last word on a matter is the clearest.
    for sentence in reversed(fit):
        stems = get_stems(sentence, language=language)
        if cues.decide.search(sentence) and len(stems & told) < TOLD_SHARE * len(stems):
            added.append(sentence)
            told |= stems
    added = [_phrase(sentence, cues) for sentence in fit if sentence in added]
    kept = [text for text in texts if not any(_is_within(text, other, language=language) for other in added)]
    return [*kept, *(text for text in added if text)]


def states(sentence: str, cues: Cues, *, language: str) -> bool:
    """Does the sentence settle something in words that can stand in the notes? Not a proposal, a question or an objection."""
    is_open = cues.propose.search(sentence) is not None and cues.decide.search(sentence) is None
    is_open = is_open or cues.counter.search(sentence) is not None
    return not is_open and _can_settle(sentence, cues=cues, language=language)


def _can_settle(sentence: str, *, cues: Cues, language: str) -> bool:
    says_enough = len(get_stems(sentence, language=language)) >= MIN_STEMS
    # "No wait, I would rather …" objects to what was before it, and is itself what was agreed on.
    only_objects = cues.counter.search(sentence) and not cues.propose.search(sentence)
    is_short = len(sentence.split()) <= MOST_WORDS
    return says_enough and is_short and not sentence.rstrip().endswith("?") and not only_objects


def _phrase(sentence: str, cues: Cues) -> str:
    """The sentence as a line, without the "I would rather" that made it a proposal."""
    proposal = cues.propose.search(sentence)
    opens = proposal is not None and len(sentence[: proposal.start()].split()) <= MOST_WORDS_BEFORE
    return phrase_clause(sentence[proposal.end() :] if opens else sentence, "decision", cues)


def _is_within(text: str, other: str, *, language: str) -> bool:
    stems, others = (get_stems(each, language=language) for each in (text, other))
    return len(stems - others) <= 1 and len(stems & others) >= MIN_STEMS
