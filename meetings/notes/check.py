"""One drafted line: does it hold, can it be repaired, or is it dropped."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..models import Segment
from ..schemas import WrittenLine
from .grounding import FREE_SHARE, FREE_SHARE_RETOLD, Fault, Phrase, find_asked, find_fault, list_phrases
from .item_writing import ITEM_TOKENS, shape
from .items import DraftItem, ShownSlide, Task
from .lines import call_speaker
from .model import Writer
from .phrasing import drop_labels
from .prompts import build_messages, get_prompt, wrap_said
from .shown import REACH_MS, choose_slides, list_proofs, list_shown
from .store import DraftStore

# What compares words, and so says nothing about a line in another language than the meeting's.
_SAME_LANGUAGE_ONLY = {"words_not_in_source", "from_another_place", "only_asked", "denies_source"}
# A small model says of what it sums up that it was "critical for the success"; its points hold already, so it has hardly any words of its own to add.
FREE_SHARE_SMALL_SUMMARY = 0.1
# Kinds that say how things are.
_STATEMENTS = {"summary", "point", "decision"}


@dataclass(kw_only=True)
class Checker:
    """`check` gives the line as it may be shown, or None; `dropped` counts by reason. Repairs are kept in the store."""

    task: Task
    segments: Mapping[int, Segment]
    writer: Writer
    store: DraftStore
    dropped: Counter = field(default_factory=Counter)

    def check(self, draft: DraftItem) -> DraftItem | None:
        """Raises InferenceUnavailable (retryable)."""
        ids = tuple(pk for pk in draft.segment_ids if pk in self.segments)
        if draft.own_note_id:
            # A person's own words need no proof.
            return replace(draft, segment_ids=ids)
        names = {call_speaker(self.segments[pk].speaker) for pk in ids}
        draft = replace(draft, segment_ids=ids, text=drop_labels(draft.text, names))
        fault = self.find_fault(draft)
        if fault is None:
            return self._finish(draft)
        for text in self._list_other_texts(draft, fault):
            other = replace(draft, text=drop_labels(text, names))
            if text and self.find_fault(other) is None:
                return self._finish(other)
        self.dropped[fault.reason] += 1
        return None

    def find_fault(self, draft: DraftItem) -> Fault | None:
        """In another language than the meeting's only numbers, names and the citation itself can be compared."""
        sources = [self._quote(pk) for pk in draft.segment_ids]
        fault = find_fault(
            draft.text,
            sources,
            language=self.task.language,
            people=[*self.task.people.known, draft.owner_name],
            free_share=self._get_free_share(draft.kind),
            phrases=self._phrases,
            asked=find_asked(sources, language=self.task.language) if draft.kind in _STATEMENTS else (),
            shown=[
                slide.text
                for slide in list_proofs(draft.text, self._list_shown(draft), language=self.task.language)
            ],
        )
        translated = bool(self.task.write_in) and fault is not None
        return None if translated and fault.reason in _SAME_LANGUAGE_ONLY else fault

    def _list_shown(self, draft: DraftItem) -> list[ShownSlide]:
        """What was on screen while the cited rows were said, and shortly before."""
        cited = [self.segments[pk] for pk in draft.segment_ids]
        shown = (
            list_shown(self.task.slides, start_ms=row.start_ms - REACH_MS, end_ms=row.end_ms) for row in cited
        )
        return list(dict.fromkeys(slide for slides in shown for slide in slides))

    def _finish(self, draft: DraftItem) -> DraftItem:
        """With the slides that show the same, and names as the list of attendees has them: only now, since what was heard is what is checked."""
        said = [self._quote(pk) for pk in draft.segment_ids]
        chosen = choose_slides(draft.text, said, self._list_shown(draft), language=self.task.language)
        return replace(draft, slide_ids=chosen, text=self.task.people.respell(draft.text))

    def _get_free_share(self, kind: str) -> float:
        if kind == "summary" and self.writer.model.strategy == "small":
            return FREE_SHARE_SMALL_SUMMARY
        return FREE_SHARE_RETOLD if kind in ("summary", "point") else FREE_SHARE

    @cached_property
    def _phrases(self) -> frozenset[Phrase]:
        texts = (segment.text for segment in self.segments.values())
        return frozenset(
            phrase for text in texts for phrase in list_phrases(text, language=self.task.language)
        )

    def choose_title(self, piece: dict) -> str:
        """The model's title if its words were said in the chapter, else words of the chapter."""
        draft = DraftItem(
            kind="point",
            text=piece["title"],
            segment_ids=tuple(piece["segment_ids"]),
            position_ms=piece["start_ms"],
        )
        title = piece["title"] if piece["title"] and self.find_fault(draft) is None else piece["fallback"]
        return self.task.people.respell(title)[:200] or "…"

    def _quote(self, pk: int) -> str:
        segment = self.segments[pk]
        return f"{call_speaker(segment.speaker)}: {segment.text}"

    def _list_other_texts(self, draft: DraftItem, fault: Fault):
        """First the model's own repair, shown what is wrong; then the words that were said."""
        if draft.segment_ids and draft.text:
            yield self._repair(draft, fault)
        yield draft.fallback

    def _repair(self, draft: DraftItem, fault: Fault) -> str:
        key = f"repair:{draft.kind}:{draft.position_ms}:{draft.text}"
        text = self.store.get(key)
        if text is None:
            said = wrap_said("\n".join(self._quote(pk) for pk in draft.segment_ids))
            request = get_prompt("item_repair").text.format(
                text=wrap_said(draft.text, mark="line"), problem=fault.explain()
            )
            messages = build_messages(
                get_prompt("item_system").text, said, more=f"{request}\n{self.task.write_in}".strip()
            )
            answer = self.writer.ask(messages, WrittenLine, max_tokens=ITEM_TOKENS)
            quoted = [self.segments[pk].text for pk in draft.segment_ids]
            text = shape(answer.text, draft, task=self.task, said=quoted) if answer else ""
            self.store.put(key, text)
        return text
