"""What model runs where, what it measured, what the larger ones need."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ..errors import MinutebookError
from ..hardware_report import find_hardware_report
from ..inference_client import InferenceClient


@require_GET
def models_page(request: HttpRequest) -> HttpResponse:
    """Useful also while the model server is away: then it says so, and what was measured stays."""
    client = InferenceClient(priority="interactive")
    problem, health, models = "", {}, []
    try:
        models = client.describe_models()
        health = client.health()
    except MinutebookError as error:
        problem = error.text
    context = {"problem": problem, "health": health, "models": models, "report": find_hardware_report()}
    return render(request, "models.html", context)
