"""A voice's name inside the notes: it follows a rename without asking a model."""

import re
from collections.abc import Callable

from django.db.models import Model

from ..models import ActionItem, Meeting, NoteItem, Topic

_MODELS: dict[str, type[Model]] = {"note": NoteItem, "action": ActionItem, "topic": Topic}
_FIELDS = {"note": "text", "action": "text", "topic": "title"}
_LABEL = re.compile(r"Speaker \d+")

Change = list
"""[kind, id, field, before, after]"""


def rename_in_notes(meeting: Meeting, before: str, after: str) -> list[Change]:
    """Replace the whole words `before` by `after`; call it when the voice has its new name. Returns what was changed, for `restore_in_notes`.

    "Speaker 2" can only mean the voice. A name may also be said of somebody else, so it stays where another voice has it too, and in lines a
    person wrote.
    """
    is_label = _LABEL.fullmatch(before) is not None
    if before == after or (not is_label and meeting.speakers.filter(name__iexact=before).exists()):
        return []
    pattern = re.compile(rf"(?<!\w){re.escape(before)}(?!\w)")
    changes: list[Change] = []
    for kind, field in _FIELDS.items():
        rows = _MODELS[kind].objects.filter(meeting=meeting, **{f"{field}__contains": before})
        if not is_label and kind != "topic":
            rows = rows.filter(edited_at=None)
        changes += _replace(rows, kind, field, lambda text: pattern.sub(lambda _: after, text))
    # Owners that hang on no voice but are called like it.
    owned = ActionItem.objects.filter(meeting=meeting, owner_speaker=None, owner_name__iexact=before)
    return changes + _replace(owned, "action", "owner_name", lambda _: after)


def _replace(rows, kind: str, field: str, rewrite: Callable[[str], str]) -> list[Change]:
    changed, changes = [], []
    limit = _MODELS[kind]._meta.get_field(field).max_length
    for row in rows:
        old = getattr(row, field)
        new = rewrite(old)[:limit]
        if new != old:
            setattr(row, field, new)
            changed.append(row)
            changes.append([kind, row.pk, field, old, new])
    if changed:
        _MODELS[kind].objects.bulk_update(changed, [field])
    return changes


def restore_in_notes(meeting: Meeting, changes: list[Change]) -> None:
    """Back to what it said before, where nobody has changed it since."""
    for kind in _MODELS:
        mine = {(pk, field): (old, new) for k, pk, field, old, new in changes if k == kind}
        for field in {field for _, field in mine}:
            rows = _MODELS[kind].objects.filter(meeting=meeting, pk__in=[pk for pk, f in mine if f == field])
            back = []
            for row in rows:
                old, new = mine[row.pk, field]
                if getattr(row, field) == new:
                    setattr(row, field, old)
                    back.append(row)
            if back:
                _MODELS[kind].objects.bulk_update(back, [field])
