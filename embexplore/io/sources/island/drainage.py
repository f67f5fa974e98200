"""Where water runs: pits are filled by priority flood, and flow is gathered downhill to the sea.

Barnes, Lehman and Mulla (2014), *Priority-flood*, algorithm 2 with an epsilon: every land cell gets a
way down to the sea, so rivers cannot run uphill by construction.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EPSILON = 1e-3
_AROUND = ((-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True)
class Drainage:
    """How a coarse grid drains.

    Attributes
    ----------
    filled : ndarray of shape (rows, columns)
        Elevation in meters with pits filled: every cell lies above the cell it drains to.
    down : ndarray of shape (rows * columns,), int64
        Flat index of the cell that each land cell drains to; −1 at sea.
    flow : ndarray of shape (rows * columns,), float64
        Cells that drain through each cell, itself included.
    """

    filled: NDArray[np.float64]
    down: NDArray[np.int64]
    flow: NDArray[np.float64]


def drain(z: NDArray[np.float64], sea: NDArray[np.bool_]) -> Drainage:
    """Fill the pits of `z (rows, columns)` and route all land to `sea`."""
    rows, columns = z.shape
    level = z.ravel().tolist()
    seen = sea.ravel().tolist()
    down = [-1] * len(level)
    heap = [(level[cell], cell) for cell in _shore(sea)]
    heapq.heapify(heap)
    order = []
    while heap:
        height, cell = heapq.heappop(heap)
        row, column = divmod(cell, columns)
        for dy, dx in _AROUND:
            y, x = row + dy, column + dx
            if not (0 <= y < rows and 0 <= x < columns):
                continue
            other = y * columns + x
            if seen[other]:
                continue
            seen[other] = True
            down[other] = cell
            level[other] = max(level[other], height + _EPSILON)
            order.append(other)
            heapq.heappush(heap, (level[other], other))
    flow = [1.0] * len(level)
    for cell in sorted(order, key=level.__getitem__, reverse=True):
        flow[down[cell]] += flow[cell]
    return Drainage(np.array(level).reshape(z.shape), np.array(down), np.array(flow))


def _shore(sea: NDArray[np.bool_]) -> list[int]:
    """Sea cells that touch land."""
    land = np.pad(~sea, 1)
    rows, columns = sea.shape
    touches = np.zeros_like(sea)
    for dy, dx in _AROUND:
        touches |= land[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]
    return np.flatnonzero(sea & touches).tolist()
