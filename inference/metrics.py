"""What Prometheus may ask: one registry per application, no labels that carry content."""

from __future__ import annotations

from collections.abc import Callable

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from inference.scheduler import Priority

WAIT_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
RATE_BUCKETS = (1, 2, 4, 8, 12, 16, 24, 32, 64, 128, 256)
REAL_TIME_BUCKETS = (0.01, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.35, 0.5, 1, 2)


class Metrics:
    """Counters of one server. Implements `scheduler.Observer`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        by_work = ("scheduler", "priority")
        self._depth = self._gauge("inference_queue_depth", "Work waiting or paused.", by_work)
        self._wait = self._histogram(
            "inference_queue_wait_seconds", "From arrival to the first piece.", by_work, WAIT_BUCKETS_S
        )
        self._work = self._counter("inference_work", "Work that ended, by outcome.", (*by_work, "outcome"))
        self._busy = self._counter("inference_busy_seconds", "Time the model thread worked.", by_work)
        self._requests = self._counter(
            "inference_requests", "Answers by route and status.", ("route", "status")
        )
        self._tokens_per_s = self._histogram(
            "inference_tokens_per_second", "Speed of chat requests, by phase.", ("phase",), RATE_BUCKETS
        )
        self._real_time = self._histogram(
            "inference_real_time_factor",
            "Seconds of work per second of audio.",
            ("task",),
            REAL_TIME_BUCKETS,
        )
        self._audio = self._counter("inference_audio_seconds", "Audio worked through.", ("task",))
        self._fallbacks = self._counter(
            "inference_fallbacks", "Sounds and pictures that another engine put into words.", ("part", "why")
        )
        self._sessions = self._gauge("inference_realtime_sessions", "Live sessions that are open.", ())
        self._captions = self._histogram(
            "inference_caption_delay_seconds",
            "partial: from the newest sound to its text; final: from the end of the utterance to its text.",
            ("kind",),
            WAIT_BUCKETS_S,
        )
        self._prompts = self._counter(
            "inference_prompt_tokens", "Tokens of prompts: found in the cache, or read.", ("source",)
        )
        self._guesses = self._counter(
            "inference_guessed_tokens", "Tokens the drafter guessed, accepted or rejected.", ("outcome",)
        )
        self._speedup = self._gauge(
            "inference_draft_speedup",
            "Time per token without the drafter over time with it; off below 1.",
            (),
        )
        memory = Gauge(
            "inference_resident_memory_bytes", "Resident memory of this process.", registry=self.registry
        )
        memory.set_function(lambda: psutil.Process().memory_info().rss)

    def watch_piece_age(self, read_s: Callable[[], float]) -> None:
        """`read_s`: for how long the model thread has been at its present piece. Minutes mean that it hangs."""
        age = Gauge(
            "inference_piece_age_seconds",
            "Age of the piece on the model thread; 0 when idle.",
            registry=self.registry,
        )
        age.set_function(read_s)

    # -- scheduler.Observer -----------------------------------------------------------------------------------------

    def queue_changed(self, *, scheduler: str, priority: Priority, depth: int) -> None:
        self._depth.labels(scheduler, priority.name.lower()).set(depth)

    def work_started(self, *, scheduler: str, priority: Priority, waited_s: float) -> None:
        self._wait.labels(scheduler, priority.name.lower()).observe(waited_s)

    def work_ended(self, *, scheduler: str, priority: Priority, outcome: str, busy_s: float) -> None:
        self._work.labels(scheduler, priority.name.lower(), outcome).inc()
        self._busy.labels(scheduler, priority.name.lower()).inc(busy_s)

    # -- routes -----------------------------------------------------------------------------------------------------

    def request_answered(self, *, route: str, status: int) -> None:
        self._requests.labels(route, str(status)).inc()

    def audio_done(self, *, task: str, audio_s: float, elapsed_s: float) -> None:
        """`task`: transcription, diarization or voice. `elapsed_s` includes waiting for more urgent work."""
        self._audio.labels(task).inc(audio_s)
        if audio_s > 0:
            self._real_time.labels(task).observe(elapsed_s / audio_s)

    def fell_back(self, *, part: str, why: str) -> None:
        """`part`: audio or image of a chat, or speech (a window of a transcript)."""
        self._fallbacks.labels(part, why).inc()

    def sessions_changed(self, count: int) -> None:
        self._sessions.set(count)

    def caption_shown(self, *, kind: str, delay_s: float) -> None:
        """`kind`: partial or final. A partial without text counts too: its sound was read."""
        self._captions.labels(kind).observe(delay_s)

    def tokens_done(self, *, phase: str, per_second: float) -> None:
        """`phase`: prefill or decode."""
        self._tokens_per_s.labels(phase).observe(per_second)

    def prompt_done(self, *, cached: int, read: int) -> None:
        """Of one generation."""
        self._prompts.labels("cached").inc(cached)
        self._prompts.labels("read").inc(read)

    def guesses_done(self, *, guessed: int, accepted: int, speedup: float | None) -> None:
        """Of one generation."""
        self._guesses.labels("accepted").inc(accepted)
        self._guesses.labels("rejected").inc(guessed - accepted)
        if speedup is not None:
            self._speedup.set(speedup)

    def render(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...]) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)
