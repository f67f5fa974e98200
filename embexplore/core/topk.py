"""The best pixels of a score map, in order, and optionally a distance apart."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 1024
"""Pixels summarized by one maximum."""


def top_k(
    scores: NDArray[np.floating], k: int, *, min_distance_pixels: float | tuple[float, float] = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the `k` highest scores, best first.

    Parameters
    ----------
    scores : ndarray of shape (h, w)
        NaN is never a hit. Equal scores come in the order of position, row by row.
    k : int
        Fewer are returned where there are fewer pixels with data (or room for them).
    min_distance_pixels : float or (float, float)
        Hits are at least this far apart; a pair is the distance in rows and in columns, for pixels
        that are not square. The best hit stays, its neighbors go.

    Returns
    -------
    rows, columns : ndarray of shape (hits,), int64
    """
    flat = np.ascontiguousarray(scores).reshape(-1)
    apart = np.broadcast_to(np.asarray(min_distance_pixels, np.float64), (2,))
    hits = _apart(flat, scores.shape, k, apart) if apart.max(initial=0) > 0 else _best(flat, k)
    rows, columns = np.divmod(hits, scores.shape[1] or 1)
    return rows, columns


def _block_maxima(flat: NDArray[np.floating]) -> NDArray[np.floating]:
    """Maximum of every `BLOCK` pixels, NaN where a block is all NaN."""
    whole = len(flat) // BLOCK * BLOCK
    maxima = np.fmax.reduce(flat[:whole].reshape(-1, BLOCK), axis=1)
    return np.append(maxima, np.fmax.reduce(flat[whole:])) if whole < len(flat) else maxima


def _best(flat: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Positions of the `k` highest scores: only blocks whose maximum can be among them are looked at."""
    maxima = _block_maxima(flat)
    finite = maxima[~np.isnan(maxima)]
    if k < 1 or not len(finite):
        return np.empty(0, np.int64)
    # At least k pixels reach the k-th highest block maximum, so nothing below it can be a hit.
    limit = np.partition(finite, -k)[-k] if k < len(finite) else -np.inf
    blocks = np.flatnonzero(maxima >= limit)
    whole = len(flat) // BLOCK
    inside = blocks[blocks < whole]
    rows, places = np.divmod(np.flatnonzero(flat[: whole * BLOCK].reshape(-1, BLOCK)[inside] >= limit), BLOCK)
    after = np.flatnonzero(flat[whole * BLOCK :] >= limit)
    near = np.append(inside[rows] * BLOCK + places, whole * BLOCK + after)
    if k < len(near):
        kth = np.partition(flat[near], -k)[-k]
        near = near[flat[near] >= kth]
    return np.asarray(near[np.argsort(-flat[near], kind="stable")][:k], np.int64)


def _apart(flat: NDArray[np.floating], shape: tuple[int, ...], k: int, apart: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of hits, each the best pixel that lies far enough from all before it."""
    left = flat.copy()
    maxima = _block_maxima(left)
    hits: list[int] = []
    while len(hits) < k and not np.isnan(maxima).all():
        block = int(np.nanargmax(maxima))
        start = block * BLOCK
        hit = start + int(np.nanargmax(left[start : start + BLOCK]))
        hits.append(hit)
        for touched in _erase(left, shape, hit, apart):
            maxima[touched] = np.fmax.reduce(left[touched * BLOCK : (touched + 1) * BLOCK])
    return np.array(hits, np.int64)


def _erase(left: NDArray[np.floating], shape: tuple[int, ...], hit: int, apart: NDArray[np.float64]) -> list[int]:
    """Set the pixels too near to `hit` to NaN; the blocks that this touched."""
    row, column = divmod(hit, shape[1])
    reach = np.maximum(np.ceil(apart).astype(int), 0)
    rows = np.arange(max(0, row - reach[0]), min(shape[0], row + reach[0] + 1))
    columns = np.arange(max(0, column - reach[1]), min(shape[1], column + reach[1] + 1))
    down = (rows - row) / max(apart[0], 1e-9)
    across = (columns - column) / max(apart[1], 1e-9)
    near = down[:, None] ** 2 + across**2 < 1
    erased = (rows[:, None] * shape[1] + columns)[near]
    left[erased] = np.nan
    return [int(block) for block in np.unique(erased // BLOCK)]
