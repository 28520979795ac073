"""What a person may write into a line of the notes: words, kind, sources; of an action item also who and when."""

import datetime as dt

from django import forms
from django.utils import timezone

from .export.clock import format_clock
from .models import ActionItem, Meeting, NoteItem, Segment
from .typed_dates import NotADate, parse_typed_date

SHOWN_CHARS = 90


def describe_source(segment: Segment) -> str:
    """A segment as a choice."""
    name = segment.speaker.display_name if segment.speaker else "Somebody"
    text = segment.text if len(segment.text) <= SHOWN_CHARS else f"{segment.text[:SHOWN_CHARS].rstrip()} …"
    return f"{format_clock(segment.start_ms)} {name}: {text}"


class LineForm(forms.Form):
    text = forms.CharField(
        max_length=2000, label="Text", widget=forms.Textarea(attrs={"rows": 2, "data-grow": True})
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput())
    sources = forms.TypedMultipleChoiceField(
        coerce=int, required=False, label="Sources", widget=forms.CheckboxSelectMultiple
    )
    # Tells "no source is ticked" from a form without sources.
    has_sources = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args, item: NoteItem | ActionItem | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        cited = item.citations.select_related("segment__speaker") if item else ()
        self.fields["sources"].choices = [(c.segment_id, describe_source(c.segment)) for c in cited]
        if not self.fields["sources"].choices:
            del self.fields["sources"], self.fields["has_sources"]

    @property
    def cites(self) -> list[int] | None:
        """The segments it is to rest on; None: as they are."""
        chosen = self.cleaned_data.get("sources", [])
        known = [pk for pk, _ in self.fields["sources"].choices] if "sources" in self.fields else []
        return chosen if self.cleaned_data.get("has_sources") and chosen != known else None

    @property
    def new_kind(self) -> str:
        """Empty: it stays what it is."""
        kind = self.cleaned_data.get("kind", "")
        return kind if kind != self.initial.get("kind") else ""


# As the headings of the notes call them.
KINDS = {
    NoteItem.Kind.SUMMARY: "Summary",
    NoteItem.Kind.DECISION: "Decision",
    NoteItem.Kind.POINT: "Point of a topic",
    NoteItem.Kind.QUESTION: "Open question",
    NoteItem.Kind.RISK: "Risk",
    "action": "Action item",
}


def list_kinds(meeting: Meeting) -> list[tuple[str, str]]:
    """What a line of this meeting may be; a point needs a topic to stand in."""
    has_topics = meeting.topics.exists()
    return [(str(kind), name) for kind, name in KINDS.items() if has_topics or kind != NoteItem.Kind.POINT]


class NoteForm(LineForm):
    kind = forms.ChoiceField(label="Kind", required=False)

    field_order = ("text", "kind")

    def __init__(self, *args, item: NoteItem, **kwargs) -> None:
        super().__init__(*args, item=item, **kwargs)
        self.fields["kind"].choices = list_kinds(item.meeting)


class CiteForm(forms.Form):
    """A new line, or one that there is, for some segments to be a source of."""

    line = forms.ChoiceField(label="Add to", required=False)
    kind = forms.ChoiceField(label="Kind of the new line", initial=NoteItem.Kind.DECISION)
    text = forms.CharField(
        max_length=2000,
        label="Text of the new line",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, meeting: Meeting, has_segments: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list_kinds(meeting)
        if not has_segments:
            del self.fields["line"]
            self.fields["kind"].label, self.fields["text"].label = "Kind", "Text"
            return
        notes = [(f"note-{item.pk}", item.text[:SHOWN_CHARS]) for item in meeting.note_items.all()]
        items = [(f"action-{item.pk}", item.text[:SHOWN_CHARS]) for item in meeting.action_items.all()]
        self.fields["line"].choices = [("", "a new line"), ("Notes", notes), ("Action items", items)]

    def clean(self) -> dict:
        data = super().clean()
        if not data.get("line") and not data.get("text") and "text" not in self.errors:
            self.add_error("text", "Write what the line says.")
        return data


class ActionItemForm(LineForm):
    kind = forms.ChoiceField(label="Kind", required=False)
    field_order = ("text", "owner_name", "due", "kind")
    owner_name = forms.CharField(
        max_length=100,
        required=False,
        label="Owner",
        widget=forms.TextInput(attrs={"list": "names", "autocomplete": "off"}),
    )
    due = forms.CharField(
        max_length=100,
        required=False,
        label="Due",
        widget=forms.TextInput(attrs={"placeholder": "Friday, 2 Dec, 2026-12-02", "autocomplete": "off"}),
    )

    def __init__(
        self, *args, language: str = "", today: dt.date | None = None, is_in_notes: bool = False, **kwargs
    ) -> None:
        """`language` (ISO 639-1) of the meeting: a date in words may be in it, or in English. `today`: where the person is. `is_in_notes`:
        it may become a line of another kind."""
        super().__init__(*args, **kwargs)
        item = kwargs.get("item")
        if item and is_in_notes:
            self.fields["kind"].choices = list_kinds(item.meeting)
        else:
            del self.fields["kind"]
        self._language, self._today = language, today or timezone.localdate()

    def clean_due(self) -> dt.date | None:
        """A date written as a date or in words, counted from today; None when empty."""
        text = self.cleaned_data["due"].strip()
        if not text:
            return None
        try:
            return parse_typed_date(text, language=self._language, today=self._today)
        except NotADate as error:
            raise forms.ValidationError(str(error)) from error
