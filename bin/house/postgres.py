"""A PostgreSQL server for the time of a test run: a new cluster in a temporary folder, on a unix socket alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from house.steps import SetupError

DEBIAN_BINARIES = "/usr/lib/postgresql"
# A throwaway cluster needs no safety from power cuts.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100"


def find_binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, the newest version first, or None."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    versions = sorted(Path(DEBIAN_BINARIES).glob("*/bin/initdb"), key=lambda path: -int(path.parts[-3]))
    if versions:
        return versions[0].parent
    return Path(found).resolve().parent if (found := shutil.which("initdb")) else None


def get_user_prefix() -> list[str]:
    """PostgreSQL refuses to run as root; there it runs as the user Debian's package makes."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def run_postgres() -> Iterator[str]:
    """Yields a DATABASE_URL; the cluster is stopped and deleted afterwards. Raises SetupError."""
    binaries = find_binaries()
    if binaries is None:
        raise SetupError("PostgreSQL is missing. On Debian: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="mb-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        data, log = folder / "data", folder / "log"
        _run(
            [binaries / "initdb", "-D", data, "-U", "minutebook", "-A", "trust", "-E", "UTF8", "--no-sync"],
            folder,
        )
        options = f"-k {folder} -c listen_addresses='' {FAST}"
        _run([binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], folder)
        try:
            # django-environ's form of "over the unix socket in this folder"
            yield f"postgres://minutebook@/{folder}/postgres"
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(argv: list, folder: Path) -> None:
    # pg_ctl leaves its server behind with our pipes open, so the output goes to a file
    with (folder / "out").open("ab") as out:
        done = subprocess.run([*get_user_prefix(), *map(str, argv)], cwd=folder, stdout=out, stderr=out)
    if done.returncode:
        raise SetupError(f"PostgreSQL did not start:\n{(folder / 'out').read_text(errors='replace')[-3000:]}")
