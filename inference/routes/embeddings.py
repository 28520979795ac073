"""POST /v1/embeddings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.embedding import DIMENSIONS, EmbeddingBatch
from inference.errors import InvalidRequest, ModelNotFound, UnsupportedParameter
from inference.routes.request import get_engines, read_body, read_priority, run_until_disconnect

MAX_INPUTS = 2048  # OpenAI's bound
MAX_CHARACTERS = 100_000


class EmbeddingBody(BaseModel):
    """OpenAI's request. Lists of token numbers are another tokenizer's and are refused."""

    model_config = ConfigDict(extra="ignore")

    input: str | list[str]
    model: str = "auto"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None)

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


async def create_embeddings(request: Request) -> Response:
    """Vectors in the order of the inputs."""
    engine = get_engines(request).embedding
    priority = read_priority(request)
    body = _parse(await read_body(request, max_bytes=request.app.state.settings.max_json_bytes))
    if body.model not in ("auto", "embedding", engine.name):
        raise ModelNotFound(
            f"There is no sentence model of that name here; this server runs {engine.name!r}.", param="model"
        )
    work = request.app.state.scheduler.run(lambda: engine.embed(body.texts), priority=priority)
    batches = await run_until_disconnect(request, work)
    return JSONResponse(_to_answer(batches, body, model=engine.name))


def _parse(data: bytes) -> EmbeddingBody:
    try:
        body = EmbeddingBody.model_validate_json(data)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else None
        raise InvalidRequest("The request is not valid JSON for this route.", param=field) from None
    if not 1 <= len(body.texts) <= MAX_INPUTS:
        raise InvalidRequest(f"Between 1 and {MAX_INPUTS} inputs are allowed.", param="input")
    if any(not text or len(text) > MAX_CHARACTERS for text in body.texts):
        raise InvalidRequest(f"An input must have between 1 and {MAX_CHARACTERS} characters.", param="input")
    if body.dimensions not in (None, DIMENSIONS):
        raise UnsupportedParameter(f"This model's vectors have {DIMENSIONS} dimensions.", param="dimensions")
    return body


def _to_answer(batches: Sequence[EmbeddingBatch], body: EmbeddingBody, *, model: str) -> dict:
    vectors = np.empty((len(body.texts), DIMENSIONS), dtype="<f4")
    for batch in batches:
        vectors[list(batch.indexes)] = batch.vectors
    tokens = sum(batch.tokens for batch in batches)
    return {
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": _encode(vector, body.encoding_format)}
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encode(vector: np.ndarray, encoding: str) -> str | list[float]:
    return base64.b64encode(vector.tobytes()).decode("ascii") if encoding == "base64" else vector.tolist()


routes = [Route("/v1/embeddings", create_embeddings, methods=["POST"])]
