"""Delete bytes that belong to nothing any more."""

import datetime as dt
import re
import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from meetings import storage, uploads
from meetings.models import Meeting, Upload

# Work that is older than the longest step was left behind by a killed worker.
LEFTOVER_AGE = dt.timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Delete uploads nobody finished, work folders of killed workers, and files of meetings that are gone. "
        "Never touches a file that a row names."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args, **options) -> None:
        is_dry = options["dry_run"]
        found = {
            "unfinished uploads": Upload.objects.stale().count()
            if is_dry
            else uploads.delete_stale_uploads(),
            "left-over work folders": delete_leftovers(is_dry=is_dry),
            "upload files without a row": delete_lost_parts(is_dry=is_dry),
            "folders of meetings that are gone": delete_lost_meetings(is_dry=is_dry),
        }
        verb = "would delete" if is_dry else "deleted"
        for what, count in found.items():
            self.stdout.write(f"{verb} {count} {what}")


def delete_leftovers(*, is_dry: bool) -> int:
    old = [path for path in storage.make_work_dir().iterdir() if is_old(path)]
    for path in old if not is_dry else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(old)


def is_old(path: Path) -> bool:
    return path.stat().st_mtime < (timezone.now() - LEFTOVER_AGE).timestamp()


def delete_lost_parts(*, is_dry: bool) -> int:
    """Old enough that its row is not just being made."""
    known = {pk.hex for pk in Upload.objects.values_list("pk", flat=True)}
    parts = (settings.DATA_DIR / "uploads").glob("*.part")
    lost = [path for path in parts if path.stem not in known and is_old(path)]
    for path in lost if not is_dry else ():
        path.unlink(missing_ok=True)
    return len(lost)


def delete_lost_meetings(*, is_dry: bool) -> int:
    """Folders whose name is the number of no meeting and of no unfinished upload (its bytes may be there before its rows)."""
    try:
        folders, _ = default_storage.listdir("meetings")
    except FileNotFoundError:
        return 0
    ids = {name: UUID(name) for name in folders if re.fullmatch(r"[0-9a-f]{32}", name)}
    wanted = set(Meeting.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
    receiving = Upload.objects.filter(pk__in=ids.values(), state=Upload.State.RECEIVING)
    wanted |= set(receiving.values_list("pk", flat=True))
    lost = [name for name, pk in ids.items() if pk not in wanted and has_only_old_files(f"meetings/{name}")]
    for name in lost if not is_dry else ():
        storage.delete_folder(f"meetings/{name}")
    return len(lost)


def has_only_old_files(folder: str) -> bool:
    """A file may be in its place a moment before the row that names it."""
    limit = timezone.now() - LEFTOVER_AGE
    _, names = default_storage.listdir(folder)
    return all(default_storage.get_modified_time(f"{folder}/{name}") < limit for name in names)
