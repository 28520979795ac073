"""Names a person may mean, and moments at which a voice can be heard."""

from dataclasses import dataclass

from django.db.models import Max

from ..models import Attendee, Meeting, Speaker, User

MAX_NAMES = 60
SAMPLES = 3
# Long enough to know a voice by, short enough to listen to three of them.
SAMPLE_MS = 6_000
MIN_SAMPLE_MS = 1_500


def list_names(meeting: Meeting, *, user: User, speaker: Speaker | None = None) -> list[str]:
    """For completion: what was heard for this voice, who attended, the other voices, then names of the person's earlier meetings, newest first."""
    names = [speaker.suggested_name] if speaker is not None and speaker.suggested_name else []
    names += meeting.attendees.values_list("name", flat=True)
    names += [other.display_name for other in meeting.speakers.all() if other != speaker]
    visible = Meeting.objects.visible_to(user).exclude(pk=meeting.pk)
    for model in (Speaker, Attendee):
        rows = model.objects.filter(meeting__in=visible).exclude(name="").order_by().values_list("name")
        rows = rows.annotate(last=Max("meeting__held_on")).order_by("-last", "name")
        names += [name for name, _ in rows[:MAX_NAMES]]
    return list(dict.fromkeys(names))[:MAX_NAMES]


@dataclass(frozen=True)
class Sample:
    segment_id: int
    start_ms: int
    end_ms: int
    text: str


def list_samples(speaker: Speaker) -> list[Sample]:
    """At most SAMPLES moments, from the beginning, the middle and the end of what the voice says: the line nearest to SAMPLE_MS of each
    third. Two queries."""
    rows = list(speaker.segments.in_order().values_list("pk", "start_ms", "end_ms"))
    long = [row for row in rows if row[2] - row[1] >= MIN_SAMPLE_MS] or rows
    thirds = [long[len(long) * i // SAMPLES : len(long) * (i + 1) // SAMPLES] for i in range(SAMPLES)]
    best = [min(third, key=lambda row: abs(row[2] - row[1] - SAMPLE_MS)) for third in thirds if third]
    texts = dict(speaker.segments.filter(pk__in=[pk for pk, _, _ in best]).values_list("pk", "text"))
    return [
        Sample(pk, start_ms, min(end_ms, start_ms + 2 * SAMPLE_MS), texts.get(pk, ""))
        for pk, start_ms, end_ms in best
    ]
