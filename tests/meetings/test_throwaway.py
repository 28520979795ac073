"""A measurement leaves nothing behind and touches nothing."""

from pathlib import Path

import pytest

from meetings.throwaway import make_environment, run_manage


def test_a_fresh_installation_that_is_gone_afterwards(tmp_path: Path):
    out = tmp_path / "out"
    program = (
        "from django.conf import settings; from meetings.models import Meeting; from pathlib import Path;"
        f"Path({str(out)!r}).write_text(f'{{settings.DATA_DIR}} {{Meeting.objects.count()}} {{settings.REDIS_URL}}')"
    )
    with make_environment() as environment:
        folder = Path(environment["MINUTEBOOK_DATA_DIR"])
        assert (folder / "minutebook.sqlite3").exists()
        assert run_manage(["shell", "--verbosity", "0", "-c", program], environment=environment) == 0
    data_dir, count, redis_url = out.read_text().split(" ")
    assert (data_dir, count) == (str(folder), "0")
    assert redis_url.startswith("unix://")
    assert not folder.exists()


def test_gone_after_a_failure_too():
    with pytest.raises(RuntimeError, match="on purpose"), make_environment() as environment:
        folder = Path(environment["MINUTEBOOK_DATA_DIR"])
        raise RuntimeError("on purpose")
    assert not folder.exists()


def test_exit_code_is_passed_on():
    with make_environment() as environment:
        assert run_manage(["no-such-command"], environment=environment) != 0
