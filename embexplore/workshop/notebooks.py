"""Lessons as notebooks: what `notebooks/` holds, and what a workshop without a checkout writes for itself.

`write_notebooks("notebooks", overwrite=True)` renews the repository's own folder.
"""

import json
from pathlib import Path
from typing import Any

from embexplore.errors import AlreadyExists
from embexplore.workshop.lesson import Cell, Lesson, lesson_names, read_lesson

_ABOUT = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write_notebooks(folder: str | Path = "notebooks", *, overwrite: bool = False) -> list[Path]:
    """Write the notebooks of all lessons, without outputs.

    Parameters
    ----------
    folder : path
        Made where it is missing.
    overwrite : bool
        Put notebooks back that are there already. What was written in them is lost.

    Returns
    -------
    list of Path
        One for each lesson, in order.

    Raises
    ------
    AlreadyExists
        One of them is there, and `overwrite` was not given; then none is written.

    Examples
    --------
    >>> import tempfile
    >>> from embexplore import workshop
    >>> [path.name for path in workshop.write_notebooks(tempfile.mkdtemp())][0]
    '00-start-here.ipynb'
    """
    out = Path(folder)
    paths = {name: out / f"{name}.ipynb" for name in lesson_names()}
    there = [str(path) for path in paths.values() if path.exists()]
    if there and not overwrite:
        raise AlreadyExists(f"{there[0]} exists: choose another folder, or give overwrite=True to start it afresh.")
    out.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        path.write_text(notebook_json(read_lesson(name[:2])), encoding="utf-8")
    return list(paths.values())


def notebook_json(lesson: Lesson) -> str:
    """A lesson as the text of an `.ipynb` file; the same lesson, the same bytes."""
    cells = [_as_json(index, cell) for index, cell in enumerate(lesson.cells)]
    book = {"cells": cells, "metadata": _ABOUT, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _as_json(index: int, cell: Cell) -> dict[str, Any]:
    body = {"id": f"cell-{index:02d}", "metadata": {}, "source": cell.source.splitlines(keepends=True)}
    if cell.kind == "code":
        return {"cell_type": "code", "execution_count": None, **body, "outputs": []}
    return {"cell_type": "markdown", **body}
