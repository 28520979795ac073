"""Whose voice is to be known, and that they agreed."""

from django import forms

from .models import Speaker, User


class RememberForm(forms.Form):
    """`person`: a user's id, or "" for somebody without an account here."""

    person = forms.ChoiceField(required=False, label="Whose voice is it?")
    note = forms.CharField(
        max_length=300,
        required=False,
        label="How they said yes",
        help_text="For somebody without an account here: where and when, such as “by mail, 3 March”.",
    )
    agreed = forms.BooleanField(
        required=False,
        label="The person has agreed to this, in these words.",
        help_text="Not needed for a colleague with an account: they are asked, and nothing is learned before they agree.",
    )

    def __init__(self, *args, speaker: Speaker, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        people = list(User.objects.filter(is_active=True).order_by("name", "email"))
        labels = [(str(one.pk), f"{one} (you)" if one == user else str(one)) for one in people]
        self.fields["person"].choices = [("", "Somebody without an account here"), *labels]
        name = speaker.name.casefold()
        same = [one for one in people if name in (one.name.casefold(), one.get_short_name().casefold())]
        self.fields["person"].initial = str(same[0].pk) if len(same) == 1 else ""

    def clean_person(self) -> User | None:
        chosen = self.cleaned_data["person"]
        return User.objects.get(pk=chosen) if chosen else None

    def clean_note(self) -> str:
        return " ".join(self.cleaned_data["note"].split())

    def clean(self) -> dict:
        data = super().clean()
        person = data.get("person")
        is_asked = person is not None and person != self._user
        if "person" in data and not is_asked and not data.get("agreed"):
            self.add_error("agreed", "Without the person's agreement their voice is not learned.")
        if "person" in data and person is None and not data.get("note") and "note" not in self.errors:
            self.add_error("note", "Say how they agreed: it is kept with the profile.")
        return data
