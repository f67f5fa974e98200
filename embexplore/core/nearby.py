"""How much the nearest vectors differ along each band: where rounding changes who is nearest."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.parallel import one_thread

NEIGHBORS = 10
"""As many as recall is asked for; of 50 recall is the same within 0.01."""
SAMPLE = 1 << 12
"""Vectors whose neighbors are looked for, among each other."""
_ROWS = 256


def differences(vectors: NDArray[np.floating], *, random_state: int | None = None) -> NDArray[np.float64]:
    """Mean squared difference of vectors and their nearest ones, band by band.

    The score of a neighbor x of a query q errs by (q − x)·e, e the rounding error of x: errors count along each
    band as much as neighbors differ there. Embeddings differ less from place to place along their later principal
    axes, and from neighbor to neighbor less still.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Finite. Of more than `SAMPLE` a random choice is used.
    random_state : int, optional
        Seed of that choice; None is seed 0.

    Returns
    -------
    ndarray of shape (d,), float64
        Ones where no vectors differ at all.
    """
    few = vectors[np.random.default_rng(random_state or 0).permutation(len(vectors))[:SAMPLE]]
    x = np.asarray(few, np.float64) - np.mean(few, axis=0, dtype=np.float64)
    k = min(NEIGHBORS, len(x) - 1)
    sums, squares = np.zeros(x.shape[1]), (x**2).sum(axis=1)
    with one_thread():
        for start in range(0, len(x) if k > 0 else 0, _ROWS):
            rows = x[start : start + _ROWS]
            apart = squares - 2 * rows @ x.T
            apart[np.arange(len(rows)), np.arange(start, start + len(rows))] = (
                np.inf
            )  # a vector is no neighbor of its own
            nearest = np.argpartition(apart, k - 1, axis=1)[:, :k]
            sums += ((x[nearest] - rows[:, None]) ** 2).sum(axis=(0, 1))
    return sums / (len(x) * k) if sums.any() else np.ones(x.shape[1])
