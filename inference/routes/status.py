"""GET /health, /v1/models and /metrics."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.chat.request import ModelFacts
from inference.readiness import RETRY_AFTER_S, Readiness

CAPABILITIES = {
    "asr": ["transcription", "word_timestamps", "language_detection"],
    "speaker": ["diarization"],
    "embedding": ["embeddings"],
    "chat": list(ModelFacts.capabilities),  # before it is loaded; then also what it hears and sees
}


async def health(request: Request) -> Response:
    """200 when every model is loaded and warm; 503 with Retry-After before, and when loading failed."""
    state = request.app.state
    readiness: Readiness = state.readiness
    if readiness.status == "ok":
        models = {role: engine.name for role, engine in state.engines.by_role.items()}
        choice = {"profile": state.profile.name, "choice": state.choice.why}
        return JSONResponse({"status": "ok", **choice, "models": models})
    content = {"status": readiness.status, "detail": readiness.detail, "loaded": readiness.loaded}
    return JSONResponse(content, status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})


async def list_models(request: Request) -> Response:
    """OpenAI's list, with what else is known of each model. Answers while loading, too."""
    state = request.app.state
    profile = state.profile
    roles = [role for role in CAPABILITIES if profile and role in profile.sets]
    return JSONResponse({"object": "list", "data": [_describe(state, role) for role in roles]})


def _describe(state: Any, role: str) -> dict[str, Any]:
    if role == "chat" and state.settings.chat_base_url:
        return _describe_remote(state)
    weights = state.profile.sets[role]
    model = {
        "id": weights.name,
        "object": "model",
        "created": 0,
        "owned_by": "local",
        "role": role,
        "profile": state.profile.name,
        "title": weights.title,
        "sha256": weights.files[0].sha256,
        "licence": weights.licence,
        "size_bytes": weights.size_bytes,
        "loaded": role in state.readiness.loaded,
        "capabilities": CAPABILITIES[role],
    }
    if role == "chat" and state.engines:
        facts = state.engines.chat.get_facts()
        length, capabilities = facts.context_length, list(facts.capabilities)
        model |= {"context_length": length, "capabilities": capabilities, "device": facts.device}
    elif state.engines:
        model["device"] = state.engines.whisper.device if role == "asr" else "cpu"
    return model


def _describe_remote(state: Any) -> dict[str, Any]:
    """A chat model of another server: of its weights nothing is known."""
    name, facts = (
        (state.engines.chat.name, state.engines.chat.get_facts()) if state.engines else ("chat", None)
    )
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "CHAT_BASE_URL",
        "role": "chat",
        "profile": state.profile.name,
        "title": "Chat model of another server",
        "sha256": None,
        "licence": "",
        "size_bytes": 0,
        "loaded": "chat" in state.readiness.loaded,
        "capabilities": CAPABILITIES["chat"],
        **({"context_length": facts.context_length} if facts else {}),
    }


async def metrics(request: Request) -> Response:
    return Response(request.app.state.metrics.render(), media_type=CONTENT_TYPE_LATEST)


routes = [
    Route("/health", health, methods=["GET"]),
    Route("/v1/models", list_models, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
