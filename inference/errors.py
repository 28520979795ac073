"""Every error the server answers with: one root, a stable `code`, a `retryable` flag and a sentence for a person.

The routes raise these; `inference.app` turns them into OpenAI's envelope
`{"error": {"message", "type", "code", "param", "retryable"}}`. Messages never repeat what was said, asked or uploaded.
"""

from __future__ import annotations

from typing import Any


class InferenceError(Exception):
    """Root of all errors of the model server.

    `status` is the HTTP status, `type` OpenAI's coarse class of the error, `code` the stable word callers compare,
    `retryable` says whether the same request may succeed later without any change.
    """

    status = 500
    type = "server_error"
    code = "internal_error"
    retryable = False

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    def to_envelope(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "code": self.code,
                "param": self.param,
                "retryable": self.retryable,
            }
        }


class InvalidRequest(InferenceError):
    """The request cannot be honoured as it is written; `param` names the field."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"


class UnsupportedParameter(InvalidRequest):
    """A known field with a value this server cannot honour. Refused, never ignored."""

    code = "unsupported_parameter"


class ContextLengthExceeded(InvalidRequest):
    """Prompt plus wanted tokens do not fit into the model's context. Raised before any work."""

    code = "context_length_exceeded"


class InvalidAudio(InvalidRequest):
    """The upload is not audio that can be decoded: empty, text, no audio track, broken, or over the limits."""

    code = "invalid_audio"


class InvalidImage(InvalidRequest):
    """The upload is not an image that can be read: another kind of file, damaged, SVG, or over the limits."""

    code = "invalid_image"


class ModelNotFound(InferenceError):
    status = 404
    type = "invalid_request_error"
    code = "model_not_found"


class NotFound(InferenceError):
    """There is no such path."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class MethodNotAllowed(InferenceError):
    """The path is there, but not for this method."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"


class WrongHost(InferenceError):
    """The Host header names another machine; see `inference.middleware`."""

    status = 400
    type = "invalid_request_error"
    code = "wrong_host"


class RequestTooLarge(InferenceError):
    """The body is longer than the server's limit; nothing of it was kept."""

    status = 413
    type = "invalid_request_error"
    code = "request_too_large"


class Overloaded(InferenceError):
    """The queue is full. The caller may come back after `retry_after_s`."""

    status = 503
    type = "overloaded_error"
    code = "overloaded"
    retryable = True

    def __init__(self, message: str, *, param: str | None = None, retry_after_s: int | None = 5) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)


class NotReady(Overloaded):
    """The models are still being loaded or warmed."""

    code = "loading"


class ModelFailed(InferenceError):
    """A model could not be loaded or broke while working. Retryable: the next request may meet a healthy engine."""

    status = 500
    code = "model_failed"
    retryable = True


class ModelUnavailable(InferenceError):
    """The profile has no model for this role, or its files are missing. Only an operator can change that."""

    status = 503
    code = "model_unavailable"


class ConfigurationError(InferenceError):
    """An environment variable or a model file is wrong. Raised at start only."""

    code = "configuration"
