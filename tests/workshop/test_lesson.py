"""Lessons are Markdown, and the notebooks are made of them."""

from pathlib import Path

import nbformat
import pytest

import embexplore as ex
from embexplore.workshop.lesson import lesson_names, parsed, read_lesson
from embexplore.workshop.notebooks import notebook_json, write_notebooks

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TEXT = """# 09 Example

Before.

```python
first = 1
```

## 1 A heading

```sh
not a cell
```

```python
second = first + 1
```

## 2 Another

After.
"""


def test_python_fences_become_cells_and_everything_else_stays_text() -> None:
    lesson = parsed("09-example", TEXT)
    assert lesson.title == "Example"
    assert [(cell.kind, cell.step) for cell in lesson.cells] == [
        ("markdown", 0),
        ("code", 0),
        ("markdown", 1),
        ("code", 1),
        ("markdown", 2),
    ]
    assert lesson.cells[1].source == "first = 1"
    assert "not a cell" in lesson.cells[2].source
    assert lesson.steps == {1: "A heading", 2: "Another"}


@pytest.mark.parametrize("name", lesson_names())
def test_the_notebook_of_a_lesson_is_the_committed_one(name: str) -> None:
    assert (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8") == notebook_json(read_lesson(name[:2])), (
        'lessons changed: run python -c "from embexplore import workshop; '
        "workshop.write_notebooks('notebooks', overwrite=True)\""
    )


def test_every_notebook_has_its_lesson() -> None:
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == lesson_names()
    assert [name[:2] for name in lesson_names()] == [f"{n:02d}" for n in range(len(lesson_names()))]


@pytest.mark.parametrize("name", lesson_names())
def test_steps_of_a_lesson_are_numbered_from_one(name: str) -> None:
    lesson = read_lesson(name[:2])
    assert list(lesson.steps) == list(range(1, len(lesson.steps) + 1))
    assert lesson.cells[0].source.startswith(f"# {name[:2]} {lesson.title}")


def test_links_between_lessons_lead_somewhere() -> None:
    import re

    for name in lesson_names():
        text = "\n".join(cell.source for cell in read_lesson(name[:2]).cells)
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (NOTEBOOKS / target).exists(), f"{name} links to {target}"


def test_written_notebooks_are_valid(tmp_path: Path) -> None:
    for path in write_notebooks(tmp_path / "new"):
        nbformat.validate(nbformat.read(path, as_version=4))


def test_notebooks_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / f"{lesson_names()[-1]}.ipynb"
    mine.write_text("mine")
    with pytest.raises(ex.AlreadyExists, match="overwrite=True"):
        write_notebooks(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert mine.read_text() == "mine"
    write_notebooks(tmp_path, overwrite=True)
    assert mine.read_text() != "mine"


def test_an_unknown_lesson_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ex.InvalidInput, match="00, 01"):
        read_lesson("77")
