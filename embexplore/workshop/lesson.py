"""Lessons are Markdown files beside this one: prose, and fences of Python that become the cells of a notebook.

One text serves three readers: the notebook, the step that a reader goes back to, and whoever reviews a change.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from embexplore.errors import InvalidInput

FOLDER = Path(__file__).with_name("lessons")
_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^## (\d+) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Attributes
    ----------
    kind : {"markdown", "code"}
    source : str
        Without a newline at the end.
    step : int
        Number of the last heading `## 3 …` at or before it; 0 before the first.
    """

    kind: str
    source: str
    step: int


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes
    ----------
    number : str
        Two digits.
    name : str
        Of its file and its notebook, without the ending: `02-similarity`.
    title : str
    cells : tuple of Cell
    steps : dict of int to str
        Titles of the steps by their number.
    """

    number: str
    name: str
    title: str
    cells: tuple[Cell, ...]
    steps: dict[int, str]


def lesson_names() -> list[str]:
    """Names of all lessons, in their order."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def read_lesson(number: str) -> Lesson:
    """The lesson of a number such as "02"; InvalidInput names those that there are."""
    names = {name[:2]: name for name in lesson_names()}
    if number not in names:
        raise InvalidInput(f"lesson {number!r}: expected one of {', '.join(names)}.")
    return parsed(names[number], (FOLDER / f"{names[number]}.md").read_text(encoding="utf-8"))


def parsed(name: str, text: str) -> Lesson:
    """A lesson out of its Markdown. Only fences marked `python` become code; others stay text."""
    cells: list[Cell] = []
    reached = 0
    for index, part in enumerate(_FENCE.split(text)):
        found = [] if index % 2 else _STEP.findall(part)
        reached = int(found[-1][0]) if found else reached
        if part.strip():
            cells.append(Cell("code" if index % 2 else "markdown", part.strip("\n"), reached))
    title = text.splitlines()[0].removeprefix(f"# {name[:2]} ")
    return Lesson(name[:2], name, title, tuple(cells), {int(n): words for n, words in _STEP.findall(text)})
