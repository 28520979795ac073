"""Notes in which every line names its source."""

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from .line import CitedLine
from .revision import LineRevision


class Notes(models.Model):
    """The frame of a meeting's notes: what was read, what was dropped, and which model and prompts wrote them."""

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="notes")
    language = models.CharField(max_length=8, blank=True)
    coverage = models.FloatField(
        default=0.0, help_text="Share of the speech (by time) that the chat model read, 0..1."
    )
    covered = models.JSONField(default=list, blank=True, help_text="[[start_ms, end_ms], …] that were read.")
    dropped_items = models.PositiveIntegerField(
        default=0, help_text="Lines that their sources did not support."
    )
    dropped_reasons = models.JSONField(default=dict, blank=True, help_text='{"number_not_in_source": 2, …}')
    provenance = models.JSONField(default=dict, blank=True)
    draft = models.JSONField(
        default=dict,
        blank=True,
        help_text="What is written but not yet checked, kept so that a run that was broken off goes on; empty when all is done.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "notes"

    def __str__(self) -> str:
        return f"notes of {self.meeting_id}"

    @property
    def is_from_captions(self) -> bool:
        """Written at the end of a live recording; the pass over the sound writes them anew."""
        return self.provenance.get("made_from") == "captions"


class Topic(models.Model):
    """A chapter: a title and where it starts."""

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="topics")
    title = models.CharField(max_length=200)
    start_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["start_ms", "id"]

    def __str__(self) -> str:
        return self.title


class ShownNoteItems(models.Manager["NoteItem"]):
    """Without the lines that a person has taken out."""

    def get_queryset(self) -> models.QuerySet["NoteItem"]:
        return super().get_queryset().filter(removed_at=None)


class NoteItem(CitedLine):
    """A line of the notes that is not an action item.

    A line a person takes out keeps its row, so that it can be brought back and does not come again with the next run; `objects`
    does not see it.
    """

    REVISED_AS = "note_item"

    class Kind(models.TextChoices):
        SUMMARY = "summary"
        DECISION = "decision"
        QUESTION = "question"
        RISK = "risk"
        POINT = "point", "point of a topic"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="note_items")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="items")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ShownNoteItems()
    with_removed = models.Manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="point", topic__isnull=False) | (~Q(kind="point") & Q(topic__isnull=True)),
                name="only_points_have_a_topic",
            )
        ]

    def describe(self) -> dict:
        return super().describe() | {"kind": self.kind, "topic": self.topic_id}

    def restore(self, revision: LineRevision, *, by) -> bool:
        """As of any line; what was moved goes back to where it stood."""
        if revision.what == "move":
            self.move_to(revision.before["place"], by=by)
            return True
        return super().restore(revision, by=by)

    def _read_revision(self, before: dict) -> dict:
        """Revisions of old know no kind. A chapter that is gone stays gone."""
        values = super()._read_revision(before)
        return (
            values | self.place_as(before["kind"], topic_id=before["topic"]) if "kind" in before else values
        )

    def place_as(self, kind: str, *, topic_id: int | None = None, at_ms: int | None = None) -> dict:
        """The fields of this line as one of that kind: a point goes into that chapter, else into the one that `at_ms` (its first source's time,
        when not given) lies in; without any chapter there are none. At most two queries."""
        if kind != self.Kind.POINT:
            return {"kind": kind, "topic": None}
        topics = list(self.meeting.topics.all())
        if at_ms is None:
            at_ms = self.citations.values_list("segment__start_ms", flat=True).first() or 0
        before = [topic for topic in topics if topic.start_ms <= at_ms] or topics[:1]
        same = [topic for topic in topics if topic.pk == topic_id]
        return {"kind": kind, "topic": (same or before)[-1]} if topics else {}

    def list_group(self) -> list["NoteItem"]:
        """The lines it stands among, in order. One query."""
        return list(
            NoteItem.objects.filter(meeting_id=self.meeting_id, kind=self.kind, topic_id=self.topic_id)
        )

    def move_to(self, place: int, *, by) -> None:
        """To this place (0: first) among the lines of its kind; clamped. It is that person's from now on, its words stay as old as they were.
        A line that was taken out stands nowhere and stays there. Three queries and one for each line that changes its number."""
        if self.removed_at is not None:
            return
        group = self.list_group()
        old = [item.pk for item in group].index(self.pk)
        base = min(item.position for item in group)
        group.insert(max(0, min(place, len(group) - 1)), group.pop(old))
        with transaction.atomic():
            self.keep_revision(what="move", by=by, place=old)
            NoteItem.objects.filter(pk=self.pk).update(edited_at=timezone.now(), edited_by=by)
            for position, item in enumerate(group, start=base):
                if item.position != position:
                    NoteItem.objects.filter(pk=item.pk).update(position=position)
