"""Tags and series of meetings, and who was there."""

from collections.abc import Sequence

from django.db import transaction

from .models import Meeting, Series, Tag

MOST_TAGS = 20
MOST_NAMES = 50


def parse_tags(text: str) -> list[str]:
    """Words parted by commas, lower-case, each once, at most `MOST_TAGS` of 50 characters."""
    words = (" ".join(word.split()).casefold().lstrip("#")[:50] for word in text.replace("\0", "").split(","))
    return list(dict.fromkeys(word for word in words if word))[:MOST_TAGS]


def parse_names(text: str) -> list[str]:
    """A name a line, each once. Raises ValueError for more than MOST_NAMES or one of more than 100 characters."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    names = list(dict.fromkeys(line for line in lines if line))
    if len(names) > MOST_NAMES or any(len(name) > 100 for name in names):
        raise ValueError(f"At most {MOST_NAMES} names of at most 100 characters, one a line.")
    return names


def set_attendees(meeting: Meeting, names: Sequence[str]) -> None:
    """Exactly these; those whose names stay keep their rows."""
    meeting.attendees.exclude(name__in=names).delete()
    held = set(meeting.attendees.values_list("name", flat=True))
    for name in names:
        if name not in held:
            meeting.attendees.create(name=name)


@transaction.atomic
def label_meeting(meeting: Meeting, *, tags: Sequence[str], series: str) -> None:
    """Exactly these tags, and this series of its owner (made when there is none of the name; empty: none)."""
    meeting.tags.exclude(name__in=tags).delete()
    add_tags([meeting], tags)
    set_series([meeting], series)


def add_tags(meetings: Sequence[Meeting], tags: Sequence[str]) -> None:
    """To those that lack them."""
    rows = [Tag(meeting=meeting, name=name) for meeting in meetings for name in tags]
    Tag.objects.bulk_create(rows, ignore_conflicts=True)


def set_series(meetings: Sequence[Meeting], name: str) -> None:
    """A series nobody uses any more goes."""
    for meeting in meetings:
        before = meeting.series
        meeting.series = (
            Series.objects.get_or_create(owner_id=meeting.owner_id, name=name)[0] if name else None
        )
        meeting.save(update_fields=["series"])
        if before is not None and before != meeting.series and not before.meetings.exists():
            before.delete()
