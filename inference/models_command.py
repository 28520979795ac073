"""`python -m inference models [list | fetch PROFILE | verify [PROFILE]]`. Progress on stderr, results on stdout."""

from __future__ import annotations

import argparse
import sys

from inference.catalogue import Catalogue, Profile, load_catalogue
from inference.choice import choose_profile, find_obstacle, gather_evidence
from inference.errors import InferenceError
from inference.settings import Settings
from inference.weights import WeightStore


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 something is missing or wrong (said on stderr)."""
    parser = argparse.ArgumentParser(
        prog="python -m inference models", description="Models: what there is, and fetching it."
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("list", help="profiles, what they need, and what is here (the default)")
    fetch = commands.add_parser("fetch", help="fetch and check the files of a profile")
    fetch.add_argument("profile", nargs="?")
    verify = commands.add_parser("verify", help="read and hash every file of a profile")
    verify.add_argument("profile", nargs="?")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environ()
        catalogue = load_catalogue()
        if options.command in ("fetch", "verify"):
            profile = choose_profile(catalogue, settings, name=options.profile).profile
            return (_fetch if options.command == "fetch" else _verify)(profile, settings)
        return _list(catalogue, settings)
    except InferenceError as error:
        _say(error.message)
        return 1


def _fetch(profile: Profile, settings: Settings) -> int:
    count = WeightStore(settings.models_dir, say=_say).fetch(profile)
    _say(f"{profile.name}: {count} files fetched" if count else f"{profile.name}: complete")
    return 0


def _verify(profile: Profile, settings: Settings) -> int:
    problems = WeightStore(settings.models_dir, say=_say).verify(profile)
    for problem in problems:
        _say(problem)
    if problems:
        _say(f"Fetch what is missing or wrong with: python -m inference models fetch {profile.name}")
    return 1 if problems else 0


def _list(catalogue: Catalogue, settings: Settings) -> int:
    choice, evidence = choose_profile(catalogue, settings), gather_evidence(catalogue, settings)
    for profile in catalogue.profiles.values():
        missing = profile.list_missing(settings.models_dir)
        size_mb = sum(file.size_bytes for _, file in missing) / 1e6
        state = "here" if not missing else f"{len(missing)} files to fetch, {size_mb:,.0f} MB"
        print(f"{profile.name}: {profile.title}\n  needs {profile.needs}\n  {state}")
        if profile is choice.profile:
            print(f"  chosen: {choice.why}")
        elif obstacle := find_obstacle(profile, evidence):
            print(f"  not for this machine: {obstacle}")
        for role, file_set in (profile.sets | profile.extras).items():
            mark = "✓" if not file_set.list_missing(settings.models_dir) else "–"
            print(
                f"  {mark} {role:10} {file_set.title}, {file_set.size_bytes / 1e6:,.0f} MB, {file_set.licence}"
            )
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
