"""What every page's frame needs. Everything is a function: a fragment that does not ask costs no query."""

from django.http import HttpRequest

from ..hardware_report import find_minutes_per_hour
from ..models import ActionItem


def shell(request: HttpRequest) -> dict:
    def count_unfinished() -> int:
        if not request.user.is_authenticated:
            return 0
        return ActionItem.objects.visible_to(request.user).unfinished().count()

    # django-htmx and the templates ask for the nonce by this name.
    nonce = getattr(request, "csp_nonce", "")
    return {
        "csp_nonce": nonce,
        "unfinished_count": count_unfinished,
        "minutes_per_hour": find_minutes_per_hour,
    }
