"""Which profile does this machine run, and why?

INFERENCE_PROFILE names one ─▶ that one
auto ─▶ of the profiles whose files are here the largest without an obstacle: memory, then a card it fits on, then the speed that
        was measured on this machine, then, where nothing was measured, the number of cores
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.catalogue import AUTO, DEFAULT_PROFILE, Catalogue, Profile
from inference.hardware import Machine, describe_machine
from inference.prediction import Speeds, predict_minutes_per_hour, predict_speeds, read_measured
from inference.settings import Settings

MEMORY_SHARE = 0.8  # of the machine's: the rest is for the product and the system
MAX_MINUTES_PER_HOUR = 30.0  # a meeting's captions run while the one before is worked on


@dataclass(frozen=True, kw_only=True)
class Choice:
    """`why`: one sentence for the person who runs this, with what stands in the way of each larger profile."""

    profile: Profile
    why: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`measured`: a profile and the speeds it had on this machine."""

    machine: Machine
    measured: tuple[Profile, Speeds] | None = None


def choose_profile(catalogue: Catalogue, settings: Settings, *, name: str | None = None) -> Choice:
    """`name` None: the one of the settings. Raises ConfigurationError for a profile that does not exist."""
    name = name or settings.profile
    if name != AUTO:
        return Choice(profile=catalogue.get_profile(name), why="INFERENCE_PROFILE names it.")
    evidence = gather_evidence(catalogue, settings)
    reasons: list[str] = []
    for profile in reversed(catalogue.profiles.values()):
        if not profile.selectable:
            continue
        why_not = find_why_not(profile, evidence, models_dir=settings.models_dir)
        if why_not is None:
            return Choice(profile=profile, why=_tell("It is the largest that can run here.", reasons))
        reasons.insert(0, f"{profile.name}: {why_not}.")
    return Choice(
        profile=catalogue.get_profile(DEFAULT_PROFILE), why=_tell("It is the one for any machine.", reasons)
    )


def gather_evidence(catalogue: Catalogue, settings: Settings) -> Evidence:
    """What this machine is and what was measured on it, if anything was. About 0.3 s."""
    found = read_measured(settings.report_path)
    profile = catalogue.profiles.get(found[0]) if found else None
    return Evidence(machine=describe_machine(), measured=(profile, found[1]) if found and profile else None)


def find_why_not(profile: Profile, evidence: Evidence, *, models_dir: Path) -> str | None:
    """What keeps this machine from running it; None when nothing does."""
    if obstacle := find_obstacle(profile, evidence):
        return obstacle
    if profile.list_missing(models_dir):
        return f"its files are not here: python -m inference models fetch {profile.name}"
    return None


def find_obstacle(profile: Profile, evidence: Evidence) -> str | None:
    """As `find_why_not`, whatever files are here."""
    machine = evidence.machine
    if machine.memory_mb * MEMORY_SHARE < profile.memory_mb:
        return f"it takes {profile.memory_mb / 1000:.1f} GB of memory and this machine has {machine.memory_mb / 1000:.1f} GB"
    if machine.gpu_usable and (not machine.gpus or machine.gpus[0].memory_mb >= profile.gpu_mb):
        return None  # a card whose size nobody tells is believed
    if evidence.measured is None:
        if machine.cores < profile.min_cores:
            return f"without a GPU it needs {profile.min_cores} cores to keep up and this machine has {machine.cores}"
        return None
    measured, speeds = evidence.measured
    wanted = predict_speeds(speeds, measured=measured.cost, wanted=profile.cost)
    minutes = predict_minutes_per_hour(wanted)
    if minutes > MAX_MINUTES_PER_HOUR:
        return f"an hour of meeting would take about {minutes:.0f} minutes, by the speed measured here with {measured.name}"
    return None


def _tell(first: str, reasons: list[str]) -> str:
    return " ".join([first, *reasons])
