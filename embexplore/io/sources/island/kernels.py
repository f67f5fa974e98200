"""The two loops that take the time: splines over a lattice, and factors mixed into bands.

Both work on whole numbers only and stay where floats still count them, so compiled code, numpy and
every processor give the same bits in whatever order they add. Kept off BLAS, whose own threads would
compete with those that write the cube.
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel

F32, F64, I64 = NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]


def _spline_numpy(values: F64, rows: I64, down: F64, columns: I64, across: F64) -> F32:
    four = np.arange(4)
    tall = (values[:, rows[:, None] + four, :] * down[None, :, :, None]).sum(axis=2)
    return np.asarray((tall[:, :, columns[:, None] + four] * across[None, None, :, :]).sum(axis=3), np.float32)


@kernel(twin=_spline_numpy)
def spline(values: F64, rows: I64, down: F64, columns: I64, across: F64) -> F32:
    """Sums `(k, y, x)` of 4 × 4 node values each: exact in float64, then rounded once.

    Parameters
    ----------
    values : ndarray of shape (k, node y, node x)
        Whole numbers.
    rows, columns : ndarray of shape (y,) and (x,)
        First of the four nodes of each row and column.
    down, across : ndarray of shape (y, 4) and (x, 4)
        Whole weights.
    """
    found = np.empty((values.shape[0], len(rows), len(columns)), np.float32)
    line = np.empty(values.shape[2])
    for k in range(values.shape[0]):
        for y in range(len(rows)):
            first = rows[y]
            for node in range(values.shape[2]):
                line[node] = (
                    down[y, 0] * values[k, first, node]
                    + down[y, 1] * values[k, first + 1, node]
                    + down[y, 2] * values[k, first + 2, node]
                    + down[y, 3] * values[k, first + 3, node]
                )
            for x in range(len(columns)):
                start = columns[x]
                found[k, y, x] = (
                    across[x, 0] * line[start]
                    + across[x, 1] * line[start + 1]
                    + across[x, 2] * line[start + 2]
                    + across[x, 3] * line[start + 3]
                )
    return found


def _mix_numpy(matrix: F32, mean: F32, factors: F32) -> F32:
    mixed = matrix @ factors
    mixed += mean[:, None]
    return mixed


@kernel(twin=_mix_numpy)
def mix(matrix: F32, mean: F32, factors: F32) -> F32:
    """`matrix (bands, factors) @ factors (factors, pixels) + mean (bands,)` of whole numbers below 2²⁴."""
    bands, count = matrix.shape
    pixels = factors.shape[1]
    mixed = np.empty((bands, pixels), np.float32)
    for band in range(bands):
        for pixel in range(pixels):
            mixed[band, pixel] = mean[band]
        rest = count % 4
        for first in range(rest):
            for pixel in range(pixels):
                mixed[band, pixel] += matrix[band, first] * factors[first, pixel]
        for first in range(rest, count, 4):  # four at a time: a quarter of the stores
            a, b, c, d = matrix[band, first], matrix[band, first + 1], matrix[band, first + 2], matrix[band, first + 3]
            for pixel in range(pixels):
                mixed[band, pixel] += (
                    a * factors[first, pixel]
                    + b * factors[first + 1, pixel]
                    + c * factors[first + 2, pixel]
                    + d * factors[first + 3, pixel]
                )
    return mixed
