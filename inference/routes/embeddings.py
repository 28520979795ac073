"""POST /v1/embeddings."""

from __future__ import annotations

import base64
from typing import Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inference.embedding import DIMENSIONS
from inference.errors import InvalidRequest, ModelNotFound, UnsupportedParameter
from inference.routes.request import get_engines, read_body, read_priority, run_until_disconnect

MAX_INPUTS = 2048  # OpenAI's own limit


class EmbeddingsBody(BaseModel):
    """OpenAI's fields. Token ids as input are refused: they would be of another tokenizer."""

    input: str | list[str]
    model: str = "auto"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = Field(default=None, exclude=True)

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


async def create_embeddings(request: Request) -> Response:
    """Vectors of length 1, 384 numbers, in the order of the input."""
    priority = read_priority(request)
    body = _parse(await read_body(request, max_bytes=request.app.state.settings.max_json_bytes))
    engine = get_engines(request).embedding
    if body.model not in ("auto", engine.name):
        raise ModelNotFound("There is no embedding model of that name here.", param="model")
    try:
        batches = await run_until_disconnect(
            request, request.app.state.scheduler.run(lambda: engine.embed(body.texts), priority=priority)
        )
    except ClientDisconnect:
        return Response(status_code=499)
    vectors = {index: batch.vectors[row] for batch in batches for row, index in enumerate(batch.indexes)}
    tokens = sum(batch.tokens for batch in batches)
    return JSONResponse(
        {
            "object": "list",
            "model": engine.name,
            "data": [
                {"object": "embedding", "index": i, "embedding": _encode(vectors[i], body.encoding_format)}
                for i in range(len(body.texts))
            ],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
    )


def _parse(data: bytes) -> EmbeddingsBody:
    try:
        body = EmbeddingsBody.model_validate_json(data)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"]) or "body"
        raise InvalidRequest(f"The field {field} is not as it should be.", param=field) from None
    if body.dimensions not in (None, DIMENSIONS):
        raise UnsupportedParameter(f"This model gives {DIMENSIONS} numbers a vector.", param="dimensions")
    if not body.texts or len(body.texts) > MAX_INPUTS or not all(text.strip() for text in body.texts):
        raise InvalidRequest(f"input must be 1 to {MAX_INPUTS} texts, none of them empty.", param="input")
    return body


def _encode(vector: np.ndarray, encoding: str) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return vector.tolist()


routes = [Route("/v1/embeddings", create_embeddings, methods=["POST"])]
