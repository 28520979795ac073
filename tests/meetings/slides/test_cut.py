"""Slides out of films, through the real child process."""

import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from meetings.slides import cut as cutting
from meetings.slides.cut import cut_slides
from meetings.slides.render import SlideRefused, cut_film
from tests.tiers import PROJECT_DIR

FPS = 5


def draw_slide(text: str) -> Image.Image:
    image = Image.new("RGB", (640, 360), "white")
    draw = ImageDraw.Draw(image)
    for row in range(5):
        draw.text((40, 20 + 65 * row), f"{text} {row}", fill="black", font=ImageFont.load_default(44))
    return image


def make_film(path, shown, *, disturb=None, gop=20):
    """`shown`: (text, seconds). `disturb(draw, frame number)` draws over every frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        number = 0
        for text, seconds in shown:
            slide = draw_slide(text)
            for _ in range(int(seconds * FPS)):
                image = slide.copy()
                if disturb:
                    disturb(ImageDraw.Draw(image), number)
                container.mux(stream.encode(av.VideoFrame.from_image(image)))
                number += 1
        container.mux(stream.encode(None))
    return path


def cut(tmp_path, shown, **options):
    film = make_film(tmp_path / "film.mp4", shown, **options)
    pages = cut_film(film, tmp_path, duration_ms=int(1000 * sum(seconds for _, seconds in shown)))
    return [page.shown_ms for page in pages]


TALK = [("Launch plan", 20), ("Who pays", 12), ("Launch plan", 10), ("Next steps", 9)]


@pytest.mark.parametrize("gop", [20, 1000], ids=["keyframes", "hardly any keyframes"])
def test_each_screen_once_at_its_time(tmp_path, gop):
    times = cut(tmp_path, TALK, gop=gop)
    assert len(times) == 3 and np.allclose(times, [0, 20_000, 42_000], atol=1000)


def draw_pointer(draw, number):
    x, y = 37 * number % 600, 23 * number % 330
    draw.polygon([(x, y), (x + 14, y + 9), (x + 5, y + 16)], fill="black")


def draw_cursor(draw, number):
    if number % 4 < 2:
        draw.rectangle([400, 300, 403, 330], fill="black")


def draw_webcam(draw, number):
    random = np.random.default_rng(number)
    for row in range(6):
        for column in range(8):
            box = [480 + 20 * column, 240 + 20 * row, 500 + 20 * column, 260 + 20 * row]
            draw.rectangle(box, fill=tuple(random.integers(0, 255, 3)))


@pytest.mark.parametrize("disturb", [draw_pointer, draw_cursor, draw_webcam])
def test_not_fooled(tmp_path, disturb):
    times = cut(tmp_path, TALK, disturb=disturb)
    assert len(times) == 3 and np.allclose(times, [0, 20_000, 42_000], atol=1000)


def test_one_still_picture(tmp_path):
    assert cut(tmp_path, [("Welcome", 120)]) == [0]


def test_one_still_picture_for_two_hours(tmp_path):
    """As a screen recorder writes it: hardly any frames. One slide, in seconds."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        frame = av.VideoFrame.from_image(draw_slide("Welcome"))
        for number in range(7200):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    pages = cut_film(path, tmp_path, duration_ms=7_200_000)
    assert [page.shown_ms for page in pages] == [0]


def test_what_flashes_by_is_no_slide(tmp_path):
    assert len(cut(tmp_path, [("Launch plan", 12), ("Oops", 1), ("Who pays", 12)])) == 2


def test_no_film(tmp_path):
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(SlideRefused):
        cut_film(tmp_path / "x", tmp_path, duration_ms=1000)


@pytest.mark.django_db
def test_the_meeting_gets_them_once(meeting_files, tmp_path):
    recording = meeting_files.recording
    recording.has_video = True
    recording.save()
    from django.core.files.storage import default_storage

    make_film(default_storage.path(recording.original_key) + ".mp4", TALK)
    recording.original_key += ".mp4"
    assert cut_slides(meeting_files) == 3
    assert cut_slides(meeting_files) == 0
    assert [slide.state for slide in meeting_files.slides.all()] == ["waiting"] * 3


@pytest.mark.django_db
def test_a_failure_harms_nothing(meeting_files, monkeypatch):
    meeting_files.recording.has_video = True

    def fail(*args, **options):
        raise SlideRefused("slide_timeout")

    monkeypatch.setattr(cutting, "cut_film", fail)
    assert cut_slides(meeting_files) == 0
    assert not meeting_files.slides.exists()


def test_the_child_imports_nothing_of_the_project():
    code = "import sys; sys.argv = ['x', 'a', 'b']; sys.path.insert(0, 'meetings/rendering'); import film; print('meetings' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True)
    assert answer.stdout.strip() == "False"
