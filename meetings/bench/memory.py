"""Memory of every process of the running product."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from django.conf import settings

from .figures import Figure

MIB = 1024 * 1024
LIMIT_MIB = 3 * 1024

# What each line of the Procfile looks like in a list of processes.
_MARKS = (
    ("web", "uvicorn"),
    ("worker", "celery -A meetings worker"),
    ("beat", "celery -A meetings beat"),
    ("model", "-m inference"),
    ("redis", "redis-server"),
    ("honcho", "honcho"),
)


@dataclasses.dataclass(frozen=True)
class ProcessMemory:
    """`rss_bytes` counts pages shared with other processes in full; `pss_bytes` shares them out (0 where the system does not tell)."""

    pid: int
    name: str
    rss_bytes: int
    pss_bytes: int


def measure_memory(pids: Sequence[int] = ()) -> list[Figure]:
    """Of the given processes and their children; without any, of the ones that run in this folder. Empty when nothing runs."""
    found = sorted(
        (_read_memory(process) for process in list_processes(pids)),
        key=lambda memory: (memory.name, memory.pid),
    )
    if not found:
        return []
    figures = [Figure(f"{memory.name} ({memory.pid})", memory.rss_bytes / MIB, "MiB RSS") for memory in found]
    total = sum(memory.rss_bytes for memory in found)
    shared_out = sum(memory.pss_bytes for memory in found)
    figures.append(Figure("everything together", total / MIB, "MiB RSS", LIMIT_MIB))
    if shared_out:
        figures.append(Figure("everything, shared pages counted once", shared_out / MIB, "MiB PSS"))
    return figures


def list_processes(pids: Sequence[int] = ()) -> list[psutil.Process]:
    """Each once, with all descendants."""
    roots = [psutil.Process(pid) for pid in pids] if pids else list(_find_roots(settings.BASE_DIR))
    family = {process.pid: process for root in roots for process in (root, *root.children(recursive=True))}
    return [process for process in family.values() if process.status() != psutil.STATUS_ZOMBIE]


def _find_roots(folder: Path) -> Iterator[psutil.Process]:
    """Processes of the product whose working folder is the project's."""
    for process in psutil.process_iter():
        try:
            if find_name(process.cmdline()) and Path(process.cwd()) == folder:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def find_name(command: Sequence[str]) -> str:
    """The Procfile's name of a process by its command line; empty: none of ours."""
    line = " ".join(command)
    name = next((name for name, mark in _MARKS if mark in line), "")
    return f"{name} keeper" if name and "bin/keep" in line else name


def _read_memory(process: psutil.Process) -> ProcessMemory:
    command = process.cmdline()
    name = find_name(command) or (Path(command[0]).name if command else process.name())
    info = process.memory_full_info()
    return ProcessMemory(process.pid, name, info.rss, getattr(info, "pss", 0))
