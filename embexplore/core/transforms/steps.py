"""Linear maps that come before a code: fewer dimensions, or mixed ones; a registry of steps by name.

A chain such as `pca32+rotate` becomes one matrix of orthonormal rows, so what lies outside it is
known (the mean there), lengths are kept inside, and a query is mapped by the same matrix.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

Matrix = NDArray[np.float64]
Step = Callable[[Matrix, int | None, int], Matrix]
"""`step(vectors (n, d), size, seed)` gives orthonormal rows `(k, d)`."""

ROUNDING = 1e-9
"""A rest this small beside the mean is what float64 leaves of zero, and points anywhere."""

_STEPS: dict[str, Step] = {}


@dataclass(frozen=True, eq=False)
class Linear:
    """z = axes · x, and back x̂ = axesᵀ · z + rest.

    Attributes
    ----------
    axes : ndarray of shape (k, d), float64
        Orthonormal rows.
    rest : ndarray of shape (d,), float64
        The mean outside the axes, which every vector gets back; zero where k is d.
    """

    axes: Matrix
    rest: NDArray[np.float64]


def register_step(name: str) -> Callable[[Step], Step]:
    """Decorator: make a step available under its name, which a size may follow."""

    def registered(step: Step) -> Step:
        _STEPS[name] = step
        return step

    return registered


def step_names() -> tuple[str, ...]:
    """All registered steps."""
    return tuple(_STEPS)


def kept_of(name: str, size: int | None, d: int) -> int:
    """How many dimensions a step keeps: its size, all `d` without one; InvalidInput where that cannot be.

    `name` is the step's, for the message.
    """
    kept = d if size is None else size
    if not 1 <= kept <= d:
        raise InvalidInput(f"{name}{kept}: these vectors have {d} dimensions; keep 1 to {d}.")
    return kept


def refuse_size(name: str, size: int | None) -> None:
    """InvalidInput where a size follows a step that keeps all dimensions."""
    if size is not None:
        raise InvalidInput(f"{name}{size}: a rotation keeps all dimensions; write {name}, and pca{size} before it.")


def fit_steps(steps: str, vectors: NDArray[np.floating], seed: int) -> Linear:
    """The map of a chain of steps, such as `pca32+rotate`, learned from finite `vectors (n, d)`.

    Raises
    ------
    InvalidInput
        A step is unknown, or keeps more dimensions than there are.
    """
    x = np.asarray(vectors, np.float64)
    mean, axes = x.mean(axis=0), np.eye(x.shape[1])
    for name, size in parsed(steps):
        found = _STEPS[name](x, size, seed)
        x, axes = x @ found.T, found @ axes
    rest = mean - axes.T @ (axes @ mean)
    if np.linalg.norm(rest) <= ROUNDING * np.linalg.norm(mean):
        rest = np.zeros(len(mean))
    return Linear(axes, rest)


def parsed(steps: str) -> list[tuple[str, int | None]]:
    """Names and sizes of a chain; InvalidInput for a step that is not registered."""
    found = []
    for step in steps.split("+"):
        match = re.fullmatch(r"([a-z-]+?)(\d+)?", step)
        if match is None or match[1] not in _STEPS:
            raise InvalidInput(f"step {step!r} is unknown: choose {', '.join(_STEPS)}, with a size such as pca32.")
        found.append((match[1], None if match[2] is None else int(match[2])))
    return found


def kept_dimensions(steps: str, d: int) -> int:
    """Dimensions that a chain of steps leaves of `d`."""
    return [d, *(size for _, size in parsed(steps) if size is not None)][-1]
