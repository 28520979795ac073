"""What Prometheus is told."""

from __future__ import annotations

import re

from inference.metrics import Metrics
from inference.scheduler import Priority, Scheduler
from tests.tiers import PROJECT_DIR


async def test_a_scheduler_tells_what_it_does():
    metrics = Metrics()
    scheduler = Scheduler(name="cpu", observer=metrics)
    metrics.watch_piece_age(lambda: scheduler.piece_age_s)
    try:
        await scheduler.run(lambda: iter([1]), priority=Priority.LIVE)
    finally:
        scheduler.close()
    text = metrics.render().decode()
    assert 'inference_queue_depth{priority="live",scheduler="cpu"} 0.0' in text
    assert 'inference_work_total{outcome="finished",priority="live",scheduler="cpu"} 1.0' in text
    assert 'inference_queue_wait_seconds_count{priority="live",scheduler="cpu"} 1.0' in text
    assert "inference_piece_age_seconds 0.0" in text


def test_audio_is_counted_in_seconds_and_as_a_factor():
    metrics = Metrics()
    metrics.audio_done(task="transcription", audio_s=60.0, elapsed_s=6.0)
    metrics.audio_done(task="transcription", audio_s=0.0, elapsed_s=0.1)
    text = metrics.render().decode()
    assert 'inference_audio_seconds_total{task="transcription"} 60.0' in text
    assert 'inference_real_time_factor_count{task="transcription"} 1.0' in text
    assert 'inference_real_time_factor_sum{task="transcription"} 0.1' in text


def test_tokens_and_memory():
    metrics = Metrics()
    metrics.tokens_done(phase="decode", per_second=16.0)
    text = metrics.render().decode()
    assert 'inference_tokens_per_second_sum{phase="decode"} 16.0' in text
    assert "inference_resident_memory_bytes" in text


def test_two_servers_in_one_process_count_for_themselves():
    first, second = Metrics(), Metrics()
    first.request_answered(route="/health", status=200)
    assert 'route="/health"' not in second.render().decode()


def test_the_documentation_lists_exactly_these():
    metrics = Metrics()
    metrics.watch_piece_age(lambda: 0.0)
    text = (PROJECT_DIR / "docs" / "model-server.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(inference_\w+)` \|", text, re.MULTILINE))
    assert {name.removesuffix("_total") for name in documented} == {
        family.name for family in metrics.registry.collect()
    }
