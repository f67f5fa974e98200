"""Which vectors to label next: those that stand for the most ground that the labels say little about."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.normalize import normalize


def suggestions(
    vectors: NDArray[np.floating],
    seen: NDArray[np.floating],
    n: int,
    *,
    unsure: NDArray[np.floating] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `n` vectors whose labels would teach most, one after the other.

    Labeling a vector brings every other one nearer to its nearest labeled example. The gain is how much
    nearer (in cosine), averaged over all vectors, each weighted by how unsure its class is: the greedy
    answer to facility location, so suggestions are spread out by themselves (Wei, Iyer and Bilmes 2015,
    "Submodularity in data subset selection and active learning").

    Parameters
    ----------
    vectors : ndarray of shape (m, d)
        A sample of the ground: candidates, and what they are to stand for. NaN is never suggested.
    seen : ndarray of shape (s, d)
        Labeled (or skipped) before; none at all is fine.
    n : int
        Fewer come back where nothing is left to gain.
    unsure : ndarray of shape (m,), optional
        Weight of each vector: 0 where its class is certain, 1 where it is open; 1 by default.

    Returns
    -------
    positions : ndarray of shape (n,), int64
    gains : ndarray of shape (n,), float64
        Above 0.
    """
    units = normalize(vectors)
    has_data: NDArray[np.bool_] = ~np.isnan(units[:, 0])
    weight = np.where(has_data, 1.0 if unsure is None else unsure, 0.0)
    units = np.where(has_data[:, None], units, np.float32(0))
    alike = units @ units.T
    known = normalize(np.reshape(seen, (-1, units.shape[1])))
    reached = (units @ known.T).max(axis=1, initial=-1)
    picked: list[int] = []
    gains: list[float] = []
    while len(picked) < n:
        nearer = weight @ np.maximum(alike - reached[:, None], 0) / len(units)
        nearer[[*picked, *np.flatnonzero(~has_data)]] = 0
        best = int(nearer.argmax())
        if not nearer[best] > 0:
            break
        picked.append(best)
        gains.append(float(nearer[best]))
        reached = np.maximum(reached, alike[best])
    return np.array(picked, np.int64), np.array(gains)
