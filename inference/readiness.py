"""How far the server is: loading, ok or failed."""

from __future__ import annotations

from typing import Literal

from inference.errors import InferenceError, ModelUnavailable, NotReady

RETRY_AFTER_S = 2


class Readiness:
    """loading ──▶ ok | failed. Changed on the event loop only."""

    def __init__(self) -> None:
        self.status: Literal["loading", "ok", "failed"] = "loading"
        self.detail = "The models are being loaded."
        self.loaded: list[str] = []

    def model_ready(self, role: str) -> None:
        self.loaded.append(role)

    def ready(self) -> None:
        self.status, self.detail = "ok", ""

    def failed(self, error: InferenceError | None) -> None:
        self.status = "failed"
        self.detail = error.message if error else "A model could not be loaded."

    def require(self) -> None:
        """Raises NotReady (503, retryable) while loading, ModelUnavailable (503, not retryable) after a failure."""
        if self.status == "loading":
            raise NotReady(self.detail, retry_after_s=RETRY_AFTER_S)
        if self.status == "failed":
            raise ModelUnavailable(self.detail)
