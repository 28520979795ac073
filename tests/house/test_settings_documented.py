"""Every environment variable the programs read stands in `.env.example` and `docs/settings.md`, and nothing else does."""

import re
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
# env("NAME"), env.int("NAME"), env.get("NAME"), _read_int(env, "NAME"), os.environ["NAME"], os.environ.get("NAME")
READ = re.compile(
    r"""\b(?:env|environ)(?:\.\w+)?(?:\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']|\(\s*env,\s*["']([A-Z][A-Z0-9_]+)["']"""
)
IN_SHELL = re.compile(r"\$\{([A-Z][A-Z0-9_]+)")
NOT_SETTINGS = {
    "PATH",
    "DJANGO_SETTINGS_MODULE",
    "GGML_NO_BACKTRACE",
    "GOMP_SPINCOUNT",
    "OMP_WAIT_POLICY",
    "OPENBLAS_NUM_THREADS",
}


def read_variables() -> set[str]:
    names = set(IN_SHELL.findall((PROJECT_DIR / "Procfile").read_text()))
    for folder in ("meetings", "inference"):
        for path in (PROJECT_DIR / folder).rglob("*.py"):
            names |= {first or second for first, second in READ.findall(path.read_text())}
    return names - NOT_SETTINGS


def list_example() -> dict[str, str]:
    text = (PROJECT_DIR / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def list_documented() -> set[str]:
    text = (PROJECT_DIR / "docs" / "settings.md").read_text().partition("## Only for the tests")[0]
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text, re.MULTILINE))


def test_the_reader_of_the_sources_finds_variables():
    names = read_variables()
    assert {
        "SECRET_KEY",
        "MINUTEBOOK_MIN_FREE_BYTES",
        "INFERENCE_THREADS",
        "INFERENCE_PROFILE",
        "PORT",
    } <= names


@pytest.mark.parametrize(
    "listed", [set(list_example()), list_documented()], ids=[".env.example", "docs/settings.md"]
)
def test_listed_are_exactly_the_variables_that_are_read(listed):
    read = read_variables()
    assert read - listed == set(), "read, but not listed"
    assert listed - read == set(), "listed, but not read by anything"


def test_the_example_changes_nothing_as_it_is():
    lines = (PROJECT_DIR / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
