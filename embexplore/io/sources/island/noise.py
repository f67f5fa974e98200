"""Smooth random fields by address: cubic splines over hashed lattices, exact in any window."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import BELL_STD, bell

_WEIGHT_UNIT = 1024
_SPLINE_POWER = 0.4794  # mean over positions of the sum of squared cubic B-spline weights (151/315)


def lattice(positions: NDArray[np.float64], spacing: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Lattice nodes around sorted `positions (n,)` and the spline weights `(n, nodes)` of each position.

    The weights are whole numbers that sum to 1024 a row: with whole node values, products are exact.
    """
    cell = np.floor(positions / spacing)
    t = positions / spacing - cell
    first = int(cell.min()) - 1
    nodes = np.arange(first, int(cell.max()) + 3)
    s = 1 - t
    inner = [s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, t * t * t / 6]
    outer_left, inner_left, outer_right = (np.rint(part * _WEIGHT_UNIT) for part in inner)
    inner_right = _WEIGHT_UNIT - outer_left - inner_left - outer_right
    weights = np.zeros((len(positions), len(nodes)))
    row, column = np.arange(len(positions)), cell.astype(int) - 1 - first
    for offset, part in enumerate((outer_left, inner_left, inner_right, outer_right)):
        weights[row, column + offset] = part
    return nodes, weights


def interpolate(
    values: NDArray[np.float64], weights_y: NDArray[np.float64], weights_x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fields `(..., y, x)` of unit variance from whole node values `(..., node y, node x)`."""
    field = weights_y @ values @ weights_x.T
    return field * (1 / (_WEIGHT_UNIT**2 * BELL_STD * _SPLINE_POWER))


def smooth(key: int, y: NDArray[np.float64], x: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """One field `(y, x)` of mean 0 and variance 1 that varies over `spacing`."""
    nodes_y, weights_y = lattice(y, spacing)
    nodes_x, weights_x = lattice(x, spacing)
    return interpolate(bell(key, nodes_y[:, None], nodes_x[None, :]), weights_y, weights_x)


def fractal(
    key: int, y: NDArray[np.float64], x: NDArray[np.float64], spacings: Sequence[float], gain: float = 0.5
) -> NDArray[np.float64]:
    """Sum of `smooth` fields of falling spacing, each weaker than the one before by `gain`."""
    total = np.zeros((len(y), len(x)))
    for octave, spacing in enumerate(spacings):
        total += gain**octave * smooth(key + octave, y, x, spacing)
    return total


def octaves(largest: float, smallest: float) -> list[float]:
    """Spacings that halve from `largest` down to `smallest`."""
    spacings = [largest]
    while spacings[-1] / 2 >= smallest:
        spacings.append(spacings[-1] / 2)
    return spacings
