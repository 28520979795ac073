"""`python -m inference` serves. `python -m inference models …`, `… check` and `… bench` are for whoever installs it."""

from __future__ import annotations

import logging
import socket
import sys
from importlib import import_module
from pathlib import Path

import uvicorn

from inference.catalogue import AUTO, load_catalogue
from inference.errors import ConfigurationError
from inference.settings import Settings

USAGE = (
    """usage: python -m inference [serve | models [list | fetch PROFILE | verify] | check | bench [ROW …]]"""
)
COMMANDS = {
    "models": "inference.models_command:main",
    "check": "inference.check:main",
    "bench": "inference.bench.command:main",
}
KEEP_ALIVE_S = 30
SHUTDOWN_S = 10


def main(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("serve", [])
    if command in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if command in COMMANDS:
        module, function = COMMANDS[command].split(":")
        return getattr(import_module(module), function)(rest) or 0
    if command != "serve" or rest:
        print(USAGE, file=sys.stderr)
        return 2
    return serve()


def serve() -> int:
    """Listen until told to stop. 2 when the settings cannot be used."""
    try:
        settings = Settings.from_environ()
        if settings.profile != AUTO:
            load_catalogue().get_profile(settings.profile)
    except ConfigurationError as error:
        print(error.message, file=sys.stderr)
        return 2
    # Not above: the engines' libraries take seconds, and wrong settings are told at once.
    from inference.app import create_app

    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    # These log what they work on: file names, languages, prompts.
    for name in ("faster_whisper", "httpx", "multipart", "python_multipart"):
        logging.getLogger(name).setLevel(logging.WARNING)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        uds=settings.uds,
        log_level=settings.log_level,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )
    server = ModelServer(config)
    try:
        server.run()
    finally:
        if settings.uds:
            Path(settings.uds).unlink(missing_ok=True)
    return 0 if server.started else 1


class ModelServer(uvicorn.Server):
    """Stops the model thread before it waits for the answers that are under way, so that they end: with `cancelled` (503, or an event
    in a stream), which callers may retry, instead of being cut off."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.scheduler.stop()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
