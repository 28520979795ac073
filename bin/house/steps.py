"""Run commands side by side, say how far they are, and show the end of the log of one that fails."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TELL_EVERY_S = 15.0
SHOWN_LOG_LINES = 40
SHOWN_LINE_LENGTH = 300
# What ninja says while it compiles: "[37/212] Building …".
NINJA_COUNT = re.compile(r"\[(\d+)/(\d+)\]")


class SetupError(Exception):
    """A sentence for the person at the keyboard: what is missing and what to do."""


@dataclass
class Step:
    """One command. Its output goes to `log`, not to the screen."""

    title: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    started: float = field(default=0.0, init=False)
    process: subprocess.Popen | None = field(default=None, init=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.started = time.monotonic()
        with self.log.open("wb") as log:
            # A group of its own: a compiler must end with the pip that started it.
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it with everything it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()

    def spent(self) -> str:
        """Time since the start, as `m:ss`."""
        seconds = round(time.monotonic() - self.started)
        return f"{seconds // 60}:{seconds % 60:02}"

    def find_progress(self) -> str:
        """The compiler's count, else the last line of the log, shortened; empty when it has said nothing."""
        tail = self._read_tail()
        if counts := NINJA_COUNT.findall(tail):
            return "compiled {} of {} files".format(*counts[-1])
        lines = [line.strip() for line in re.split(r"[\r\n]+", tail)]
        lines = [line for line in lines if line and not line.startswith("WARNING")]
        return lines[-1][:100] if lines else ""

    def describe_failure(self) -> str:
        lines = self._read_tail(size_bytes=40_000).splitlines()[-SHOWN_LOG_LINES:]
        end = "\n".join(f"    {line[:SHOWN_LINE_LENGTH]}" for line in lines)
        code = self.process.returncode
        how = f"exit code {code}" if code > 0 else f"ended by {signal.Signals(-code).name}"
        return f"{self.title}: failed ({how}). The end of {self.log}:\n\n{end}\n\nWhat is done stays; run it again to go on."

    def _read_tail(self, *, size_bytes: int = 4_000) -> str:
        with self.log.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - size_bytes))
            return log.read().decode(errors="replace")


def say(text: str) -> None:
    """A line for the person, at once."""
    print(text, flush=True)


def run_steps(*steps: Step) -> None:
    """Run all of them at the same time. Raises SetupError when one fails, after ending the others."""
    for step in steps:
        say(f"  … {step.title}")
        step.start()
    running = list(steps)
    told = time.monotonic()
    try:
        while running:
            time.sleep(0.1)
            for step in [step for step in running if step.process.poll() is not None]:
                running.remove(step)
                if step.process.returncode:
                    raise SetupError(step.describe_failure())
                say(f"  ✓ {step.title} ({step.spent()})")
            if running and time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                for step in running:
                    say(f"    {step.title}, {step.spent()}: {step.find_progress() or 'still working'}")
    finally:
        for step in running:
            step.stop()


def run_here(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Run one command on this screen and return its exit code."""
    sys.stdout.flush()
    return subprocess.run(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL).returncode
