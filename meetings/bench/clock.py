"""Timing a call on a machine that does other things too."""

import dataclasses
import statistics
import time
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Timing:
    """Milliseconds over several runs. The fastest is nearest to what the code costs; the median is what a person meets."""

    fastest_ms: float
    median_ms: float
    slowest_ms: float
    p95_ms: float
    all_ms: tuple[float, ...] = ()


def time_call(call: Callable[[], object], *, runs: int = 7, warm_up: int = 1) -> Timing:
    """`warm_up` calls come first and do not count: they compile templates and fill caches."""
    for _ in range(warm_up):
        call()
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return Timing(
        min(spent),
        statistics.median(spent),
        max(spent),
        sorted(spent)[min(len(spent) - 1, int(len(spent) * 0.95))],
        tuple(spent),
    )
