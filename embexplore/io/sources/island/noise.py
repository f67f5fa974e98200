"""Smooth random fields by address: cubic splines over hashed lattices, exact in any window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import BELL_STD, bell
from embexplore.io.sources.island.kernels import spline

_WEIGHT_UNIT = 1024
_SPLINE_POWER = 0.4794  # mean over positions of the sum of squared cubic B-spline weights (151/315)


@dataclass(frozen=True)
class Lattice:
    """Nodes along one axis and how positions lie between them.

    Attributes
    ----------
    nodes : ndarray of shape (m,), int64
        Addresses of the nodes.
    first : ndarray of shape (n,), int64
        Index in `nodes` of the first of the four nodes around each position.
    weights : ndarray of shape (n, 4)
        Cubic B-spline weights: whole numbers that sum to 1024.
    """

    nodes: NDArray[np.int64]
    first: NDArray[np.int64]
    weights: NDArray[np.float64]


def lattice(positions: NDArray[np.float64], spacing: float) -> Lattice:
    """The lattice of a spacing around positions `(n,)`."""
    cell = np.floor(positions / spacing)
    t = positions / spacing - cell
    s = 1 - t
    first, second, fourth = (
        np.rint(part * _WEIGHT_UNIT) for part in (s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, t * t * t / 6)
    )
    nodes = np.arange(int(cell.min()) - 1, int(cell.max()) + 3)
    weights = np.stack([first, second, _WEIGHT_UNIT - first - second - fourth, fourth], axis=-1)
    return Lattice(nodes, cell.astype(np.int64) - 1 - nodes[0], weights)


UNIT_VARIANCE = 1 / (_WEIGHT_UNIT**2 * BELL_STD * _SPLINE_POWER)
"""What makes the sums of `interpolate` a field of variance 1, where nodes are `bell` numbers."""


def interpolate(values: NDArray[np.float64], y: Lattice, x: Lattice) -> NDArray[np.float32]:
    """Weighted sums `(k, y, x)` of whole node values `(k, node y, node x)`, to be scaled by `UNIT_VARIANCE`."""
    return spline(values, y.first, y.weights, x.first, x.weights)


def smooth(key: int, y: NDArray[np.float64], x: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """One field `(y, x)` of mean 0 and variance 1 that varies over `spacing`."""
    down, across = lattice(y, spacing), lattice(x, spacing)
    field = interpolate(bell(key, down.nodes[:, None], across.nodes[None, :])[None], down, across)[0]
    return field.astype(np.float64) * UNIT_VARIANCE


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
