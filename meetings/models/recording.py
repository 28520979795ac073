"""The sound of a meeting, as it came and as the program keeps it."""

from django.db import models


class Recording(models.Model):
    """One recording a meeting. Keys are storage keys (see `storage.py`), empty until `ingest` has made the file.

    `duplicate_of` is set by `ingest` when the same bytes (sha256) were already given to a meeting this person may see; the pipeline then
    waits until the person says *keep both* (which clears it) or deletes this meeting.
    """

    meeting = models.OneToOneField("meetings.Meeting", on_delete=models.CASCADE, related_name="recording")
    original_name = models.CharField(
        max_length=255, blank=True, help_text="As given; only ever shown escaped."
    )
    original_key = models.CharField(max_length=200, blank=True)
    audio_key = models.CharField(max_length=200, blank=True, help_text="16 kHz mono FLAC for the recogniser.")
    playback_key = models.CharField(
        max_length=200, blank=True, help_text="AAC in MP4, plays in every browser."
    )
    peaks_key = models.CharField(max_length=200, blank=True, help_text="JSON: waveform peaks for the player.")
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size_bytes = models.BigIntegerField(default=0)
    duration_ms = models.BigIntegerField(
        default=0, help_text="Of the decoded sound, not what the container claims."
    )
    container = models.CharField(max_length=60, blank=True)
    channels = models.PositiveSmallIntegerField(default=0)
    sample_rate_hz = models.PositiveIntegerField(default=0)
    has_video = models.BooleanField(default=False)
    notice = models.CharField(
        max_length=40,
        blank=True,
        help_text="Code of a thing worth telling: truncated, silent, duration_mismatch.",
    )
    duplicate_of = models.ForeignKey(
        "meetings.Meeting", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    provenance = models.JSONField(
        default=dict,
        blank=True,
        help_text='Which models heard it: {"asr": {"model", "sha256", "settings"}, "diarization": {…}}, '
        "written by the steps that used them; the chat model's stands in `Notes.provenance`.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"recording of {self.meeting_id}"
