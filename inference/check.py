"""`python -m inference check`: what this machine is, how fast every model of the profile runs on it, and what that means.

    minutes per hour = 60 · (asr_rtf + diarization_rtf)
                     + (READ_TOKENS / prefill_tps + WRITTEN_TOKENS / decode_tps + SENTENCES / embeddings_per_s) / 60

A real-time factor is seconds of computing per second of audio. The token counts are what the notes of an hour take: about 9,000
words are spoken, 12,000 tokens, each read twice (to find what matters, and to write and check it), and some 60 items are written.
`docs/quality.md` has the same figure measured on whole meetings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from inference.catalogue import Catalogue, Profile, load_catalogue
from inference.chat.engine import ChatEngine
from inference.chat.request import ChatPiece, ChatRequest
from inference.embedding import EmbeddingEngine
from inference.engines import build_engines
from inference.errors import InferenceError
from inference.hardware import Machine, describe_machine
from inference.settings import PROJECT_DIR, Settings
from inference.speech.audio import SAMPLE_RATE_HZ, decode_audio
from inference.speech.diarization import DiarizationRequest
from inference.speech.whisper import TranscriptionRequest

READ_TOKENS = 24_000
WRITTEN_TOKENS = 2_500
SENTENCES = 700
SAMPLE_PATH = Path(__file__).with_name("sample.opus")  # 60 s of a meeting, four synthetic voices, CC0
TEXT = (
    "The team went through the open points of last week. Two of them are closed, the third waits for an answer from the supplier. "
    "Prices for the spring were discussed at length, and the proposal with three steps found most support. "
)
WRITTEN_SAMPLE_TOKENS = 32

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """Factors: seconds of computing per second of audio. Others: per second."""

    asr_rtf: float
    diarization_rtf: float
    prefill_tps: float
    decode_tps: float
    embeddings_per_s: float


def predict_minutes_per_hour(speeds: Speeds) -> float:
    """Minutes of work for one hour of meeting; the formula is the module's docstring."""
    notes_s = (
        READ_TOKENS / speeds.prefill_tps
        + WRITTEN_TOKENS / speeds.decode_tps
        + SENTENCES / speeds.embeddings_per_s
    )
    return 60 * (speeds.asr_rtf + speeds.diarization_rtf) + notes_s / 60


def measure_profile(profile: Profile, settings: Settings, *, say: Say) -> tuple[Speeds, int]:
    """Load and run every model once: the speeds, and the resident memory in MB with all of them loaded.

    Raises ModelUnavailable when files are missing, ModelFailed when a model does not load.
    """
    samples = asyncio.run(_read_samples())
    engines = build_engines(settings, profile)
    try:
        for role in engines.bring_up():
            say(f"{role} is loaded: {profile.sets[role].title}")
        say(f"measuring on {samples.size / SAMPLE_RATE_HZ:.0f} s of speech")
        speeds = Speeds(
            asr_rtf=_measure_rtf(
                lambda: engines.whisper.transcribe(samples, TranscriptionRequest(language="en")), samples
            ),
            diarization_rtf=_measure_rtf(
                lambda: engines.diarization.diarize(samples, DiarizationRequest()), samples
            ),
            embeddings_per_s=_measure_sentences(engines.embedding),
            **_measure_chat(engines.chat),
        )
        return speeds, psutil.Process().memory_info().rss // 1_000_000
    finally:
        engines.close()


def build_report(
    profile: Profile,
    speeds: Speeds,
    *,
    memory_mb: int,
    machine: Machine,
    catalogue: Catalogue,
    models_dir: Path,
) -> dict[str, Any]:
    """The content of `hardware.json`; speeds rounded to three digits."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": profile.name,
        "machine": machine.to_json(),
        "speeds": {name: float(f"{value:.3g}") for name, value in asdict(speeds).items()},
        "minutes_per_hour": round(predict_minutes_per_hour(speeds), 1),
        "memory_mb": memory_mb,
        "larger_profiles": list_larger_profiles(
            profile, machine=machine, catalogue=catalogue, models_dir=models_dir
        ),
    }


def list_larger_profiles(
    profile: Profile, *, machine: Machine, catalogue: Catalogue, models_dir: Path
) -> list[dict[str, str | None]]:
    """Profiles above this one: what each needs, and why it is not the one in use (None: it could be)."""
    larger = []
    passed = False
    for one in catalogue.profiles.values():
        if passed and one.selectable:
            why_not = one.find_obstacle(
                memory_mb=machine.memory_mb, cores=machine.cores, has_gpu=machine.gpu_usable
            )
            if why_not is None and one.list_missing(models_dir):
                why_not = f"its files are not here: python -m inference models fetch {one.name}"
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
        ("Profile", report["profile"]),
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
    data_dir = Path(os.environ.get("MINUTEBOOK_DATA_DIR") or PROJECT_DIR / "var")
    parser.add_argument(
        "--output", type=Path, default=data_dir / "hardware.json", help="where the figures are written"
    )
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environ()
        catalogue = load_catalogue()
        profile = catalogue.choose_profile(settings.profile, models_dir=settings.models_dir)
        machine = describe_machine()
        speeds, memory_mb = measure_profile(profile, settings, say=_say)
    except InferenceError as error:
        _say(error.message)
        return 1
    report = build_report(
        profile,
        speeds,
        memory_mb=memory_mb,
        machine=machine,
        catalogue=catalogue,
        models_dir=settings.models_dir,
    )
    _write(options.output, report)
    print(format_report(report))
    return 0


def _write(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    os.replace(temporary, path)


async def _read_samples() -> np.ndarray:
    with SAMPLE_PATH.open("rb") as file:
        return await decode_audio(file, max_s=120)


def _measure_rtf(work: Callable[[], Iterator[object]], samples: np.ndarray) -> float:
    started_at = time.monotonic()
    for _ in work():
        pass
    return (time.monotonic() - started_at) / (samples.size / SAMPLE_RATE_HZ)


def _measure_sentences(engine: EmbeddingEngine) -> float:
    texts = [f"{number}: {sentence}" for number in range(16) for sentence in TEXT.split(". ") if sentence]
    started_at = time.monotonic()
    for _ in engine.embed(texts):
        pass
    return len(texts) / (time.monotonic() - started_at)


def _measure_chat(engine: ChatEngine) -> dict[str, float]:
    """Two different prompts; the better speeds, since somebody else may use the machine for a moment."""
    prefill, decode = [], []
    for round_ in range(2):
        content = f"Meeting {round_}. Write down everything again that follows. {TEXT * 2}"
        request = ChatRequest(
            messages=[{"role": "user", "content": content}], temperature=0.0, max_tokens=WRITTEN_SAMPLE_TOKENS
        )
        last = [piece for piece in engine.generate(request) if isinstance(piece, ChatPiece)][-1]
        if last.usage is None or last.timings is None:
            raise RuntimeError("the last piece of a generation has its figures")
        prefill.append((last.usage.prompt_tokens - last.usage.cached_tokens) / last.timings.prefill_s)
        decode.append(max(1, last.usage.completion_tokens) / max(last.timings.decode_s, 1e-6))
    return {"prefill_tps": max(prefill), "decode_tps": max(decode)}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
