"""Rivers as lines: traced down the drainage from spring to mouth, then smoothed into bends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.drainage import Drainage
from embexplore.io.sources.island.frame import Frame
from embexplore.io.sources.island.noise import fractal


@dataclass(frozen=True)
class River:
    """One river from its spring to the sea or to the river it joins.

    Attributes
    ----------
    course : ndarray of shape (n, 2)
        Positions (y, x) in pixels, downstream.
    elevation : ndarray of shape (n,)
        Water level in meters; never rises downstream.
    width : ndarray of shape (n,)
        In pixels; never falls downstream.
    """

    course: NDArray[np.float64]
    elevation: NDArray[np.float64]
    width: NDArray[np.float64]


def trace(frame: Frame, drainage: Drainage) -> list[River]:
    """The rivers of a world, longest first; each ends at the sea or inside one traced before it."""
    least = 330 * frame.growth**2.6 / frame.step**2
    is_river = (drainage.flow >= least) & (drainage.down >= 0)
    fed = np.zeros(len(is_river), bool)
    upstream = np.flatnonzero(is_river)
    fed[drainage.down[upstream]] = True
    springs = upstream[~fed[upstream]]
    length = {int(spring): len(_path(drainage, int(spring), set())) for spring in springs}
    taken: set[int] = set()
    rivers = []
    for spring in sorted(length, key=lambda cell: (-length[cell], cell)):
        path = _path(drainage, spring, taken)
        taken.update(path)
        if len(path) * frame.step >= 14 * frame.growth:
            rivers.append(_river(frame, drainage, path, least))
    return rivers


def _path(drainage: Drainage, cell: int, taken: set[int]) -> list[int]:
    path = [cell]
    while drainage.down[cell] >= 0 and cell not in taken:
        cell = int(drainage.down[cell])
        path.append(cell)
    return path


def _river(frame: Frame, drainage: Drainage, path: list[int], least: float) -> River:
    cells = np.array(path)
    nodes = np.column_stack(divmod(cells, frame.cells)).astype(float)
    nodes = (nodes + 0.5) * frame.step
    keep = np.unique(np.r_[np.arange(0, len(cells), 3), len(cells) - 1])
    z = np.maximum(np.minimum.accumulate(drainage.filled.ravel()[cells]), 0.0)
    flow = np.maximum.accumulate(np.minimum(drainage.flow[cells], drainage.flow[cells[-2]]))
    width = np.clip(1.15 * np.sqrt(flow / least) ** 0.8, 1.3, 3.6 * frame.growth**0.8)
    table = np.column_stack([bend(frame, nodes[keep]), z[keep], width[keep]])
    table = smooth_line(smooth_line(table))
    return River(np.round(table[:, :2], 3), np.round(table[:, 2], 3), np.round(table[:, 3], 3))


def bend(frame: Frame, nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions moved sideways by a smooth field: lines that met still meet."""
    scale = 15.0 * frame.growth
    at = np.arange(0.0, frame.size + frame.step, frame.step) + 0.5 * frame.step
    at = at[: frame.cells]
    moved = nodes.copy()
    for axis, name in enumerate(("north", "east")):
        field = fractal(frame.key("bend", name), at, at, [scale, scale / 2])
        moved[:, axis] += 1.7 * frame.growth * frame.sample(field, nodes[:, 0], nodes[:, 1])
    return moved


def smooth_line(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chaikin's corner cutting of the rows of a table; first and last row stay."""
    if len(table) < 3:
        return table
    early, late = table[:-1] * 0.75 + table[1:] * 0.25, table[:-1] * 0.25 + table[1:] * 0.75
    middle = np.empty((2 * len(early), table.shape[1]))
    middle[0::2], middle[1::2] = early, late
    return np.vstack([table[:1], middle[1:-1], table[-1:]])
