"""`python -m inference check`: what this machine is, how fast every model of the profile runs on it, and what that means.

`prediction` has the formula behind the minutes; the server writes the same report by itself when there is none, see `self_check`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from inference.catalogue import Catalogue, Profile, load_catalogue
from inference.choice import Choice, Evidence, choose_profile, find_why_not
from inference.engines import build_engines
from inference.errors import InferenceError
from inference.hardware import Machine, describe_machine
from inference.measuring import measure_speeds, read_sample
from inference.prediction import Speeds, predict_minutes_per_hour, predict_speeds
from inference.settings import Settings, find_report_path
from inference.speech.audio import SAMPLE_RATE_HZ

Say = Callable[[str], None]


def measure_profile(profile: Profile, settings: Settings, *, say: Say) -> tuple[Speeds, int]:
    """Load and run every model once: the speeds, and the resident memory in MB with all of them loaded.

    Raises ModelUnavailable when files are missing, ModelFailed when a model does not load.
    """
    samples = asyncio.run(read_sample())
    engines = build_engines(settings, profile)
    try:
        for role in engines.bring_up():
            say(f"{role} is loaded: {profile.sets[role].title}")
        say(f"measuring on {samples.size / SAMPLE_RATE_HZ:.0f} s of speech")
        (speeds,) = (one for one in measure_speeds(engines, samples) if one is not None)
        return speeds, psutil.Process().memory_info().rss // 1_000_000
    finally:
        engines.close()


def build_report(
    choice: Choice,
    speeds: Speeds,
    *,
    memory_mb: int,
    machine: Machine,
    catalogue: Catalogue,
    models_dir: Path,
) -> dict[str, Any]:
    """The content of `hardware.json`; speeds rounded to three digits."""
    profile = choice.profile
    with_hearing = predict_speeds(speeds, measured=profile.cost, wanted=profile.cost)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": profile.name,
        "choice": choice.why,
        "machine": machine.to_json(),
        "speeds": {name: float(f"{value:.3g}") for name, value in asdict(speeds).items()},
        "minutes_per_hour": round(predict_minutes_per_hour(with_hearing), 1),
        "memory_mb": memory_mb,
        "larger_profiles": list_larger_profiles(
            profile,
            Evidence(machine=machine, measured=(profile, speeds)),
            catalogue=catalogue,
            models_dir=models_dir,
        ),
    }


def list_larger_profiles(
    profile: Profile, evidence: Evidence, *, catalogue: Catalogue, models_dir: Path
) -> list[dict[str, str | None]]:
    """Profiles above this one: what each needs, and why it is not the one in use (None: it could be)."""
    larger = []
    passed = False
    for one in catalogue.profiles.values():
        if passed and one.selectable:
            why_not = find_why_not(one, evidence, models_dir=models_dir)
            larger.append({"name": one.name, "title": one.title, "needs": one.needs, "why_not": why_not})
        passed = passed or one.name == profile.name
    return larger


def format_report(report: dict[str, Any]) -> str:
    """The report as a table for a terminal."""
    machine, speeds = report["machine"], report["speeds"]
    gpus = ", ".join(f"{gpu['name']} ({gpu['memory_mb']} MB)" for gpu in machine["gpus"]) or "none"
    lines = [
        (
            "Processor",
            f"{machine['processor']}, {machine['cores']} cores, {' '.join(machine['instruction_sets'])}",
        ),
        (
            "Memory",
            f"{machine['memory_mb'] / 1000:.1f} GB, {machine['memory_available_mb'] / 1000:.1f} GB free",
        ),
        (
            "Graphics card",
            gpus + ("" if machine["gpu_usable"] or not machine["gpus"] else ", not usable by this build"),
        ),
        ("Profile", f"{report['profile']}. {report['choice']}"),
        ("Memory in use", f"{report['memory_mb'] / 1000:.1f} GB with every model loaded"),
        ("Speech to text", f"{speeds['asr_rtf']} × real time"),
        ("Who spoke when", f"{speeds['diarization_rtf']} × real time"),
        ("Chat, reading", f"{speeds['prefill_tps']} tokens/s"),
        ("Chat, writing", f"{speeds['decode_tps']} tokens/s"),
        ("Sentence vectors", f"{speeds['embeddings_per_s']}/s"),
        ("One hour of meeting", f"about {max(1, round(report['minutes_per_hour']))} minutes"),
    ]
    lines += [
        (f"Profile {one['name']}", one["why_not"] or "can run here") for one in report["larger_profiles"]
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {value}" for name, value in lines)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 measured, 1 a model is missing or does not load, or a setting is wrong (said on stderr)."""
    parser = argparse.ArgumentParser(prog="python -m inference check", description="Measure this machine.")
    parser.add_argument(
        "--output", type=Path, default=find_report_path(os.environ), help="where the figures are written"
    )
    options = parser.parse_args(arguments)
    try:
        settings = replace(Settings.from_environ(), chat_base_url=None)  # this machine's own models
        catalogue = load_catalogue()
        choice = choose_profile(catalogue, settings)
        machine = describe_machine()
        speeds, memory_mb = measure_profile(choice.profile, settings, say=_say)
    except InferenceError as error:
        _say(error.message)
        return 1
    report = build_report(
        choice,
        speeds,
        memory_mb=memory_mb,
        machine=machine,
        catalogue=catalogue,
        models_dir=settings.models_dir,
    )
    write_report(options.output, report)
    print(format_report(report))
    return 0


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    os.replace(temporary, path)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
