"""What is searched: a copy of what was said and written, cut into moments. All of it can be made again from the other rows."""

from typing import Self

from django.db import models
from django.db.models import Q


class SearchStateQuerySet(models.QuerySet["SearchState"]):
    def visible_to(self, user) -> Self:
        from .meeting import is_visible_to

        return self.filter(is_visible_to(user, path="meeting__"))

    def behind(self) -> Self:
        """Meetings that changed since they were indexed."""
        return self.filter(is_stale=True)

    def without_vectors(self) -> Self:
        """Meetings of which something is found by its words alone."""
        return self.filter(lacks_vectors=True)

    def ready_for_vectors(self) -> Self:
        """Those of them that are indexed, and on which nothing is being done that will change them."""
        from .job import Job

        at_work = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
        return (
            self.without_vectors()
            .filter(is_stale=False, meeting__deleted_at=None)
            .exclude(meeting__in=at_work.values("meeting"))
        )


class SearchState(models.Model):
    """How far the search has got with one meeting."""

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="search_state")
    is_stale = models.BooleanField(default=True)
    indexed_at = models.DateTimeField(null=True, blank=True)
    lacks_vectors = models.BooleanField(
        default=True, help_text="Entries were made since the vectors of this meeting."
    )

    objects = SearchStateQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(is_stale=True), name="search_behind"),
            models.Index(fields=["id"], condition=Q(lacks_vectors=True), name="search_without_vectors"),
        ]

    def __str__(self) -> str:
        return f"search state of {self.meeting_id}"


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def visible_to(self, user) -> Self:
        """With their meetings."""
        from .meeting import is_visible_to

        return self.filter(is_visible_to(user, path="meeting__")).select_related("meeting")


class SearchEntry(models.Model):
    """One findable moment: a stretch of one voice, a line of the notes, an action item, a title, a voice.

    `words`, `who` and `scope` are what the full text index holds (see `search/terms.py` and `search/scope.py`); the index follows this table by triggers in SQLite and
    by a generated column in PostgreSQL. `places`: `[[offset in text, start_ms, segment id], …]`, empty when nothing can be played.
    """

    class Kind(models.TextChoices):
        SPOKEN = "spoken"
        NOTE = "note", "notes"
        ACTION = "action", "action item"
        SLIDE = "slide"
        SPEAKER = "speaker"
        TITLE = "title"

    meeting = models.ForeignKey("meetings.Meeting", on_delete=models.CASCADE, related_name="search_entries")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    speaker_name = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    places = models.JSONField(default=list, blank=True)
    words = models.TextField(help_text="Stems, one a word of the text.")
    who = models.TextField(blank=True, help_text="Words of the speaker's or owner's name.")
    scope = models.TextField(blank=True, help_text="Words for who may see it, its day and its tags.")

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [models.Index(fields=["meeting", "start_ms"])]

    def __str__(self) -> str:
        return f"search entry {self.pk}"


class MeetingVectors(models.Model):
    """What the entries of a meeting mean (see `search/vectors.py`). An entry without a vector is found by its words alone.

    `entry_ids`: 64-bit numbers, little-endian; of each entry `signatures` has 48 bytes and `vectors` 384, in the same order. The long column
    is the last, so that reading the others passes it by.
    """

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="vectors")
    made_at = models.DateTimeField(db_index=True)
    entry_ids = models.BinaryField()
    signatures = models.BinaryField()
    vectors = models.BinaryField()

    class Meta:
        verbose_name_plural = "meeting vectors"

    def __str__(self) -> str:
        return f"vectors of {self.meeting_id}"
