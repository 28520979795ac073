"""Everything between a fresh clone and a product that can start. Each part looks first whether it is already there."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from house.environment import get_data_dir
from house.ground import PROJECT_DIR, VENV_DIR, check_ground
from house.steps import Step, run_steps, say

PYTHON = VENV_DIR / "bin" / "python"
# Compiled from source on every new machine, so it is installed beside the downloads instead of before them.
COMPILED = "llama_cpp_python"


def install(environ: dict[str, str], *, dev: bool, models: bool = True) -> None:
    """Packages, browser libraries, model weights, secret key, database, static files. Raises SetupError.

    `models=False` leaves the weights out (they are on another machine, see INFERENCE_URL).
    """
    data_dir = get_data_dir(environ)
    logs = data_dir / "logs"
    requirements = PROJECT_DIR / ("requirements-dev.txt" if dev else "requirements.txt")
    missing = not _is_stamped(requirements)
    lines = _read_requirements(requirements)
    check_ground(
        will_create_venv=not _has_venv(),
        will_compile=missing and not _is_installed(COMPILED),
        needs_headers=missing
        and any(line.startswith("meeteval") for line in lines)
        and not _is_installed("meeteval"),
    )
    if not _has_venv():
        shutil.rmtree(VENV_DIR, ignore_errors=True)
        run_steps(
            Step(
                "a folder for the packages", [sys.executable, "-m", "venv", str(VENV_DIR)], logs / "venv.log"
            )
        )
    side_by_side = []
    if missing:
        _install_wheels(lines, logs=logs, environ=environ)
        side_by_side.append(_compile_step(requirements, logs=logs, environ=environ))
    if models:
        profile = environ.get("INFERENCE_PROFILE") or "compact"
        profile = "compact" if profile == "auto" else profile  # the least that is always there to choose from
        argv = [str(PYTHON), "-m", "inference", "models", "fetch", profile]
        side_by_side.append(
            Step(f"model weights ({profile})", argv, logs / "models.log", env=environ, cwd=PROJECT_DIR)
        )
    if not _is_npm_stamped(dev=dev):
        argv = [str(VENV_DIR / "bin" / "npm"), "ci", *([] if dev else ["--omit=dev"])]
        side_by_side.append(Step("browser libraries", argv, logs / "npm.log", env=environ, cwd=PROJECT_DIR))
    run_steps(*side_by_side)
    _write_stamps(requirements, dev=dev)
    write_secret_key(data_dir)


def prepare(environ: dict[str, str]) -> None:
    """Database and static files. Quick when nothing has changed."""
    logs = get_data_dir(environ) / "logs"
    manage = [str(PYTHON), "manage.py"]
    run_steps(
        Step("database", [*manage, "migrate", "--no-input"], logs / "migrate.log", env=environ, cwd=PROJECT_DIR),
        Step(
            "static files",
            [*manage, "collectstatic", "--no-input", "--verbosity", "0"],
            logs / "static.log", env=environ, cwd=PROJECT_DIR,
        ),
    )  # fmt: skip


def write_secret_key(data_dir: Path) -> None:
    """Make the installation's key once; readable by its owner alone."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50) + "\n")
        say(f"  ✓ a secret key for this installation, in {path}")


# --- what is there already ------------------------------------------------------------------------
def _has_venv() -> bool:
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0


def _is_installed(package: str) -> bool:
    return any(VENV_DIR.glob(f"lib/python3*/site-packages/{package}-*.dist-info"))


def _read_requirements(path: Path) -> list[str]:
    """The lines of a requirements file and of those it includes, without comments."""
    lines = []
    for line in path.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r "):
            lines += _read_requirements(path.parent / line.removeprefix("-r ").strip())
        elif line:
            lines.append(line)
    return lines


def _get_digest(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _get_requirements_digest(path: Path) -> str:
    return hashlib.sha256("\n".join(_read_requirements(path)).encode()).hexdigest()


def _get_stamp(path: Path) -> Path:
    return VENV_DIR / f"installed-{path.name}"


def _is_stamped(path: Path) -> bool:
    stamp = _get_stamp(path)
    return _has_venv() and stamp.is_file() and stamp.read_text() == _get_requirements_digest(path)


def _get_npm_stamp(*, dev: bool) -> tuple[Path, str]:
    name = "installed-dev" if dev else "installed"
    return PROJECT_DIR / "node_modules" / f".{name}", _get_digest(PROJECT_DIR / "package-lock.json")


def _is_npm_stamped(*, dev: bool) -> bool:
    stamp, digest = _get_npm_stamp(dev=dev)
    return stamp.is_file() and stamp.read_text() == digest


def _write_stamps(requirements: Path, *, dev: bool) -> None:
    # What tests need includes what the product needs.
    for path in {requirements, PROJECT_DIR / "requirements.txt"}:
        _get_stamp(path).write_text(_get_requirements_digest(path))
    for with_dev in {dev, False}:
        stamp, digest = _get_npm_stamp(dev=with_dev)
        stamp.write_text(digest)


# --- packages -------------------------------------------------------------------------------------
def _pip(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def _install_wheels(lines: list[str], *, logs: Path, environ: dict[str, str]) -> None:
    wheels = logs / "requirements-without-compiled.txt"
    wheels.parent.mkdir(parents=True, exist_ok=True)
    wheels.write_text("\n".join(line for line in lines if not line.startswith(COMPILED)))
    run_steps(Step("Python packages", _pip("install", "-r", str(wheels)), logs / "packages.log", env=environ))


def _compile_step(requirements: Path, *, logs: Path, environ: dict[str, str]) -> Step:
    cores = {"CMAKE_BUILD_PARALLEL_LEVEL": str(len(os.sched_getaffinity(0)))}
    argv = _pip("install", "--verbose", "-r", str(requirements))
    title = "the chat engine (compiled once, 5 to 8 minutes on 2 cores)"
    return Step(title, argv, logs / "chat-engine.log", env=cores | environ, cwd=PROJECT_DIR)
