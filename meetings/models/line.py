"""A line that names its source: what note items and action items share, and the link to what was said."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from .revision import LineRevision


class CitedLine(models.Model):
    """What a note item and an action item share: a line of text, its place, and whether a person has touched it.

    A line with `edited_at` set is a person's: a new run neither changes nor deletes it. `written_at`: when its words were last chosen; an
    edit of a source after that makes it stale. A person may have it made again alone::

        "" ──ask_rewrite()──▶ waiting ──edit(what="rewrite")──▶ ""
                                └──fail_rewrite()──▶ failed ──any edit──▶ ""
    """

    REVISED_AS: ClassVar[str]

    class Rewrite(models.TextChoices):
        WAITING = "waiting"
        FAILED = "failed"

    text = models.TextField()
    position = models.PositiveIntegerField(default=0)
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(
        default=0, help_text="Counts changes by people, to notice two at a time."
    )
    own_note = models.ForeignKey(
        "meetings.OwnNote",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The line somebody typed during the meeting that says this.",
    )
    written_at = models.DateTimeField(null=True, blank=True)
    rewrite = models.CharField(max_length=8, choices=Rewrite.choices, blank=True)
    rewrite_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_edited(self) -> bool:
        return self.edited_at is not None

    def edit(
        self,
        *,
        by,
        version: int | None = None,
        what: str = "edit",
        cites: Iterable[int] | None = None,
        **values,
    ) -> bool:
        """Set fields by hand, and with `cites` the segments it rests on, and keep what was; from now on the line is that person's. Four
        queries, three more for citations.

        False: somebody changed it since `version` was read (None: since this row was read); nothing changed.
        """
        now = timezone.now()
        with transaction.atomic():
            fits = version is None or version == self.version
            rows = type(self)._base_manager.filter(pk=self.pk, version=self.version)
            changes = values | {"edited_at": now, "edited_by": by, "rewrite": ""}
            if "text" in values or cites is not None:
                changes["written_at"] = now
            if not fits or rows.update(**changes, version=F("version") + 1) != 1:
                return False
            self.keep_revision(what=what, by=by)
            if cites is not None:
                self._cite(cites)
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1
        return True

    def ask_rewrite(self, *, by) -> None:
        """Have its words chosen again from what it cites now; what it says stays until then."""
        self.rewrite, self.rewrite_asked_by = self.Rewrite.WAITING, by
        self.save(update_fields=["rewrite", "rewrite_asked_by"])

    def fail_rewrite(self) -> None:
        """Nothing that holds could be written; the words stay."""
        rows = type(self)._base_manager.filter(pk=self.pk, rewrite=self.Rewrite.WAITING)
        rows.update(rewrite=self.Rewrite.FAILED)

    def list_cited(self) -> list[int]:
        """The segments it rests on, in order of time. One query."""
        return list(self.citations.values_list("segment_id", flat=True))

    def describe(self) -> dict[str, Any]:
        """The line as a revision keeps it."""
        return {"text": self.text, "cites": self.list_cited()}

    def restore(self, revision: LineRevision, *, by) -> bool:
        """Bring back what a revision kept; what it replaces becomes a revision too. Segments that are gone stay gone."""
        before = revision.before
        cites = None
        if "cites" in before:
            cites = self.meeting.segments.filter(pk__in=before["cites"]).values_list("pk", flat=True)
        return self.edit(by=by, cites=cites, **self._read_revision(before))

    def _read_revision(self, before: dict) -> dict:
        return {"text": before["text"]}

    def keep_revision(self, *, what: str, by, **more: Any) -> None:
        """The line as it is now becomes part of its history, with `more` of what the change was."""
        LineRevision.objects.create(
            what=what, before=self.describe() | more, made_by=by, **{self.REVISED_AS: self}
        )

    def _cite(self, segment_ids: Iterable[int]) -> None:
        wanted = dict.fromkeys(segment_ids)
        self.citations.exclude(segment__in=wanted).delete()
        held = set(self.list_cited())
        Citation.objects.bulk_create(
            Citation(segment_id=pk, **{self.REVISED_AS: self}) for pk in wanted if pk not in held
        )


class Citation(models.Model):
    """The link between one line and one segment that supports it."""

    note_item = models.ForeignKey(
        "meetings.NoteItem", on_delete=models.CASCADE, null=True, blank=True, related_name="citations"
    )
    action_item = models.ForeignKey(
        "meetings.ActionItem", on_delete=models.CASCADE, null=True, blank=True, related_name="citations"
    )
    segment = models.ForeignKey("meetings.Segment", on_delete=models.CASCADE, related_name="citations")

    class Meta:
        ordering = ["segment__start_ms", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(note_item__isnull=False, action_item__isnull=True)
                | Q(note_item__isnull=True, action_item__isnull=False),
                name="citation_belongs_to_one_line",
            ),
            models.UniqueConstraint(fields=["note_item", "segment"], name="note_item_cites_segment_once"),
            models.UniqueConstraint(fields=["action_item", "segment"], name="action_item_cites_segment_once"),
        ]

    def __str__(self) -> str:
        return f"citation of segment {self.segment_id}"
