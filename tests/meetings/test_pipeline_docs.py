"""Every code a person or a client may see stands in the docs."""

import re

from meetings import errors, inference_client, media, model_server, storage, uploads  # noqa: F401  (their classes are looked at)
from meetings.errors import MinutebookError
from meetings.pipeline import ingest  # noqa: F401
from meetings.slides import render as slides_render
from meetings.views import uploads as upload_views  # noqa: F401
from meetings.voices import rename as voices_rename  # noqa: F401
from tests.tiers import PROJECT_DIR


def all_subclasses(cls):
    return {cls}.union(*(all_subclasses(child) for child in cls.__subclasses__()))


def documented(*names):
    text = "\n".join((PROJECT_DIR / "docs" / name).read_text() for name in names)
    return set(re.findall(r"`([a-z_]+)`", text))


def test_every_code_is_documented():
    codes = {cls.code for cls in all_subclasses(MinutebookError) if cls.__module__.startswith("meetings.")}
    known = documented(
        "ask.md",
        "live-protocol.md",
        "uploads.md",
        "pipeline.md",
        "notes.md",
        "exports.md",
        "quality.md",
        "search.md",
        "speakers.md",
        "slides.md",
    )
    assert codes <= known, codes - known
    assert set(media.REFUSALS) | set(slides_render.REFUSALS) <= known


def test_codes_of_uploads_written_in_place_are_documented():
    source = (PROJECT_DIR / "meetings/views/uploads.py").read_text() + (
        PROJECT_DIR / "meetings/uploads.py"
    ).read_text()
    codes = set(re.findall(r'(?:code=|"code": )"([a-z_]+)"', source))
    assert codes and codes <= documented("uploads.md")
