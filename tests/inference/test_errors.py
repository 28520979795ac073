"""Every error has a code of its own, and `docs/model-server.md` lists them all."""

from __future__ import annotations

import re

import inference.chat.remote
import inference.scheduler
import inference.weights  # noqa: F401  (they have errors of their own)
from inference.errors import InferenceError, Overloaded
from tests.tiers import PROJECT_DIR


def list_errors(root: type[InferenceError] = InferenceError) -> list[type[InferenceError]]:
    return [root, *(error for child in root.__subclasses__() for error in list_errors(child))]


def read_documented() -> dict[str, tuple[int, bool]]:
    text = (PROJECT_DIR / "docs" / "model-server.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+|–) \| (yes|no) \|", text, re.MULTILINE)
    return {
        code: (0 if status == "–" else int(status), retryable == "yes") for code, status, retryable in rows
    }


def test_codes_are_unique():
    codes = [error.code for error in list_errors()]
    assert len(codes) == len(set(codes))


def test_the_documentation_lists_exactly_these():
    errors = {error.code: error for error in list_errors()}
    documented = read_documented()
    assert set(documented) == set(errors)
    for code, (status, retryable) in documented.items():
        assert errors[code].retryable is retryable, code
        if status:  # a code without one never leaves over HTTP
            assert errors[code].status == status, code


def test_envelope():
    error = Overloaded("Come back later.", param="file")
    assert error.to_envelope() == {
        "error": {
            "message": "Come back later.",
            "type": "overloaded_error",
            "code": "overloaded",
            "param": "file",
            "retryable": True,
        }
    }
