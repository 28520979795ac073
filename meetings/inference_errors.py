"""What can go wrong with the model server, in our own words; how its HTTP answers and httpx's exceptions become that.

Nothing that was said or asked goes into an exception.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from .errors import MinutebookError


class InferenceUnavailable(MinutebookError):
    """Nobody answers, or the server says "not now" (loading, overloaded, 5xx). The same call may succeed later."""

    code = "inference_unavailable"
    retryable = True
    text = "Waiting for the model server. The work goes on by itself when it answers."


class InferenceBroken(InferenceUnavailable):
    """The connection or the model broke in the middle of the work. Retryable, but not for ever: the input may be the cause."""

    code = "inference_broken"
    text = "The model server stopped in the middle of the work. It will be tried again."


class InferenceRefused(MinutebookError):
    """The server will never do this as asked; `code` is the one of its envelope. Not retryable."""

    code = "inference_refused"
    text = "The model server refused the work. What was made so far is kept."


@contextmanager
def errors_converted() -> Iterator[None]:
    """httpx's exceptions become ours. A refused connection is waited out; one that broke may have been broken by the input."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise InferenceUnavailable from error
    except (httpx.HTTPError, httpx.StreamError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The last four: an answer that is not what it should be.
        raise InferenceBroken from error


def read_events(response: httpx.Response) -> Iterator[dict]:
    """Raises for an error event in mid-stream as for a status."""
    if not response.is_success:
        response.read()
        raise _error_of(response)
    for line in response.iter_lines():
        if line.startswith("data:") and (payload := line[5:].strip()) != "[DONE]":
            event = json.loads(payload)
            if event.get("type") == "error" or "error" in event:
                raise _error_from(event.get("error") or {}, status=500)
            yield event


def read_json(response: httpx.Response) -> dict:
    if not response.is_success:
        raise _error_of(response)
    return response.json()


def find_health_status(response: httpx.Response) -> str:
    """What `/health` says of itself; it has no error envelope."""
    try:
        return str(response.json()["status"])
    except (ValueError, KeyError, TypeError):
        return ""


def _error_of(response: httpx.Response) -> MinutebookError:
    try:
        envelope = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        envelope = {}
    return _error_from(envelope if isinstance(envelope, dict) else {}, status=response.status_code)


def _error_from(envelope: dict, *, status: int) -> MinutebookError:
    """The envelope's own `retryable` decides; a server without that field is judged by its status."""
    code = str(envelope.get("code") or "")[:40]
    retryable = envelope.get("retryable")
    if retryable is None:
        retryable = status >= 500 or status in (408, 425, 429)
    if not retryable:
        return InferenceRefused(code=code or None)
    if status in (429, 503) or code in ("loading", "overloaded"):
        return InferenceUnavailable(code=code or None)
    return InferenceBroken(code=code or None)
