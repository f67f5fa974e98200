"""The rows of the table by name: a function that prepares a contest, registered with `@row`."""

from collections.abc import Callable

from embexplore.bench.contest import Contest

Prepare = Callable[[float], Contest]

ROWS: dict[str, Prepare] = {}
"""Prepare functions by row name, in the order of the table. Each takes the scale: 1 is full size."""


def row(name: str) -> Callable[[Prepare], Prepare]:
    """Put a function that prepares a contest into the table, under `name`."""

    def put(prepare: Prepare) -> Prepare:
        ROWS[name] = prepare
        return prepare

    return put


def side(scale: float) -> int:
    """Pixels along each side of a map that holds `scale` of 2048 × 2048."""
    return max(16, round(2048 * scale**0.5))
