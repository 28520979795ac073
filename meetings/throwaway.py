"""A second installation beside the real one, for measuring: its own database, files and secret, deleted afterwards.

A measurement must neither show up among people's meetings nor be picked up by a running worker, so it runs in a child process whose
environment points somewhere else. Only the model server is shared, by its URL.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.conf import settings


@contextlib.contextmanager
def make_environment() -> Iterator[dict[str, str]]:
    """Environment variables of a fresh installation with an empty, migrated SQLite database. Its folder is deleted at the end.

    Every variable that names a place is set, also to an empty string, because a `.env` file only fills in those that are missing.
    """
    folder = Path(tempfile.mkdtemp(prefix="minutebook-throwaway-"))
    environment = os.environ | {
        "MINUTEBOOK_DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'minutebook.sqlite3'}",
        "REDIS_URL": "",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DJANGO_SETTINGS_MODULE": "meetings.settings",
    }
    # Weights are only read; a model server that has to be started finds them where this installation keeps them.
    environment.setdefault("INFERENCE_MODELS_DIR", str(settings.DATA_DIR / "models"))
    try:
        run_manage(["migrate", "--verbosity", "0"], environment=environment, check=True)
        yield environment
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_manage(arguments: Sequence[str], *, environment: Mapping[str, str], check: bool = False) -> int:
    """Run `manage.py` in that installation with this one's terminal; gives the exit code. `check`: raises CalledProcessError for a
    failure."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(command, env=dict(environment), cwd=settings.BASE_DIR, check=check).returncode
