"""Nothing said becomes markup, a link or an order to a terminal."""

import datetime as dt

import pytest

from meetings.export.escape import clean_line, escape_markdown, escape_srt, escape_vtt, make_file_name

DAY = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, R&D and 50% – fine!", "plain words, R&D and 50% – fine!"),
        ("![](http://example.org/spy.png)", r"!\[\](http://example.org/spy.png)"),
        ("<img src=x onerror=alert(1)>", r"\<img src=x onerror=alert(1)\>"),
        ("[click](javascript:x)", r"\[click\](javascript:x)"),
        ("# not a heading", r"\# not a heading"),
        ("1. not a list", r"1\. not a list"),
        ("- not a list", r"\- not a list"),
        ("- [ ] not a task", r"\- \[ \] not a task"),
        ("`code` and *stars* and _lines_", r"\`code\` and \*stars\* and \_lines\_"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("a\n# b\r\n\tc", "a # b c"),
        ("| a | b |", r"\| a \| b \|"),
    ],
)
def test_markdown(text: str, expected: str):
    assert escape_markdown(text) == expected


def test_line_has_no_control_characters():
    assert clean_line("a\x1b[31mred\x07\x00 \u202eback\u2066 \n b") == "a[31mred back b"


def test_line_keeps_other_scripts_and_emoji():
    assert clean_line("日本語 é 👩\u200d💻") == "日本語 é 👩\u200d💻"


def test_vtt_tags_become_text():
    assert escape_vtt("a <b>&</b> --> c") == "a &lt;b&gt;&amp;&lt;/b&gt; --&gt; c"


def test_srt_tags_become_look_alikes():
    assert escape_srt("<font color=red>x</font> --> y") == "‹font color=red›x‹/font› --› y"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Launch planning", "Launch planning 2026-03-02.md"),
        ("../../etc/passwd", "etc passwd 2026-03-02.md"),
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j 2026-03-02.md"),
        ("\r\nSet-Cookie: x=1", "Set-Cookie x=1 2026-03-02.md"),
        ("…", "… 2026-03-02.md"),
        ("...", "meeting 2026-03-02.md"),
        ("", "meeting 2026-03-02.md"),
        ("Größe 🚀", "Größe 🚀 2026-03-02.md"),
        ("x" * 200, "x" * 80 + " 2026-03-02.md"),
    ],
)
def test_file_name(title: str, name: str):
    assert make_file_name(title, day=DAY, suffix="md") == name
