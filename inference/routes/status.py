"""GET /health, /v1/models, /metrics."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.catalogue import FileSet, load_catalogue

LOADING_RETRY_AFTER_S = 2
_CAPABILITIES = {
    "asr": ["transcription", "word_timestamps", "hotwords"],
    "chat": ["chat", "json_schema", "tools", "logprobs"],
    "speaker": ["diarization"],
    "embedding": ["embeddings"],
    "mmproj": ["audio", "image"],
}


async def get_health(request: Request) -> Response:
    """200 only when every model is loaded and warm."""
    readiness, profile = request.app.state.readiness, request.app.state.profile
    body: dict[str, Any] = {"status": readiness.state, "detail": readiness.detail}
    if readiness.state != "ok":
        return JSONResponse(body, status_code=503, headers={"Retry-After": str(LOADING_RETRY_AFTER_S)})
    body |= {"profile": profile.name, "models": {role: one.name for role, one in profile.sets.items()}}
    return JSONResponse(body)


async def list_models(request: Request) -> Response:
    """OpenAI's list, with what an operator wants to know of each model beside it. Of the profile in use, also while it loads."""
    settings, state = request.app.state.settings, request.app.state
    profile = state.profile or load_catalogue().choose_profile(
        settings.profile, models_dir=settings.models_dir
    )
    models = [
        _describe(role, one, loaded=state.engines is not None, profile=profile.name)
        | ({"context_length": profile.context_length} if role == "chat" else {})
        for role, one in profile.sets.items()
    ]
    return JSONResponse({"object": "list", "data": models})


def _describe(role: str, one: FileSet, *, loaded: bool, profile: str) -> dict[str, Any]:
    return {
        "id": one.name,
        "object": "model",
        "created": 0,
        "owned_by": "minutebook",
        "title": one.title,
        "role": role,
        "profile": profile,
        "version": one.version,
        "sha256": one.files[0].sha256,
        "licence": one.licence,
        "size_bytes": one.size_bytes,
        "loaded": loaded,
        "capabilities": _CAPABILITIES[role],
    }


async def get_metrics(request: Request) -> Response:
    return Response(request.app.state.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


routes = [
    Route("/health", get_health, methods=["GET"]),
    Route("/v1/models", list_models, methods=["GET"]),
    Route("/metrics", get_metrics, methods=["GET"]),
]
