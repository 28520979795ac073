"""The server measures itself once, behind everything else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from inference.catalogue import load_catalogue
from inference.chat.engine import ChatEngine
from inference.choice import Choice
from inference.engines import build_engines
from inference.scheduler import Priority, Scheduler
from inference.self_check import measure_once
from inference.settings import Settings
from tests.inference.chat.conftest import endless_path, make_engine  # noqa: F401  (fixtures)
from tests.tiers import MODELS_DIR

CHOICE = Choice(profile=load_catalogue().get_profile("compact"), why="It was named.")


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    scheduler = Scheduler(name="test")
    yield scheduler
    scheduler.close()


@pytest.fixture
def engines(make_engine: Callable[..., ChatEngine], endless_path: Path) -> SimpleNamespace:  # noqa: F811
    """A real chat engine with a random model; speech and vectors are stand-ins that do nothing in one piece."""

    def nothing(*arguments: object) -> Iterator[None]:
        yield None

    return SimpleNamespace(
        whisper=SimpleNamespace(transcribe=nothing),
        diarization=SimpleNamespace(diarize=nothing),
        embedding=SimpleNamespace(embed=nothing),
        chat=make_engine(endless_path),
    )


def make_settings(path: Path | None) -> Settings:
    return replace(Settings(), report_path=path)


async def test_a_machine_that_was_not_measured_is(
    tmp_path: Path, scheduler: Scheduler, engines: SimpleNamespace
):
    path = tmp_path / "data" / "hardware.json"
    settings = make_settings(path)
    await measure_once(CHOICE, settings, engines=engines, scheduler=scheduler, wait_s=0)
    report = json.loads(path.read_text("utf-8"))
    assert report["profile"] == "compact"
    assert report["speeds"]["decode_tps"] > 0

    path.write_text(json.dumps({"profile": "compact", "by": "hand"}), "utf-8")
    await measure_once(CHOICE, settings, engines=engines, scheduler=scheduler, wait_s=0)
    assert json.loads(path.read_text("utf-8"))["by"] == "hand"


@pytest.mark.parametrize("content", ["", "[]", '{"profile": "gemma"}'])
async def test_a_report_that_is_damaged_or_of_another_profile_is_replaced(
    tmp_path: Path, scheduler: Scheduler, engines: SimpleNamespace, content: str
):
    path = tmp_path / "hardware.json"
    path.write_text(content, "utf-8")
    await measure_once(CHOICE, make_settings(path), engines=engines, scheduler=scheduler, wait_s=0)
    assert json.loads(path.read_text("utf-8"))["profile"] == "compact"


async def test_switched_off_it_does_nothing(scheduler: Scheduler):
    await measure_once(CHOICE, make_settings(None), engines=None, scheduler=scheduler, wait_s=0)


def test_environment_says_where_and_whether(tmp_path: Path):
    environ = {"MINUTEBOOK_DATA_DIR": str(tmp_path)}
    assert Settings.from_environ(environ).report_path == tmp_path / "hardware.json"
    assert Settings.from_environ({**environ, "INFERENCE_SELF_CHECK": "0"}).report_path is None


def test_batch_work_goes_before_it(scheduler: Scheduler):
    order: list[str] = []
    may_begin, running = threading.Event(), threading.Event()

    def measure() -> Iterator[None]:
        running.set()
        may_begin.wait(10)
        for _ in range(3):
            order.append("measuring")
            yield None

    def work() -> Iterator[None]:
        order.append("batch")
        yield None

    first = threading.Thread(target=lambda: scheduler.run_blocking(measure, priority=Priority.IDLE))
    first.start()
    running.wait(10)
    second = threading.Thread(target=lambda: scheduler.run_blocking(work, priority=Priority.BATCH))
    second.start()
    while not scheduler._waiting[Priority.BATCH]:
        pass
    may_begin.set()
    first.join(10)
    second.join(10)
    assert order == ["measuring", "batch", "measuring", "measuring"]


@pytest.mark.models
async def test_with_the_real_models(tmp_path: Path, scheduler: Scheduler):
    settings = replace(make_settings(tmp_path / "hardware.json"), models_dir=MODELS_DIR, threads=2)
    engines = build_engines(settings, CHOICE.profile)
    await scheduler.run(engines.bring_up, priority=Priority.INTERACTIVE)
    try:
        await measure_once(CHOICE, settings, engines=engines, scheduler=scheduler, wait_s=0)
    finally:
        engines.close()
    report = json.loads((tmp_path / "hardware.json").read_text("utf-8"))
    assert np.isfinite(report["minutes_per_hour"])
    assert all(value > 0 for value in report["speeds"].values())
