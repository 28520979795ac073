"""Prompts: versioned files in `meetings/prompts`, and the only place where what was said is put between marks.

A file has front matter (`version:`), an instruction, and examples: lines between `<<<example` and `>>>`, then the answer.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .lines import Line

FOLDER = Path(__file__).resolve().parents[1] / "prompts"
_FRONT = re.compile(r"\A---\s*\nversion:\s*(\d+)\s*\n---\s*\n", re.MULTILINE)
_EXAMPLE = re.compile(r"^<<<example\n(.*?)\n>>>\n(.*?)(?=\n<<<example|\Z)", re.DOTALL | re.MULTILINE)
# What could end the marks, or be read as a control token by some chat template.
_MARKUP = re.compile(r"<(?=[/|a-z_])|(?<=[|a-z_/])>|<\||\|>", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """`examples`: pairs of transcript and answer."""

    name: str
    version: int
    text: str
    examples: tuple[tuple[str, str], ...] = ()


@functools.cache
def get_prompt(name: str) -> Prompt:
    """The prompt of this name. Raises ValueError for a file without a version."""
    raw = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    front = _FRONT.match(raw)
    if front is None:
        raise ValueError(f"prompt {name} has no version")
    body = raw[front.end() :]
    examples = tuple((said.strip(), answer.strip()) for said, answer in _EXAMPLE.findall(body))
    text = " ".join(_EXAMPLE.sub("", body).split("\n\n")[0].split()) if examples else body.strip()
    return Prompt(name=name, version=int(front[1]), text=text, examples=examples)


def list_versions(names: Iterable[str]) -> dict[str, int]:
    """Name → version, for the provenance of the notes."""
    return {name: get_prompt(name).version for name in names}


def wrap_said(text: str, *, mark: str = "transcript") -> str:
    """What was said, between marks that it cannot close itself."""
    return f"<{mark}>\n{neutralise(text)}\n</{mark}>"


def neutralise(text: str) -> str:
    """Angle brackets of tags and control tokens become quotes of another kind; other text is left alone."""
    return _MARKUP.sub(lambda match: "‹" if "<" in match[0] else "›", text)


def write_lines(lines: Sequence[Line], *, numbered: bool = False) -> str:
    """ "Name: text", one a line, with its number in front where lines are to be cited."""
    return "\n".join(
        (f"[{line.number}] " if numbered else "") + f"{line.name}: {line.text}" for line in lines
    )


def build_messages(
    system: str, said: str, *, task: Prompt | None = None, more: str = "", hint: str = ""
) -> list[dict[str, str]]:
    """System text, the examples of the task as turns, and what was said, wrapped. The order keeps the shared beginning in the server's cache."""
    messages = [{"role": "system", "content": system}]
    question = task.text if task else ""
    for example, answer in task.examples if task else ():
        messages += [
            {"role": "user", "content": f"{wrap_said(example)}\n{question}".strip()},
            {"role": "assistant", "content": answer},
        ]
    tail = "\n".join(part for part in (question, hint, more) if part)
    messages.append({"role": "user", "content": f"{said}\n{tail}".strip()})
    return messages
