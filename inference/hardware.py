"""What this machine is: processor, memory, graphics card."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from inference.settings import count_physical_cores

CPU_INFO = Path("/proc/cpuinfo")
INSTRUCTION_SETS = (
    "avx",
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "amx_int8",
    "f16c",
    "fma",
    "asimd",
    "asimddp",
    "i8mm",
    "sve",
)


@dataclass(frozen=True, kw_only=True)
class Gpu:
    name: str
    memory_mb: int


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`cores`: physical ones this process may use. `gpu_usable`: llama.cpp was built for it and sees it."""

    processor: str
    cores: int
    logical_cores: int
    instruction_sets: tuple[str, ...]
    memory_mb: int
    memory_available_mb: int
    gpus: tuple[Gpu, ...]
    gpu_usable: bool
    system: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def describe_machine() -> Machine:
    """Reads /proc/cpuinfo and asks `nvidia-smi` if it is there. About 0.3 s, most of it loading llama.cpp."""
    from llama_cpp import llama_cpp

    info = CPU_INFO.read_text("utf-8", "replace") if CPU_INFO.exists() else ""
    memory = psutil.virtual_memory()
    return Machine(
        processor=parse_processor(info) or platform.processor() or platform.machine(),
        cores=count_physical_cores(),
        logical_cores=os.cpu_count() or 1,
        instruction_sets=parse_instruction_sets(info),
        memory_mb=memory.total // 1_000_000,
        memory_available_mb=memory.available // 1_000_000,
        gpus=list_gpus(),
        gpu_usable=bool(llama_cpp.llama_supports_gpu_offload()),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
    )


def parse_processor(info: str) -> str | None:
    """The name in /proc/cpuinfo; ARM writes none."""
    found = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return found[1].strip() if found else None


def parse_instruction_sets(info: str) -> tuple[str, ...]:
    """Those of INSTRUCTION_SETS that /proc/cpuinfo names (`flags` on x86, `Features` on ARM)."""
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    return tuple(name for name in INSTRUCTION_SETS if name in flags)


def list_gpus() -> tuple[Gpu, ...]:
    """NVIDIA cards with their memory; none where `nvidia-smi` is missing or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(answer)


def parse_gpus(answer: str) -> tuple[Gpu, ...]:
    """Lines of `name, MiB`; others are left out."""
    pairs = (line.rsplit(",", 1) for line in answer.splitlines() if "," in line)
    return tuple(
        Gpu(name=name.strip(), memory_mb=int(size)) for name, size in pairs if size.strip().isdigit()
    )
