"""The server measures itself once, when nobody has done so: the models page then says how long an hour of meeting takes.

    ready ─▶ a report of this profile lies in the data folder ─▶ nothing
          └▶ none ─▶ QUIET_S later, behind all other work (Priority.IDLE) ─▶ hardware.json

The models are loaded already, so it costs no memory; whatever else comes runs between two pieces and is not counted.
"""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import psutil

from inference.catalogue import Profile, load_catalogue
from inference.check import build_report, write_report
from inference.choice import Choice
from inference.engines import Engines
from inference.hardware import describe_machine
from inference.measuring import measure_speeds, read_sample
from inference.prediction import Speeds
from inference.scheduler import Priority, Scheduler
from inference.settings import Settings

QUIET_S = 15.0  # after start: what else starts with the server is done by then

logger = logging.getLogger(__name__)


async def measure_once(
    choice: Choice, settings: Settings, *, engines: Engines, scheduler: Scheduler, wait_s: float = QUIET_S
) -> None:
    """Write the report, unless there is one, it is not wanted (`settings.report_path` None), or another server writes the notes: its speed is not this
    machine's. Raises what the work raises."""
    path = settings.report_path
    if path is None or settings.chat_base_url or is_measured(path, choice.profile):
        return
    await asyncio.sleep(wait_s)
    samples = await read_sample()
    speeds: list[Speeds] = await scheduler.run(
        lambda: measure_speeds(engines, samples), priority=Priority.IDLE
    )
    machine = await asyncio.to_thread(describe_machine)
    report = build_report(
        choice,
        speeds[-1],
        memory_mb=psutil.Process().memory_info().rss // 1_000_000,
        machine=machine,
        catalogue=load_catalogue(),
        models_dir=settings.models_dir,
    )
    await asyncio.to_thread(write_report, path, report)
    logger.info("measured: about %.0f minutes for an hour of meeting", report["minutes_per_hour"])


def is_measured(path: Path, profile: Profile) -> bool:
    """Whether a report of this profile lies there."""
    try:
        report = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and report.get("profile") == profile.name
