"""The strategy for a large chat model: whole windows of numbered lines, everything found in one answer, citations from a closed list.

    lines ──windows, each with a few lines of the one before──▶ one prompt each ──▶ items with line numbers ──▶ merged ──▶ summary

A window whose answer cannot be used is cut in two and asked again, so that one bad stretch costs no more than itself.
"""

from collections.abc import Callable, Iterator, Sequence

from ..language.dates import find_due_date
from ..schemas import CitedText, WindowAction, WindowNotes
from .candidates import list_barred
from .items import DraftItem, Task
from .lines import Line
from .model import Writer
from .phrasing import tidy, tidy_action, tidy_question
from .prompts import build_messages, get_prompt, wrap_said, write_lines
from .shown import list_shown, write_slides
from .store import DraftStore
from .title_words import title_by_words
from .typed import list_near

PROMPTS = ("window", "item_repair", "item_system", "summary", "wishes")
# Read again at the head of the next window, so that an answer finds its question.
BEFORE_LINES = 6
CHARS_PER_TOKEN = 3.0
ANSWER_TOKENS = 2500
SHORTEST_WINDOW = 8
MOST_SHOWN_CHARS = 4_000


def draft_large(task: Task, *, writer: Writer, store: DraftStore, report: Callable[[int], None]) -> None:
    """Fill the store: `chapter:N` and `item:N` as the other strategy does. Raises InferenceUnavailable (retryable)."""
    todo = cut_windows(task.lines, max_tokens=writer.model.window_tokens)
    while todo:
        window = todo.pop(0)
        key = f"window:{window.start}-{window.stop}"
        if store.get(key) is None:
            read = _read_window(task, window, writer=writer)
            store.put(key, read if read is not None else {"failed": True})
        if store.get(key).get("failed") and len(window) >= 2 * SHORTEST_WINDOW:
            middle = (window.start + window.stop) // 2
            todo = [range(window.start, middle), range(middle, window.stop), *todo]
        report(task.lines[window[-1]].end_ms)
    _number_pieces(store)


def cut_windows(lines: Sequence[Line], *, max_tokens: int) -> list[range]:
    """Consecutive ranges that cover all lines, each as long as fits, ending where the voice changes if that is near."""
    max_chars = int(max_tokens * CHARS_PER_TOKEN)
    windows, start, chars = [], 0, 0
    for number, line in enumerate(lines):
        size = len(line.text) + len(line.name) + 10
        if chars + size > max_chars and number > start:
            windows.append(range(start, number))
            start, chars = number, 0
        chars += size
    if start < len(lines):
        windows.append(range(start, len(lines)))
    return windows


def _read_window(task: Task, window: range, *, writer: Writer) -> dict | None:
    before = task.lines[max(0, window.start - BEFORE_LINES) : window.start]
    lines = [task.lines[i] for i in window]
    shown = "\n".join(
        [
            *(f"(before) {text}" for text in write_lines(before, numbered=True).splitlines()),
            write_lines(lines, numbered=True),
        ]
    )
    barred = list_barred(task.lines)
    citable = [line.number for line in [*before, *lines] if line.number not in barred]
    owners = list(dict.fromkeys(["", *task.people.known, *(line.name for line in task.lines)]))
    parts = (
        f"Owners: {', '.join(name for name in owners if name)}.",
        _tell_marked(task, lines),
        _tell_shown(task, lines),
        task.more,
    )
    more = "\n".join(part for part in parts if part)
    answer = writer.ask(
        build_messages(get_prompt("window").text, wrap_said(shown), more=more),
        WindowNotes, max_tokens=ANSWER_TOKENS, lines=citable or [window.start], owner=owners, first_line=[line.number for line in lines],
    )  # fmt: skip
    if answer is None:
        return None
    items = [item.dump() for item in _list_items(task, answer, citable=set(citable), names=set(owners))]
    return {
        "items": items,
        "chapters": _list_chapters(task, answer, window, citable=set(citable)),
        "read": _list_rows(lines),
    }


def _tell_marked(task: Task, lines: Sequence[Line]) -> str:
    """Somebody wrote something down, or marked the moment, near these."""
    near = {line.number for written in task.written for line in list_near(written.at_ms, lines)}
    numbers = ", ".join(str(number) for number in sorted(near))
    return f"A participant marked lines {numbers} as important." if near else ""


def _tell_shown(task: Task, lines: Sequence[Line]) -> str:
    """What was on screen meanwhile: it may explain what was said, and is cited by the check, not by the model."""
    slides = list_shown(task.slides, start_ms=lines[0].start_ms, end_ms=lines[-1].end_ms)
    return wrap_said(write_slides(slides)[:MOST_SHOWN_CHARS], mark="slides") if slides else ""


def _list_rows(lines: Sequence[Line]) -> list[int]:
    return list(dict.fromkeys(pk for line in lines for pk in line.segment_ids))


def _list_items(
    task: Task, answer: WindowNotes, *, citable: set[int], names: set[str]
) -> Iterator[DraftItem]:
    for kind, found in (
        ("decision", answer.decisions),
        ("question", answer.questions),
        ("risk", answer.risks),
    ):
        for item in found:
            text = tidy_question(item.text) if kind == "question" else tidy(item.text)
            yield from _cite(task, kind, text, item, citable)
    for action in answer.action_items:
        yield from _list_action(task, action, citable=citable, names=names)


def _cite(
    task: Task, kind: str, text: str, item: CitedText, citable: set[int], **fields
) -> Iterator[DraftItem]:
    """Numbers outside the closed list are left out: another server may not honour the schema."""
    lines = [task.lines[n] for n in sorted(set(item.lines)) if n in citable]
    if text:
        position_ms = lines[0].start_ms if lines else 0
        yield DraftItem(
            kind=kind, text=text, segment_ids=tuple(_list_rows(lines)), position_ms=position_ms, **fields
        )


def _list_action(
    task: Task, action: WindowAction, *, citable: set[int], names: set[str]
) -> Iterator[DraftItem]:
    """The date is computed from words that stand in a cited line, or there is none."""
    owner = action.owner if action.owner in names else ""
    speaker = next((line.speaker_id for line in task.lines if line.name == owner), None) if owner else None
    speaker = speaker or (task.people.find_speaker(owner) if owner else None)
    said = " ".join(task.lines[n].text for n in action.lines if n in citable).casefold()
    words = action.due_words.strip()
    due = None
    if words and words.casefold() in said:
        due = find_due_date(words, held_on=task.held_on, language=task.language) or find_due_date(
            f"by {words}" if task.language.startswith("en") else words,
            held_on=task.held_on,
            language=task.language,
        )
    text = tidy_action(action.text, owner=owner, due_text=due.text if due else "")
    yield from _cite(
        task, "action", text, action, citable,
        owner_speaker_id=speaker, owner_name="" if owner.startswith("Speaker ") else owner,
        due_on=due.on.isoformat() if due else "", due_text=words[:100] if due else "",
    )  # fmt: skip


def _list_chapters(task: Task, answer: WindowNotes, window: range, *, citable: set[int]) -> list[dict]:
    """The first topic begins where the window does: nothing is outside every chapter."""
    topics = sorted(
        (topic for topic in answer.topics if topic.first_line in window), key=lambda topic: topic.first_line
    )
    starts = [window.start, *(topic.first_line for topic in topics[1:])] if topics else [window.start]
    chapters = []
    for position, start in enumerate(starts):
        stop = starts[position + 1] if position + 1 < len(starts) else window.stop
        lines = task.lines[start : max(stop, start + 1)]
        topic = topics[position] if topics else None
        points = [
            draft.dump()
            for point in (topic.points if topic else [])
            for draft in _cite(task, "point", tidy(point.text), point, citable)
        ]
        chapters.append(
            {
                "title": tidy(topic.title)[:120] if topic else "",
                "fallback": title_by_words(
                    [line for line in lines if line.number in citable],
                    task.lines,
                    language=task.language,
                    people=task.people.known,
                ),
                "start_ms": lines[0].start_ms,
                "segment_ids": [pk for line in lines if line.number in citable for pk in line.segment_ids],
                "points": points,
            }
        )
    return chapters


def _number_pieces(store: DraftStore) -> None:
    """Windows → the same keys as the other strategy writes, so that checking them is one path."""
    chapters, items = 0, 0
    for key in sorted(
        (k for k in store.pieces if k.startswith("window:")), key=lambda k: int(k.split(":")[1].split("-")[0])
    ):
        window = store.pieces[key]
        for chapter in window.get("chapters", []):
            points = [{**point, "chapter": chapters} for point in chapter["points"]]
            store.pieces[f"chapter:{chapters}"] = {**chapter, "points": points, "read": window["read"]}
            chapters += 1
        for item in window.get("items", []):
            store.pieces[f"item:{items}"] = [item]
            items += 1
    store.put("chapters_total", chapters)
