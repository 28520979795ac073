"""`bin/test`: everything that has to be there for the tests, then every tier of them."""

import argparse
import os
import shutil
import time
from collections.abc import Callable

from house.environment import get_data_dir, load_environ
from house.ground import PROJECT_DIR, VENV_DIR
from house.install import PYTHON, install
from house.postgres import find_binaries, run_postgres
from house.steps import SetupError, Step, run_here, run_steps, say

HELP = """\
Sets up whatever is missing and runs every test. Tiers, each of which can be asked for by name:

  lint      ruff, and that every change of a model has its migration
  unit      everything that needs neither weights nor a browser, on SQLite
  postgres  the same for the Django half, on a PostgreSQL server that lives as long as the tests
  models    with the real weights
  e2e       with a real browser
  faults    processes killed, disks full, networks cut

Words after `--` go to pytest: bin/test unit -- tests/meetings/test_access.py -x
Under CI=true a tier that cannot run is a failure, not a skip.
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUICK = "not models and not e2e and not postgres"
# Their tests wait for processes, pages and clocks more than they compute. A file stays with one worker, since its tests share processes.
TWO_FILES_AT_ONCE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
Tier = Callable[[dict[str, str], list[str]], int]


def main(arguments: list[str]) -> int:
    """0 when every tier passed. Raises SetupError when something is missing that cannot be installed from here."""
    ours, theirs = _split(arguments)
    parser = argparse.ArgumentParser(
        prog="bin/test", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "tiers", nargs="*", metavar="tier", choices=[[], *TIERS], help="all of them when none is named"
    )
    names = parser.parse_args(ours).tiers or list(TIERS)
    environ = load_environ()
    environ.pop("DATABASE_URL", None)  # the tests have databases of their own
    say("Setting up the tests.")
    install_system_packages(names, environ)
    install(environ, dev=True, models=bool({"models", "e2e", "faults"} & set(names)))
    results = {}
    for name in names:
        say(f"\n=== {name} ===")
        started = time.monotonic()
        code = TIERS[name](environ, theirs)
        results[name] = (code, round(time.monotonic() - started))
    return tell_results(results)


def tell_results(results: dict[str, tuple[int, int]]) -> int:
    """One line a tier; 0 when all passed."""
    say("")
    for name, (code, seconds) in results.items():
        say(f"{name:<9} {'passed' if code == 0 else f'FAILED (exit code {code})'}, {seconds} s")
    return 0 if all(code == 0 for code, _ in results.values()) else 1


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


# --- what the system must have ---------------------------------------------------------------------
def install_system_packages(names: list[str], environ: dict[str, str]) -> None:
    """Chromium and PostgreSQL: installed when we are root on Debian, else named. Raises SetupError in CI."""
    missing = []
    if "e2e" in names and not environ.get("CHROMIUM") and not any(map(shutil.which, BROWSERS)):
        missing.append("chromium")
    if "postgres" in names and find_binaries() is None:
        missing.append("postgresql")
    if not missing:
        return
    command = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        text = f"Missing for the tests: {', '.join(missing)}. As root: {command}"
        if environ.get("CI"):
            raise SetupError(text)
        say(text)
        return
    logs = get_data_dir(environ) / "logs"
    quiet = environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run_steps(
        Step("the system's list of packages", ["apt-get", "update"], logs / "apt-update.log", env=quiet)
    )
    run_steps(Step(" and ".join(missing), command.split(), logs / "apt-install.log", env=quiet))


# --- tiers -----------------------------------------------------------------------------------------
def _pytest(environ: dict[str, str], *arguments: str) -> int:
    return run_here([PYTHON, "-m", "pytest", *arguments], env=environ, cwd=PROJECT_DIR)


def run_lint(environ: dict[str, str], theirs: list[str]) -> int:
    ruff = str(VENV_DIR / "bin" / "ruff")
    manage = environ | {"SECRET_KEY": "only-for-tests"}
    commands = (
        ([ruff, "check", ".", "bin/keep", "bin/redis"], environ),
        ([ruff, "format", "--check", ".", "bin/keep", "bin/redis"], environ),
        ([PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], manage),
    )
    return max(run_here(argv, env=env, cwd=PROJECT_DIR) for argv, env in commands)


def run_unit(environ: dict[str, str], theirs: list[str]) -> int:
    return _pytest(environ, "-m", QUICK, "-n", "auto", "--ignore=tests/faults", *theirs)


def run_on_postgres(environ: dict[str, str], theirs: list[str]) -> int:
    """The Django half once more; the model server has no database."""
    if find_binaries() is None and not environ.get("CI"):
        say("Skipped: PostgreSQL is missing.")
        return 0
    marks = "not models and not e2e"
    chosen = theirs or ["tests/meetings", "tests/house"]
    with run_postgres() as url:
        return _pytest(environ | {"DATABASE_URL": url}, "-m", marks, "-n", "auto", *chosen)


def run_models(environ: dict[str, str], theirs: list[str]) -> int:
    return _pytest(environ, "-m", "models and not e2e", "--ignore=tests/faults", *theirs)


def run_e2e(environ: dict[str, str], theirs: list[str]) -> int:
    return _pytest(environ, "-m", "e2e", *TWO_FILES_AT_ONCE, *theirs)


def run_faults(environ: dict[str, str], theirs: list[str]) -> int:
    return _pytest(environ, "-m", "not e2e", *TWO_FILES_AT_ONCE, *(theirs or ["tests/faults"]))


TIERS: dict[str, Tier] = {
    "lint": run_lint,
    "unit": run_unit,
    "postgres": run_on_postgres,
    "models": run_models,
    "e2e": run_e2e,
    "faults": run_faults,
}
