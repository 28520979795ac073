"""The parts of `bin/up` and `bin/test` that decide something."""

import importlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _house(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT_DIR / "bin"))


def load(name: str):
    return importlib.import_module(f"house.{name}")


def test_env_file(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# a comment\nA=1\n#B=2\nC='two words' # why\nexport D=\"x\"\n\nE=\nF=a=b\n")
    values = load("environment").read_env_file(path)
    assert values == {"A": "1", "C": "two words", "D": "x", "E": "", "F": "a=b"}


def test_no_env_file(tmp_path):
    assert load("environment").read_env_file(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    ("environ", "left_out"),
    [
        ({}, set()),
        ({"REDIS_URL": "redis://queue:6379/0"}, {"redis"}),
        ({"INFERENCE_URL": "http://models.example:8077"}, {"model"}),
        ({"INFERENCE_URL": "http://localhost:9000"}, set()),
    ],
)
def test_processes_that_are_needed(environ, left_out):
    assert set(load("up").list_processes(environ)) == {"web", "worker", "beat", "model", "redis"} - left_out


def test_the_procfile_has_every_process_and_web_first():
    # honcho gives the first process the port that was asked for
    lines = (PROJECT_DIR / "Procfile").read_text().splitlines()
    names = [line.split(":")[0] for line in lines if not line.startswith("#")]
    assert names[0] == "web"
    assert set(names) == set(load("up").list_processes({}))


def test_requirements_are_read_with_what_they_include(tmp_path):
    (tmp_path / "a.txt").write_text("one==1\n# a comment\ntwo==2  # why\n")
    (tmp_path / "b.txt").write_text("-r a.txt\nthree==3\n")
    assert load("install")._read_requirements(tmp_path / "b.txt") == ["one==1", "two==2", "three==3"]


def test_every_requirement_is_an_exact_pin():
    lines = load("install")._read_requirements(PROJECT_DIR / "requirements-dev.txt")
    assert [line for line in lines if "==" not in line] == []


def test_secret_key_is_made_once_and_private(tmp_path):
    install = load("install")
    install.write_secret_key(tmp_path / "data")
    path = tmp_path / "data" / "secret_key"
    key = path.read_text()
    assert len(key) > 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    install.write_secret_key(tmp_path / "data")
    assert path.read_text() == key


def test_a_failed_step_shows_the_end_of_its_log(tmp_path):
    steps = load("steps")
    step = steps.Step(
        "the step", [sys.executable, "-c", "print('what went wrong'); exit(3)"], tmp_path / "log"
    )
    with pytest.raises(steps.SetupError, match="what went wrong"):
        steps.run_steps(step)


def test_steps_run_side_by_side_and_a_failure_ends_the_others(tmp_path):
    steps = load("steps")
    good = steps.Step("good", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "good.log")
    bad = steps.Step("bad", [sys.executable, "-c", "exit(1)"], tmp_path / "bad.log")
    with pytest.raises(steps.SetupError, match="bad: failed"):
        steps.run_steps(good, bad)
    assert good.process.returncode < 0


def test_progress_is_the_compilers_count_or_the_last_line(tmp_path):
    step = load("steps").Step("step", [], tmp_path / "log")
    step.log.write_text("start\n[3/10] Building\n[4/10] Building\nnoise\n")
    assert step.find_progress() == "compiled 4 of 10 files"
    step.log.write_text("Downloading 10%\rDownloading 20%\r\nWARNING: some advice\n")
    assert step.find_progress() == "Downloading 20%"


def test_everything_that_is_missing_is_named_at_once(monkeypatch):
    ground = load("ground")
    monkeypatch.setattr(ground.shutil, "which", lambda name: None)
    monkeypatch.setattr(ground.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(ground.sysconfig, "get_path", lambda name: "/nowhere")
    with pytest.raises(load("steps").SetupError, match=r"apt install python3-venv g\+\+ python3-dev"):
        ground.check_ground(will_create_venv=True, will_compile=True, needs_headers=True)


def test_a_port_in_use_is_named():
    import socket

    up = load("up")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(load("steps").SetupError, match=f"Port {port} is in use. .* PORT={port + 1}"):
            up.check_ports({"PORT": str(port)})


def test_two_servers_of_one_data_folder_are_refused(tmp_path):
    up = load("up")
    lock = up.take_lock(tmp_path / "data")
    with pytest.raises(load("steps").SetupError, match="already running"):
        up.take_lock(tmp_path / "data")
    lock.close()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["up", "test"])
def test_help_works_without_anything_installed(name, tmp_path):
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run([PROJECT_DIR / "bin" / name, "--help"], capture_output=True, text=True, env=environ)
    assert done.returncode == 0
    assert f"usage: bin/{name}" in done.stdout


def test_a_machine_without_python_is_told_what_to_install(tmp_path):
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", PROJECT_DIR / "bin" / "up"], capture_output=True, text=True, env={"PATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "apt install python3 python3-venv" in done.stderr


def test_results_name_each_tier_and_fail_with_any(capsys):
    testing = load("testing")
    assert testing.tell_results({"unit": (0, 3), "e2e": (1, 4)}) == 1
    assert "e2e       FAILED (exit code 1), 4 s" in capsys.readouterr().out
    assert testing.tell_results({"unit": (0, 3)}) == 0
