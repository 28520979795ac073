"""Voices that are known from one meeting to the next: consent, the list of them, and yes or no to a name that was given by voice."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..access import Access, get_speaker, get_voice_match, get_voice_profile
from ..models import Meeting, VoiceMatch, VoiceProfile, VoiceSample
from ..voice_forms import RememberForm
from ..voices.errors import VoiceChangeRefused
from ..voices.naming import confirm_name, find_match, refuse_name
from ..voices.profiles import agree, find_profile, forget_voice, remember_voice, write_consent
from .voices import answer_change, refuse


@require_GET
def voice_profiles(request: HttpRequest) -> HttpResponse:
    """Those this person keeps: their own, and those of people without an account."""
    visible = set(
        Meeting.objects.visible_to(request.user)
        .filter(voice_samples__profile__keeper=request.user)
        .values_list("pk", flat=True)
    )
    samples = Prefetch(
        "samples", queryset=VoiceSample.objects.filter(meeting__deleted_at=None).select_related("meeting")
    )
    named = Count("matches", filter=~Q(matches__state=VoiceMatch.State.REFUSED))
    profiles = VoiceProfile.objects.filter(keeper=request.user).select_related("asked_by", "keeper")
    context = {"profiles": profiles.prefetch_related(samples).annotate(named=named), "visible": visible}
    return render(request, "voice_profiles.html", context)


@require_POST
def voice_profile(request: HttpRequest, profile_id: int) -> HttpResponse:
    """`answer`: "agree" to being asked, or "delete" (also: no)."""
    profile = get_voice_profile(request.user, profile_id)
    match request.POST.get("answer"):
        case "agree":
            agree(profile)
            messages.success(request, "Thank you. Your voice is learned in the background.")
        case "delete":
            forget_voice(profile)
            messages.success(request, "The voice profile is deleted, with everything that was made from it.")
        case _:
            return HttpResponseBadRequest("answer: agree or delete")
    return redirect("voice_profiles")


@require_http_methods(["GET", "POST"])
def remember_speaker(request: HttpRequest, speaker_id: int) -> HttpResponse:
    """Consent, then a profile; where the profile is there, one more meeting to learn it from."""
    speaker = get_speaker(request.user, speaker_id, need=Access.EDIT)
    if not speaker.name or find_match(speaker):
        return HttpResponseBadRequest("The voice needs a name that a person gave.")
    form = RememberForm(
        request.POST if request.method == "POST" else None, speaker=speaker, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        try:
            profile = remember_voice(
                speaker, person=form.cleaned_data["person"], note=form.cleaned_data["note"], by=request.user
            )
        except VoiceChangeRefused as error:
            form.add_error(None, error.text)
        else:
            asked = profile.state == VoiceProfile.State.ASKED
            text = (
                f"{profile.keeper} is asked."
                if asked
                else f"The voice of {profile.name} is learned in the background."
            )
            messages.success(request, text)
            return _leave(request, "voice_profiles")
    own = find_profile(speaker, person=request.user, by=request.user)
    context = {
        "form": form,
        "speaker": speaker,
        "own_text": own.consent_text
        if own
        else write_consent(speaker.name, keeper=request.user, is_own=True),
        "guest_text": write_consent(speaker.name, keeper=request.user, is_own=False),
    }
    return render(request, "remember_speaker.html", context, status=422 if form.errors else 200)


def _leave(request: HttpRequest, name: str) -> HttpResponse:
    """To another page, also from a dialog."""
    answer = redirect(name)
    return HttpResponse(status=204, headers={"HX-Redirect": answer["Location"]}) if request.htmx else answer


@require_POST
def voice_match(request: HttpRequest, match_id: int) -> HttpResponse:
    """`answer`: "yes", it is this person, or "no"."""
    match = get_voice_match(request.user, match_id)
    try:
        match request.POST.get("answer"):
            case "yes":
                confirm_name(match, by=request.user)
                change = None
            case "no":
                change = refuse_name(match, by=request.user)
            case _:
                return HttpResponseBadRequest("answer: yes or no")
    except VoiceChangeRefused as error:
        return refuse(request, match.meeting, error)
    return answer_change(request, match.meeting, change, text="Confirmed.")
