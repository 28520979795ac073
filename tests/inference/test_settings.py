"""What the environment may say, and what ends the server with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.__main__ import main
from inference.errors import ConfigurationError
from inference.settings import Settings, count_physical_cores, is_loopback


def test_nothing_set_is_a_loopback_server_with_the_compact_models():
    settings = Settings.from_environ({})
    assert (settings.host, settings.port, settings.profile) == ("127.0.0.1", 8077, "compact")
    assert settings.threads == count_physical_cores() >= 1
    assert settings.max_audio_s == 12 * 3600


def test_empty_values_count_as_unset():
    assert Settings.from_environ({"INFERENCE_PORT": "", "INFERENCE_HOST": ""}) == Settings.from_environ({})


def test_values_are_read():
    settings = Settings.from_environ(
        {
            "INFERENCE_PORT": "9000",
            "INFERENCE_MODELS_DIR": "weights",
            "INFERENCE_MAX_UPLOAD_MB": "3",
            "INFERENCE_LOG_LEVEL": "WARNING",
        }
    )
    assert (settings.port, settings.models_dir) == (9000, Path("weights"))
    assert (settings.max_upload_bytes, settings.log_level) == (3 << 20, "warning")


WRONG = [
    ("INFERENCE_PORT", "x"),
    ("INFERENCE_PORT", "70000"),
    ("INFERENCE_THREADS", "0"),
    ("INFERENCE_GPU_LAYERS", "-2"),
    ("INFERENCE_MAX_QUEUED", "-1"),
    ("INFERENCE_HOST", "0.0.0.0"),  # noqa: S104
    ("INFERENCE_HOST", "localhost.evil.example"),
    ("INFERENCE_LOG_LEVEL", "loud"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_cannot_be_used_is_named(name: str, value: str):
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environ({name: value})
    assert caught.value.param == name
    assert name in caught.value.message


@pytest.mark.parametrize(("name", "value"), [*WRONG[:1], ("INFERENCE_PROFILE", "enormous")])
def test_the_program_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
):
    monkeypatch.setenv(name, value)
    assert main([]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error


@pytest.mark.parametrize("arguments", [["dance"], ["serve", "now"]])
def test_unknown_commands_get_the_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]):
    assert main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "host"),
    [({"INFERENCE_ALLOW_REMOTE": "1"}, "0.0.0.0"), ({"INFERENCE_UDS": "s"}, "0.0.0.0")],  # noqa: S104
)
def test_other_addresses_when_they_are_meant(change: dict[str, str], host: str):
    assert Settings.from_environ({"INFERENCE_HOST": host, **change}).host == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
        ("0.0.0.0", False), ("", False), ("10.0.0.1", False), ("localhost.example", False), ("127.0.0.1.nip.io", False),  # noqa: S104
    ],
)  # fmt: skip
def test_loopback(host: str, expected: bool):
    assert is_loopback(host) is expected
