"""Say whether an answer is right, and how to go on where it is not; never what the right one is."""

from dataclasses import dataclass
from html import escape
from typing import Any

from embexplore.errors import InvalidInput
from embexplore.workshop.questions import QUESTIONS

_EDGE = {"right": "#1b7f4d", "not yet": "#b5500a", "open": "#788d9b"}
"""Color of the line beside a verdict."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `check` says; true where the answer is right.

    Attributes
    ----------
    question : str
        Its key, as "02-a".
    status : {"right", "not yet", "open"}
        `open`: there was no answer.
    message : str
    """

    question: str
    status: str
    message: str

    def __bool__(self) -> bool:
        return self.status == "right"

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        style = f"border-left: 4px solid {_EDGE[self.status]}; padding: 4px 12px; font-size: 15px"
        return f'<div style="{style}">{escape(self.message)}</div>'


def check(question: str, answer: Any) -> Verdict:
    """Whether an answer to a question of the notebooks is right.

    Parameters
    ----------
    question : str
        The question's key, as the notebook gives it: "02-a".
    answer : object
        A number, a year, a name or several, as the question says; `...` stands for none.

    Returns
    -------
    Verdict
        Shown by the notebook as a sentence: right, or a hint at what to look at again.

    Raises
    ------
    InvalidInput
        There is no such question.

    Examples
    --------
    >>> from embexplore import workshop
    >>> workshop.check("00-a", 2017)
    Not yet. The line shows a change at the later year of each pair. Which point of it is the highest?
    """
    if question not in QUESTIONS:
        raise InvalidInput(f"question {question!r}: expected one of {', '.join(QUESTIONS)}.")
    asked = QUESTIONS[question]
    if answer is ...:
        return Verdict(question, "open", f"Not answered yet. Put {asked.kind.expects} in place of the three dots.")
    try:
        given = asked.kind.read(answer)
    except (TypeError, ValueError):
        return Verdict(question, "not yet", f"Not yet. Expected {asked.kind.expects}; got {answer!r:.60}.")
    if asked.kind.agree(given, asked.truth()):
        return Verdict(question, "right", f"Right. {asked.lesson}")
    mistake = next((says for wrong, says in asked.mistakes if asked.kind.agree(given, wrong())), asked.hint)
    return Verdict(question, "not yet", f"Not yet. {mistake}")
