"""Rename a voice, merge two, give lines to another, split a line. Each in one transaction that holds the meeting's row, so that two
people who change the same thing come one after the other; each writes a `SpeakerChange`. The number of queries does not depend on the
number of lines.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..models import ActionItem, Citation, Meeting, Segment, Speaker, SpeakerChange, User, VoiceMatch
from ..models.words import align_words
from .errors import ChangedMeanwhile, NothingToSplit, SameVoice
from .texts import rename_in_notes


@contextlib.contextmanager
def changing(meeting: Meeting) -> Iterator[None]:
    """One change of this meeting's speakers at a time."""
    with transaction.atomic():
        Meeting.objects.select_for_update().filter(pk=meeting.pk).values_list("pk").first()
        yield


def rename_voice(
    speaker: Speaker, name: str, *, seen: str, by: User | None, match: VoiceMatch | None = None
) -> SpeakerChange | None:
    """`seen`: the name the person was shown; None is returned when there is nothing to change. `match`: because of it; `by` None: by it alone.

    Raises ChangedMeanwhile.
    """
    with changing(speaker.meeting):
        speaker.refresh_from_db()
        if speaker.name == name:
            return None
        if speaker.name != seen:
            raise ChangedMeanwhile(
                f"Somebody has named this voice “{speaker.display_name}” meanwhile. Save again to replace that."
            )
        before, name_before = speaker.display_name, speaker.name
        speaker.name = name
        speaker.save(update_fields=["name"])
        texts = rename_in_notes(speaker.meeting, before, speaker.display_name)
        return _keep(
            speaker.meeting, SpeakerChange.Kind.RENAME, before=before, after=speaker.display_name, by=by,
            line_count=speaker.segments.count(),
            kept={"names": [[speaker.pk, name_before, name]], "texts": texts}, match=match,
        )  # fmt: skip


def merge_voices(speaker: Speaker, *, into: Speaker, by: User) -> SpeakerChange:
    """Everything `speaker` said, and what it has to do, is `into`'s; the voice is gone. Raises SameVoice, ChangedMeanwhile."""
    if speaker.pk == into.pk:
        raise SameVoice
    meeting = speaker.meeting
    with changing(meeting):
        if Speaker.objects.filter(pk__in=[speaker.pk, into.pk], meeting=meeting).count() != 2:
            raise ChangedMeanwhile("One of these voices is gone: somebody has merged it meanwhile.")
        before, after = speaker.display_name, into.display_name
        kept = _move_lines(meeting, speaker.segments.all(), to=into)
        kept["owners"] = _move_items(speaker.action_items.all(), to=into)
        kept["texts"] = rename_in_notes(meeting, before, after)
        kept["gone"] = _delete_empty(meeting, [speaker.pk])
        count = sum(map(len, kept["moved"].values()))
        return _keep(
            meeting, SpeakerChange.Kind.MERGE, before=before, after=after, by=by, line_count=count, kept=kept
        )


def assign_lines(
    meeting: Meeting, lines: QuerySet[Segment], *, to: Speaker | str, by: User
) -> SpeakerChange | None:
    """`to`: a voice of this meeting, or the name of a new one ("" for one without a name). None: all lines are that voice's already.

    Action items follow their owner when every line of that owner they rest on has moved, unless a person has edited them.
    """
    with changing(meeting):
        made = []
        if isinstance(to, str):
            to = make_voice(meeting, name=to)
            made = [to.pk]
        kept = _move_lines(meeting, lines, to=to)
        if not kept["moved"]:
            return None
        before = _name_voices(meeting, kept["moved"])
        kept |= {"owners": _let_owners_follow(meeting, kept["moved"], to=to), "made": made}
        kept["gone"] = _delete_empty(meeting, [int(pk) for pk in kept["moved"] if pk])
        count = sum(map(len, kept["moved"].values()))
        return _keep(
            meeting, SpeakerChange.Kind.ASSIGN, before=before, after=to.display_name, by=by, line_count=count,
            kept=kept,
        )  # fmt: skip


def split_line(segment: Segment, *, at_word: int, to: Speaker | str | None, by: User) -> SpeakerChange:
    """The line ends before its word number `at_word` (from 0); a new line begins there. `to`: whose it is, None for the same voice.

    Notes that rest on the line rest on both parts. Raises NothingToSplit, ChangedMeanwhile.
    """
    meeting = segment.meeting
    with changing(meeting):
        seen = segment.text
        segment = Segment.objects.select_related("meeting", "speaker").get(pk=segment.pk)
        if segment.text != seen:
            raise ChangedMeanwhile("Somebody has changed this line meanwhile. Look at it again.")
        before = {"text": segment.text, "words": segment.words, "end_ms": segment.end_ms}
        was_given_at = segment.speaker_given_at
        rest = _cut(segment, at_word)
        rest.speaker, rest.speaker_given_at = segment.speaker, timezone.now()
        rest.edited_at, rest.edited_by = segment.edited_at, segment.edited_by
        segment.speaker_given_at = segment.speaker_given_at or timezone.now()
        made = []
        if isinstance(to, str):
            to = make_voice(meeting, name=to)
            made = [to.pk]
        if to is not None:
            rest.speaker = to
        segment.save(update_fields=["text", "words", "end_ms", "speaker_given_at"])
        rest.save()
        _cite_both(segment, rest)
        split = before | {"first": segment.pk, "second": rest.pk, "first_text": segment.text}
        split |= {"second_text": rest.text, "is_fresh": was_given_at is None}
        return _keep(
            meeting, SpeakerChange.Kind.SPLIT, before=before["text"], after=f"{segment.text} | {rest.text}",
            by=by, line_count=1, kept={"split": split, "made": made},
        )  # fmt: skip


def list_split_words(segment: Segment) -> list[dict]:
    """The words of a line, timed: its own where they stand in its text, else evenly spread."""
    words, text = segment.words, segment.text
    if words and " ".join(word["w"].strip() for word in words) == " ".join(text.split()):
        return words
    found = 0
    for word in words:
        found = text.find(word["w"].strip(), found)
        if found < 0:
            break
        found += len(word["w"].strip())
    if words and found >= 0 and not text[found:].strip():
        return words
    return align_words(words, text, start_ms=segment.start_ms, end_ms=segment.end_ms)


def _cut(segment: Segment, at_word: int) -> Segment:
    words = [word | {"w": word["w"].strip()} for word in list_split_words(segment)]
    if not 0 < at_word < len(words):
        raise NothingToSplit
    parts = segment.split([words[:at_word], words[at_word:]])
    if len(parts) != 2:
        raise NothingToSplit
    return parts[1]


def _cite_both(first: Segment, second: Segment) -> None:
    Citation.objects.bulk_create(
        Citation(note_item_id=row.note_item_id, action_item_id=row.action_item_id, segment=second)
        for row in first.citations.all()
    )


def make_voice(meeting: Meeting, *, name: str) -> Speaker:
    """A voice the diarizer did not find; its label begins with P, so that a later run does not take it for one of its own."""
    labels = meeting.speakers.values_list("label", flat=True)
    numbers = [int(label[1:]) for label in labels if label[1:].isdecimal()]
    number = max(numbers, default=0) + 1
    return Speaker.objects.create(
        meeting=meeting, label=f"P{number}", name=name, colour=(number - 1) % Speaker.PALETTE_SIZE
    )


def _move_lines(meeting: Meeting, lines: QuerySet[Segment], *, to: Speaker) -> dict:
    """Which voice each line had, and which lines no person had given to anybody: `{"to", "moved": {voice: [line]}, "fresh": [line]}`."""
    moved: dict[str, list[int]] = defaultdict(list)
    fresh: list[int] = []
    rows = lines.filter(meeting=meeting).exclude(speaker=to).select_for_update()
    for pk, speaker_id, given_at in rows.order_by("pk").values_list("pk", "speaker_id", "speaker_given_at"):
        moved[str(speaker_id or "")].append(pk)
        if given_at is None:
            fresh.append(pk)
    for part in in_parts([pk for group in moved.values() for pk in group]):
        Segment.objects.filter(pk__in=part).update(speaker=to, speaker_given_at=timezone.now())
    return {"to": to.pk, "moved": moved, "fresh": fresh}


# Databases take so many values in one statement; five hours of meeting are one part.
PART = 10_000


def in_parts(ids: list[int]) -> Iterator[list[int]]:
    """`ids` in pieces that fit a statement."""
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def _move_items(items: QuerySet[ActionItem], *, to: Speaker) -> list[list[int]]:
    owners = [[pk, owner] for pk, owner in items.values_list("pk", "owner_speaker_id")]
    ActionItem.objects.filter(pk__in=[pk for pk, _ in owners]).update(owner_speaker=to)
    return owners


def _let_owners_follow(meeting: Meeting, moved: dict[str, list[int]], *, to: Speaker) -> list[list[int]]:
    went = {pk for group in moved.values() for pk in group}
    had = {pk: int(voice) for voice, group in moved.items() if voice for pk in group}
    rows = Citation.objects.filter(action_item__meeting=meeting, action_item__edited_at=None)
    wanted: dict[int, int] = {}
    stays: set[int] = set()
    for item, owner, line, voice in rows.values_list(
        "action_item_id", "action_item__owner_speaker_id", "segment_id", "segment__speaker_id"
    ):
        if owner is not None and line in went and had.get(line) == owner:
            wanted[item] = owner
        elif owner is not None and voice == owner and owner != to.pk:
            stays.add(item)
    follow = [pk for pk in wanted if pk not in stays]
    return _move_items(ActionItem.objects.filter(pk__in=follow), to=to)


def _name_voices(meeting: Meeting, moved: dict[str, list[int]]) -> str:
    voices = meeting.speakers.filter(pk__in=[pk for pk in moved if pk])
    return ", ".join(voice.display_name for voice in voices)[:250] or "nobody"


def _delete_empty(meeting: Meeting, ids: list[int]) -> list[dict]:
    """Voices that have nothing left to say or to do are gone; what brings them back is returned."""
    empty = meeting.speakers.filter(pk__in=ids, segments=None, action_items=None)
    gone = list(empty.values("pk", "label", "name", "suggested_name", "colour"))
    meeting.speakers.filter(pk__in=[row["pk"] for row in gone]).delete()
    return gone


def _keep(
    meeting: Meeting, kind: str, *, before: str, after: str, by: User | None, line_count: int, kept: dict,
    match: VoiceMatch | None = None,
) -> SpeakerChange:  # fmt: skip
    return SpeakerChange.objects.create(
        meeting=meeting, kind=kind, before=before[:250], after=after[:250], made_by=by, line_count=line_count,
        kept=kept, voice_match=match,
    )  # fmt: skip
