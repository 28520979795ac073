"""What a person may type, checked. Every form strips its text and says in one sentence what is wrong."""

import zoneinfo

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from .labelling import label_meeting, parse_names, parse_tags, set_attendees
from .models import Meeting, MeetingMember, Series, User


class OwnerForm(forms.Form):
    """The first account. The code is checked by the view, because guesses are counted."""

    code = forms.CharField(
        label="Set-up code",
        max_length=40,
        help_text="Printed in the terminal where Minutebook was started.",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        help_text="At least 10 characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict:
        data = super().clean()
        if password := data.get("password"):
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                validate_password(password, user=person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class PersonForm(forms.ModelForm):
    """A person an owner adds; the password is theirs to set."""

    class Meta:
        model = User
        fields = ["name", "email"]
        labels = {"email": "E-mail"}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "required": True}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
        }

    def clean_name(self) -> str:
        if not (name := self.cleaned_data["name"].strip()):
            raise forms.ValidationError("A name is needed: it is shown to the others.")
        return name

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody has this address already.")
        return email


class YouForm(forms.ModelForm):
    """A person's own name and where they are."""

    time_zone = forms.ChoiceField(
        required=False,
        label="Time zone",
        help_text="Due dates typed in words (“Friday”, “tomorrow”) are counted from today there.",
    )

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
        server = f"as the server ({timezone.get_default_timezone_name()})"
        self.fields["time_zone"].choices = [("", server), *((zone, zone.replace("_", " ")) for zone in zones)]


class AttendeesForm(forms.Form):
    """A part of others: who takes part in a meeting, as a list of names."""

    attendees = forms.CharField(
        max_length=5000,
        required=False,
        label="Who was there",
        help_text="A name a line, everybody who speaks: no more voices than people are looked for. They are offered as names of voices and owners.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_attendees(self) -> list[str]:
        try:
            return parse_names(self.cleaned_data["attendees"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class MeetingForm(AttendeesForm, forms.ModelForm):
    speaker_count = forms.IntegerField(
        min_value=1,
        max_value=20,
        required=False,
        label="How many people speak",
        help_text="Empty: found out. A new number tells the voices apart again; names and lines you gave stay.",
    )

    class Meta:
        model = Meeting
        fields = ["title", "held_on", "speaker_count"]
        labels = {"held_on": "Day of the meeting"}
        help_texts = {"held_on": "Dates like “next Friday” are counted from this day."}
        widgets = {"held_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    tags = forms.CharField(max_length=400, required=False, label="Tags", help_text="Parted by commas.")
    series = forms.CharField(
        max_length=100,
        required=False,
        label="Series",
        help_text="Open action items are carried to the next meeting of a series.",
    )

    def __init__(self, *args, instance: Meeting, **kwargs) -> None:
        known = {
            "attendees": "\n".join(instance.attendees.values_list("name", flat=True)),
            "tags": ", ".join(tag.name for tag in instance.tags.all()),
            "series": str(instance.series or ""),
        }
        super().__init__(*args, instance=instance, initial=known, **kwargs)

    def clean_tags(self) -> list[str]:
        return parse_tags(self.cleaned_data["tags"])

    def save(self, commit: bool = True) -> Meeting:
        meeting = super().save(commit=commit)
        label_meeting(meeting, tags=self.cleaned_data["tags"], series=self.cleaned_data["series"])
        if "attendees" in self.changed_data:
            set_attendees(meeting, self.cleaned_data["attendees"])
        return meeting


class SeriesForm(forms.ModelForm):
    """Another name for a series; its meetings stay in it."""

    class Meta:
        model = Series
        fields = ["name"]
        labels = {"name": "Name of the series"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        others = Series.objects.filter(owner=self.instance.owner, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(
                "You have a series of this name. Select the meetings to put them into it."
            )
        return name


class RecordForm(AttendeesForm):
    """Before a live recording; without consent there is none."""

    title = forms.CharField(
        max_length=200,
        required=False,
        label="Title",
        widget=forms.TextInput(attrs={"placeholder": "Weekly planning"}),
    )
    language = forms.ChoiceField(
        required=False,
        label="Language",
        choices=[("", "Found by itself"), ("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"),
                 ("it", "Italiano"), ("nl", "Nederlands"), ("pl", "Polski"), ("pt", "Português")],
    )  # fmt: skip
    vocabulary = forms.CharField(
        max_length=4000,
        required=False,
        label="Vocabulary",
        help_text="Names and terms that will be said, one a line.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    series = forms.CharField(
        max_length=100,
        required=False,
        label="Series",
        help_text="What is still open from its earlier meetings is shown beside the captions.",
        widget=forms.TextInput(attrs={"list": "series-names", "autocomplete": "off"}),
    )
    share = forms.BooleanField(required=False, label="Also record the sound of a tab or screen")
    consent = forms.BooleanField(
        label="Everyone who can be heard knows that this meeting is recorded and written down, and agrees.",
        error_messages={"required": "Confirm first that everyone agreed to be recorded."},
    )
    field_order = ("title", "series", "attendees", "language", "vocabulary", "share", "consent")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attendees"].label = "Who takes part"

    @property
    def about(self) -> list[forms.BoundField]:
        """The meeting."""
        return [field for field in self if field not in self.sound]

    @property
    def sound(self) -> list[forms.BoundField]:
        """What is heard, and that people agreed to it."""
        return [self["share"], self["consent"]]


class ShareForm(forms.Form):
    """Give a meeting to a colleague, or take it back with level 0."""

    user = forms.ModelChoiceField(queryset=User.objects.none(), label="Colleague", empty_label="Choose …")
    level = forms.TypedChoiceField(
        label="They", coerce=int, choices=[(0, "cannot see it"), *MeetingMember.Level.choices], initial=1
    )

    def __init__(self, *args, meeting: Meeting, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=meeting.owner_id)
        self.fields["user"].queryset = people.order_by("name", "email")


class SegmentForm(forms.Form):
    text = forms.CharField(max_length=5000)


class SpeakerForm(forms.Form):
    """A voice's name. `seen`: the name the person was shown, so that two people do not overwrite each other unawares."""

    SCOPES = ("all", "onward", "line")

    name = forms.CharField(
        max_length=100,
        required=False,
        label="Name",
        widget=forms.TextInput(
            attrs={
                "list": "voice-names",
                "autocomplete": "off",
                "placeholder": "Who is this?",
                "autofocus": True,
            }
        ),
    )
    seen = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class LinesForm(forms.Form):
    """Whose some lines are: a voice of the meeting by its name, or a new one."""

    name = forms.CharField(
        max_length=100,
        required=False,
        label="Said by",
        help_text="A name, or a voice of this meeting. Empty: a new voice without a name.",
        widget=forms.TextInput(attrs={"list": "voice-names", "autocomplete": "off", "autofocus": True}),
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class SplitForm(LinesForm):
    at_word = forms.IntegerField(min_value=1, max_value=5000, widget=forms.HiddenInput, required=True)
    seen = forms.CharField(required=False, max_length=5000, strip=False, widget=forms.HiddenInput)
