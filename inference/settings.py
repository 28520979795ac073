"""What the environment says about this server. Read once, at start; never from anywhere else."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from inference.errors import ConfigurationError

PROJECT_DIR = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, with the defaults of a fresh install.

    `threads` is the number of compute threads of each engine. One request is computed at a time, so every engine may
    use all physical cores; hyper-threads only slow matrix work down. `gpu_layers`: of the chat model on a graphics card, where there is
    one; -1 for all. `report_path`: where the server writes what it measured of itself
    when nothing lies there; None for never. `chat_base_url`: another server answers chat completions; with its `/v1`.
    """

    host: str = "127.0.0.1"
    port: int = 8077
    uds: str | None = None
    allow_remote: bool = False
    profile: str = "compact"
    models_dir: Path = PROJECT_DIR / "var" / "models"
    threads: int = 1
    gpu_layers: int = -1
    max_queued: int = 64
    max_sessions: int = 4
    max_upload_bytes: int = 2048 * 1024 * 1024
    max_json_bytes: int = 32 * 1024 * 1024
    max_audio_s: int = 12 * 3600
    log_level: str = "info"
    report_path: Path | None = None
    chat_base_url: str | None = None
    chat_api_key: str | None = None
    chat_model: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `INFERENCE_*`.

        Raises ConfigurationError (not retryable) for a value that cannot be used, and for an address other machines
        can reach unless INFERENCE_ALLOW_REMOTE=1: the server has no accounts and must not be open by accident.
        """
        env = os.environ if environ is None else environ
        settings = cls(
            host=env.get("INFERENCE_HOST") or cls.host,
            port=_read_int(env, "INFERENCE_PORT", default=cls.port, low=0, high=65535),
            uds=env.get("INFERENCE_UDS") or None,
            allow_remote=env.get("INFERENCE_ALLOW_REMOTE") == "1",
            profile=env.get("INFERENCE_PROFILE") or cls.profile,
            models_dir=Path(env.get("INFERENCE_MODELS_DIR") or cls.models_dir),
            threads=_read_int(env, "INFERENCE_THREADS", default=count_physical_cores(), low=1, high=256),
            gpu_layers=_read_int(env, "INFERENCE_GPU_LAYERS", default=cls.gpu_layers, low=-1, high=1000),
            max_queued=_read_int(env, "INFERENCE_MAX_QUEUED", default=cls.max_queued, low=1, high=10_000),
            max_sessions=_read_int(env, "INFERENCE_MAX_SESSIONS", default=cls.max_sessions, low=0, high=1000),
            max_upload_bytes=_read_int(env, "INFERENCE_MAX_UPLOAD_MB", default=2048, low=1, high=1 << 20)
            << 20,
            max_json_bytes=_read_int(env, "INFERENCE_MAX_JSON_MB", default=32, low=1, high=4096) << 20,
            max_audio_s=_read_int(
                env, "INFERENCE_MAX_AUDIO_S", default=cls.max_audio_s, low=1, high=24 * 3600
            ),
            log_level=_read_log_level(env),
            chat_base_url=_read_url(env, "CHAT_BASE_URL"),
            chat_api_key=env.get("CHAT_API_KEY") or None,
            chat_model=env.get("CHAT_MODEL") or None,
            report_path=None if env.get("INFERENCE_SELF_CHECK") == "0" else find_report_path(env),
        )
        if not (settings.allow_remote or settings.uds or is_loopback(settings.host)):
            raise ConfigurationError(
                "INFERENCE_HOST is not a loopback address. Set INFERENCE_ALLOW_REMOTE=1 if other machines are meant "
                "to reach the model server; it has no access control of its own.",
                param="INFERENCE_HOST",
            )
        return settings


def find_report_path(env: Mapping[str, str]) -> Path:
    """Where the models page looks for what was measured: in the data folder."""
    return Path(env.get("MINUTEBOOK_DATA_DIR") or PROJECT_DIR / "var") / "hardware.json"


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and `localhost`. No name is looked up: an answer may change after the check."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def count_physical_cores() -> int:
    """Physical cores this process may use, at least 1."""
    physical = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, usable))


def _read_log_level(env: Mapping[str, str]) -> str:
    level = (env.get("INFERENCE_LOG_LEVEL") or Settings.log_level).lower()
    if level not in LOG_LEVELS:
        raise ConfigurationError(
            f"INFERENCE_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.", param="INFERENCE_LOG_LEVEL"
        )
    return level


def _read_url(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name) or None
    if text and not (text.startswith(("http://", "https://")) and urlsplit(text).hostname):
        raise ConfigurationError(
            f"{name} must be an address that begins with http:// or https://.", param=name
        )
    return text


def _read_int(env: Mapping[str, str], name: str, *, default: int, low: int, high: int) -> int:
    text = env.get(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise ConfigurationError(f"{name} must be a whole number from {low} to {high}.", param=name)
    return value
