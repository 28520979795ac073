"""What a person may write into a template of notes, and choose when notes are made again."""

from django import forms

from .models import Meeting, NotesTemplate, User
from .notes_templates import SECTIONS, find_template, list_choices

LANGUAGES = [("", "The meeting’s own"), ("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"),
             ("it", "Italiano"), ("nl", "Nederlands"), ("pl", "Polski"), ("pt", "Português")]  # fmt: skip


class TemplateForm(forms.ModelForm):
    sections = forms.MultipleChoiceField(
        choices=list(SECTIONS.items()),
        label="Sections",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one section."},
    )
    language = forms.ChoiceField(choices=LANGUAGES, required=False, label="Language of the notes")
    instructions = forms.CharField(
        max_length=NotesTemplate.MAX_INSTRUCTIONS,
        required=False,
        label="Instructions",
        help_text="For points and summary, in your own words: “Name amounts with their currency.” What was not said is left out all the same.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = NotesTemplate
        fields = ["name", "sections", "length", "language", "instructions"]

    def clean(self) -> dict:
        data = super().clean()
        same = NotesTemplate.objects.filter(owner=self.instance.owner, name=data.get("name", ""))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("name", "You have a template of this name.")
        return data


class MakeAgainForm(forms.Form):
    template = forms.ChoiceField(label="Template")
    language = forms.ChoiceField(choices=[("", "As the template says"), *LANGUAGES[1:]], required=False, label="Language of the notes")  # fmt: skip
    for_series = forms.BooleanField(required=False, label="Also for later meetings of the series")

    def __init__(self, *args, meeting: Meeting, user: User, **kwargs) -> None:
        current = find_template(meeting).key
        super().__init__(*args, initial={"template": current, "language": meeting.notes_language}, **kwargs)
        self.fields["template"].choices = list_choices(user, chosen=[current])
        if meeting.series is None or meeting.series.owner_id != user.pk:
            del self.fields["for_series"]
