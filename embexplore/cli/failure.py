"""How a verb fails: one sentence on stderr and an exit code, never a traceback at the user."""

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from embexplore.errors import EmbexploreError

P = ParamSpec("P")
R = TypeVar("R")

EXPECTED, INTERRUPTED = 1, 130
DEBUG = "EMBEXPLORE_DEBUG"
"""Environment variable that lets tracebacks through."""


def sentences(function: Callable[P, R]) -> Callable[P, R]:
    """A verb whose errors are sentences: exit code 1, or 130 after Ctrl-C; usage errors (2) are typer's."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (typer.Exit, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            complain("Stopped. What was finished is kept: the same command resumes.")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXPECTED) from None
        except EmbexploreError as error:
            if os.environ.get(DEBUG):
                raise
            complain(str(error))
            raise typer.Exit(EXPECTED) from None
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            complain(f"This should not have happened: {type(error).__name__}: {error}")
            complain(f"Run it again with {DEBUG}=1 to see where, and please report it.")
            raise typer.Exit(EXPECTED) from None

    return run


def complain(sentence: str) -> None:
    """One line on stderr."""
    typer.echo(f"embexplore: {' '.join(sentence.split())}", err=True)
