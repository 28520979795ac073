"""`bin/up`: from a fresh clone to a product that serves, and back to serving on every later call."""

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from house.environment import get_data_dir, load_environ
from house.ground import PROJECT_DIR, VENV_DIR
from house.install import PYTHON, install, prepare
from house.steps import SetupError, say

HELP = """\
Sets up whatever is missing (Python packages, browser libraries, model weights, secret key, database, static files)
and serves the product at http://localhost:8000. The first time takes some ten minutes, later times seconds.
Run it again at any time. Ctrl-C stops everything.

Settings are environment variables, from the shell or from a file .env beside README.md; docs/settings.md lists them.
  PORT=8001 bin/up                     another port
  MINUTEBOOK_DATA_DIR=/srv/minutebook  where recordings, database and queue are kept (default: var/)
"""
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def main(arguments: list[str]) -> int:
    """Raises SetupError with a sentence for the person."""
    parser = argparse.ArgumentParser(
        prog="bin/up", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--setup-only", action="store_true", help="set up, do not serve")
    options = parser.parse_args(arguments)
    environ = load_environ()
    data_dir = get_data_dir(environ)
    lock = take_lock(data_dir)  # noqa: F841 - held until this process ends
    say("Setting up Minutebook.")
    install(environ, dev=False, models=has_own_model_server(environ))
    prepare(environ)
    if options.setup_only:
        return 0
    check_ports(environ)
    return serve(environ, code=make_setup_code(environ))


def take_lock(data_dir: Path):
    """One installation per data folder: a second server would take the first one's queue away. Raises SetupError."""
    for folder in (data_dir, data_dir / "run"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (data_dir / "run" / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SetupError(f"bin/up is already running with the data folder {data_dir}.") from None
    return lock


def has_own_model_server(environ: dict[str, str]) -> bool:
    """False when INFERENCE_URL names another machine's server."""
    host = urlsplit(environ.get("INFERENCE_URL") or "http://127.0.0.1").hostname
    return host in LOOPBACK


def list_processes(environ: dict[str, str]) -> list[str]:
    """The lines of the Procfile that this installation needs."""
    names = ["web", "worker", "beat"]
    if has_own_model_server(environ):
        names.append("model")
    if not environ.get("REDIS_URL"):
        names.append("redis")
    return names


def check_ports(environ: dict[str, str]) -> None:
    """Raises SetupError for a port that somebody else uses."""
    wanted = {"PORT": int(environ.get("PORT") or 8000)}
    if has_own_model_server(environ):
        wanted["INFERENCE_PORT"] = int(environ.get("INFERENCE_PORT") or 8077)
    for name, port in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SetupError(
                    f"Port {port} is in use. Choose another one: {name}={port + 1} bin/up"
                ) from None


def make_setup_code(environ: dict[str, str]) -> str:
    """The one-time code for the first account; empty once somebody has one. Raises SetupError."""
    done = subprocess.run(
        [PYTHON, "manage.py", "setup_code"], env=environ, cwd=PROJECT_DIR, capture_output=True, text=True
    )
    if done.returncode:
        raise SetupError(f"The set-up code could not be made:\n{done.stderr}")
    return done.stdout.strip()


def serve(environ: dict[str, str], *, code: str) -> int:
    """Run the Procfile until Ctrl-C or TERM; everything is ended with it."""
    port = environ.get("PORT") or "8000"
    # `.env` has been read; honcho would let the file win over the shell.
    argv = [VENV_DIR / "bin" / "honcho", "start", "-e", os.devnull, "-p", port, *list_processes(environ)]
    honcho = subprocess.Popen(argv, env=environ, cwd=PROJECT_DIR, start_new_session=True)
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: honcho.send_signal(signal.SIGTERM))
    threading.Thread(target=_tell_when_ready, args=(environ, port, code), daemon=True).start()
    status = honcho.wait()
    return 0 if status in {130, 143} else status


def _tell_when_ready(environ: dict[str, str], port: str, code: str) -> None:
    _wait_for(f"http://127.0.0.1:{port}/")
    say(f"\n  Minutebook serves http://localhost:{port} (Ctrl-C stops it). The models are being loaded.\n")
    if code:
        say(f"  Nobody has an account yet. Make the owner's with this code, it works once:\n\n      {code}\n")
    model_url = environ.get("INFERENCE_URL") or "http://127.0.0.1:8077"
    _wait_for(f"{model_url.rstrip('/')}/health")
    say("\n  The models are loaded.\n")


def _wait_for(url: str) -> None:
    """Until the address answers with anything but a server error."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
            return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        with suppress(KeyboardInterrupt):
            time.sleep(0.5)
