"""The workshop: lessons as notebooks, questions that can be checked, and a way back to any step.

>>> from embexplore import workshop
>>> workshop.check("01-a", ...)
Not answered yet. Put a number such as 12.0 in place of the three dots.

All questions are about Null Island, which is the same for everybody: the right answers are worked out from it
when they are needed, and neither shown nor stored.
"""

from embexplore.workshop.check import Verdict, check
from embexplore.workshop.notebooks import write_notebooks
from embexplore.workshop.pictures import pictures
from embexplore.workshop.steps import step

__all__ = ["Verdict", "check", "pictures", "step", "write_notebooks"]
