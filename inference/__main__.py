"""`python -m inference` serves; `python -m inference models …` lists and fetches; `python -m inference check` measures."""

from __future__ import annotations

import logging
import sys

import uvicorn

from inference.errors import ConfigurationError
from inference.settings import Settings

USAGE = """usage: python -m inference [serve]            serve the models on INFERENCE_HOST:INFERENCE_PORT
       python -m inference models --help     list, fetch and verify the models' files
       python -m inference check --help      load every model once and measure this machine"""


def main(arguments: list[str]) -> int:
    """The exit status."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("serve", [])
    if command == "serve" and not rest:
        return serve()
    if command == "models":
        from inference.catalogue import main_models

        return main_models(rest)
    if command == "check":
        from inference.check import main as main_check

        return main_check(rest)
    print(USAGE, file=sys.stderr)
    return 0 if command in ("-h", "--help", "help") else 2


def serve() -> int:
    """Until a signal. Exit status 2: a setting is wrong, said on stderr."""
    from inference.app import create_app

    try:
        settings = Settings.from_environ()
    except ConfigurationError as error:
        print(error.message, file=sys.stderr)
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s %(message)s"
    )
    where = {"uds": settings.uds} if settings.uds else {"host": settings.host, "port": settings.port}
    # No access log: a status a second is noise, and paths are all it could say.
    uvicorn.run(
        create_app(settings), **where, log_level="warning", access_log=False, timeout_graceful_shutdown=5
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
