"""The environment of everything that is started: the shell's, completed by `.env`, with the venv's programs first."""

import os
import shlex
from pathlib import Path

from house.ground import PROJECT_DIR, VENV_DIR


def read_env_file(path: Path) -> dict[str, str]:
    """`KEY=value` lines, quoted or not; comments and empty lines are skipped."""
    values = {}
    for line in path.read_text().splitlines() if path.is_file() else []:
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name.removeprefix("export ").strip()] = "".join(shlex.split(value, comments=True))
    return values


def load_environ() -> dict[str, str]:
    """A copy of the environment; what the shell says wins over `.env`."""
    environ = read_env_file(PROJECT_DIR / ".env") | os.environ
    environ["PATH"] = f"{VENV_DIR / 'bin'}{os.pathsep}{environ.get('PATH', os.defpath)}"
    environ["VIRTUAL_ENV"] = str(VENV_DIR)
    environ["PYTHONUNBUFFERED"] = "1"
    environ.pop("PYTHONHOME", None)
    if port := environ.get("INFERENCE_PORT"):
        environ.setdefault("INFERENCE_URL", f"http://127.0.0.1:{port}")
    return environ


def get_data_dir(environ: dict[str, str]) -> Path:
    """Where the installation keeps everything of its own, as in `meetings/settings.py`."""
    return Path(environ.get("MINUTEBOOK_DATA_DIR") or PROJECT_DIR / "var").resolve()
