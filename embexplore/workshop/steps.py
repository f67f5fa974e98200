"""Back to any step of a lesson: run what comes before it, from the lesson itself, whatever became of the notebook."""

from collections.abc import MutableMapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from embexplore.errors import InvalidInput
from embexplore.workshop.lesson import Lesson, read_lesson


@dataclass(frozen=True, repr=False)
class Ready:
    """Where a reader stands after `step`.

    Attributes
    ----------
    lesson : Lesson
    number : int
        Of the step.
    """

    lesson: Lesson
    number: int

    def __repr__(self) -> str:
        heading = f"{self.number} {self.lesson.steps[self.number]}"
        return f"Ready. Go on below the heading “{heading}” of {self.lesson.number} {self.lesson.title}."


def step(key: str, *, namespace: MutableMapping[str, Any] | None = None) -> Ready:
    """Put every variable to what it is where a step of a lesson begins.

    Parameters
    ----------
    key : str
        Lesson and step: "02-3" is where heading 3 of lesson 02 begins.
    namespace : mutable mapping, optional
        Where the variables go; the notebook's own by default.

    Returns
    -------
    Ready
        Shown by the notebook as a sentence that says where to go on.

    Raises
    ------
    InvalidInput
        There is no such lesson or step, or this is no notebook and no namespace was given.

    Examples
    --------
    >>> from embexplore import workshop
    >>> variables = {}
    >>> workshop.step("02-2", namespace=variables)
    Ready. Go on below the heading “2 The whole island at once” of 02 Similarity.
    >>> "query" in variables
    True
    """
    number, _, heading = key.partition("-")
    lesson = read_lesson(number)
    if not heading.isdigit() or int(heading) not in lesson.steps:
        known = ", ".join(f"{number}-{known}" for known in lesson.steps)
        raise InvalidInput(f"step {key!r}: lesson {number} has {known}.")
    variables = _notebook() if namespace is None else namespace
    for cell in lesson.cells:
        if cell.kind == "code" and cell.step < int(heading):
            _run(cell.source, variables, lesson.name)
    return Ready(lesson, int(heading))


def _run(source: str, variables: MutableMapping[str, Any], name: str) -> None:
    """One cell, without what it prints or shows."""
    with redirect_stdout(StringIO()):
        exec(compile(source, f"<{name}>", "exec"), variables)  # type: ignore[arg-type]  # noqa: S102 (our own lesson)


def _notebook() -> MutableMapping[str, Any]:
    """The variables of the notebook that this runs in."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise InvalidInput("step works in a notebook; elsewhere, give namespace={} to put the variables in.")
    return shell.user_ns
