"""What model runs where, what it measured, what the larger ones need."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from ..errors import MinutebookError
from ..hardware_report import find_hardware_report
from ..inference_client import InferenceClient


@require_GET
def models_page(request: HttpRequest) -> HttpResponse:
    """Useful also while the model server is away: then it says so, and what was measured stays."""
    state, models, health = _ask_server()
    report = find_hardware_report() or {}
    context = {
        "state": state,
        "models": models,
        "profile": health.get("profile") or report.get("profile"),
        "choice": health.get("choice") or report.get("choice"),
        "report": report,
        "measured_at": parse_datetime(str(report.get("measured_at", ""))),
        "server_url": settings.INFERENCE_URL,
    }
    return render(request, "models.html", context)


def _ask_server() -> tuple[str, list[dict], dict]:
    """("ready" | "loading" | "away", what it serves, what it says of itself). A server that can list its models but is not healthy is loading them."""
    client = InferenceClient(priority="interactive")
    try:
        models = client.describe_models()
    except MinutebookError:
        return "away", [], {}
    try:
        health = client.health()
    except MinutebookError:
        return "loading", models, {}
    return "ready", models, health
