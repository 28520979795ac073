"""What the machine itself must have. Everything that is missing is named at once, with the command that installs it."""

import importlib.util
import os
import shutil
import sysconfig
from pathlib import Path

from house.steps import SetupError, say

PROJECT_DIR = Path(__file__).resolve().parent.parent.parent
VENV_DIR = PROJECT_DIR / ".venv"
COMPILERS = ("c++", "g++", "clang++")
# Packages 1.6 GB, models 1.4 GB, compiling and pip's cache 2 GB.
NEEDED_FREE_BYTES = 5 * 1024**3
ADVISED_MEMORY_BYTES = 4 * 1024**3


def check_ground(*, will_create_venv: bool, will_compile: bool, needs_headers: bool) -> None:
    """Raises SetupError naming all that is missing."""
    missing: dict[str, str] = {}
    if will_create_venv and not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        missing["python3-venv"] = "Python's venv module (makes the folder for the packages)"
    if will_compile and not any(map(shutil.which, COMPILERS)):
        missing["g++"] = "a C++ compiler (the engine of the chat model is compiled on this machine)"
    if needs_headers and not Path(sysconfig.get_path("include"), "Python.h").is_file():
        missing["python3-dev"] = "Python's C headers (a package has to be compiled)"
    if missing:
        lines = "\n".join(f"  - {reason}" for reason in missing.values())
        raise SetupError(f"This is missing:\n{lines}\nOn Debian or Ubuntu: apt install {' '.join(missing)}")
    if will_create_venv:
        _check_room()


def _check_room() -> None:
    free = shutil.disk_usage(PROJECT_DIR).free
    if free < NEEDED_FREE_BYTES:
        raise SetupError(
            f"5 GB of free disk are needed, there are {free / 1024**3:.1f} GB below {PROJECT_DIR}."
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory < ADVISED_MEMORY_BYTES:
        say(f"This machine has {memory / 1024**3:.1f} GB of memory; 4 GB are advised. Trying all the same.")
