"""One real model server for all tests of this folder that need real weights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.catalogue import load_catalogue
from tests.model_server import running_model_server
from tests.tiers import MODELS_DIR, require_tier


def choose_profile() -> str:
    """The smallest whose files are here."""
    return "compact" if load_catalogue().get_profile("test").list_missing(MODELS_DIR) else "test"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Address of a running server, without `/v1`."""
    require_tier("models")
    with running_model_server(choose_profile()) as url:
        yield url
