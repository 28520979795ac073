"""The command line of the bench."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from inference.bench.figures import Figure, format_figures
from inference.bench.ground import Ground, Options
from inference.bench.rows import ROWS
from inference.catalogue import load_catalogue
from inference.choice import choose_profile
from inference.errors import InferenceError
from inference.hardware import describe_machine
from inference.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 measured, 1 a model or a recording is missing or cannot be used (said on stderr), 2 wrong arguments."""
    options = _parse(arguments)
    try:
        settings = replace(Settings.from_environ(), chat_base_url=None)  # this machine's own models
        profile = choose_profile(load_catalogue(), settings).profile
        ground = Ground(settings, profile, _to_options(options), say=_say)
        try:
            figures: list[Figure] = []
            for found in measure_rows(options.rows or list(ROWS), ground, say=_say):
                figures += found
                if options.json:  # after each row: a run takes long
                    _write(options.json, figures, profile=profile.name)
        finally:
            ground.close()
    except InferenceError as error:
        _say(error.message)
        return 1
    except OSError as error:
        _say(f"A file cannot be read: {error.strerror}.")
        return 1
    print(format_figures(figures))
    return 0


def measure_rows(names: list[str], ground: Ground, *, say: Callable[[str], None]) -> Iterator[list[Figure]]:
    """The figures of each of these rows, in the table's order."""
    for name, row in ROWS.items():
        if name not in names:
            continue
        say(f"{name}: {row.title}")
        started_at = time.monotonic()
        yield row.measure(ground)
        say(f"{name}: took {time.monotonic() - started_at:.0f} s")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    listing = "\n".join(f"  {name:10} {row.title}" for name, row in ROWS.items())
    parser = argparse.ArgumentParser(
        prog="python -m inference bench",
        description=f"Measure the model server on this machine.\n\nrows:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="default: all")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures to this file too")
    parser.add_argument(
        "--recording", type=Path, metavar="PATH", help="a meeting; default: the minute that comes with it"
    )
    parser.add_argument(
        "--reference", type=Path, metavar="PATH", help="what is said in it: JSON with `segments`"
    )
    parser.add_argument(
        "--quiet", type=Path, nargs="+", default=[], metavar="PATH", help="recordings without speech"
    )
    parser.add_argument("--captions-seconds", type=float, default=Options.captions_s, metavar="S")
    parser.add_argument(
        "--minutes", type=float, default=Options.minutes, metavar="M", help="length of batch work and silence"
    )
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.rows if name not in ROWS]:
        parser.error(f"there is no row {unknown[0]!r}; rows: {', '.join(ROWS)}")
    return options


def _to_options(options: argparse.Namespace) -> Options:
    return Options(
        recording_path=options.recording,
        reference_path=options.reference,
        quiet_paths=tuple(options.quiet),
        captions_s=options.captions_seconds,
        minutes=options.minutes,
    )


def _write(path: Path, figures: Sequence[Figure], *, profile: str) -> None:
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "profile": profile,
        "machine": describe_machine().to_json(),
        "figures": [figure.to_json() for figure in figures],
    }
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
