"""k-means on the unit sphere: groups of vectors that point the same way, numbered by size.

Pure numpy here but for the start, which scikit-learn finds; maps and areas are in `analysis.clusters`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.normalize import normalize
from embexplore.core.parallel import one_thread
from embexplore.errors import InvalidInput

LARGEST = 254
"""Groups that a uint8 map has numbers for; 0 is no data."""
FEW, STARTS = 4000, 10
"""Vectors and starts of the search for a start."""
ROUNDS = 100
"""Lloyd's rounds at most: 20 000 vectors in 8 groups settle in 10 to 40."""


@dataclass(frozen=True, eq=False, repr=False)
class Clusters:
    """Fitted groups, the largest first; group number i + 1 is row i.

    Attributes
    ----------
    centers_ : ndarray of shape (n, d), float32
        Unit length: the mean direction of each group's vectors.
    shares_ : ndarray of shape (n,), float64
        Part of the sample in each group, falling.
    distinctness_ : ndarray of shape (n,), float64
        Mean of 1 − a/b over the group's vectors, a and b being 1 − cosine with their own and with the next
        nearest center, in [0, 1]: 0 on the border of two groups, 1 far from all others (the simplified
        silhouette of Vendramin, Campello and Hruschka 2010, doi:10.1002/sam.10080).
    """

    centers_: NDArray[np.float32]
    shares_: NDArray[np.float64]
    distinctness_: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.centers_)

    def __repr__(self) -> str:
        shares = ", ".join(f"{100 * share:.0f} %" for share in self.shares_)
        return f"<{len(self)} groups of vectors of {self.centers_.shape[1]} bands: {shares}>"


def fit_clusters(vectors: NDArray[np.floating], n: int, *, random_state: int | None = None) -> Clusters:
    """Group vectors by direction.

    Parameters
    ----------
    vectors : ndarray of shape (m, d)
        Of any length; only their direction counts.
    n : int
        At most 254, and at most as many as there are different vectors.
    random_state : int, optional
        Of the start; None is seed 0.

    Returns
    -------
    Clusters
        At rest: every center is the mean direction of the vectors that are nearest to it (after at most 100
        rounds).

    Raises
    ------
    InvalidInput
        For a number of groups that cannot be made.
    """
    units = normalize(vectors)
    units = units[~np.isnan(units).any(axis=-1)]
    if n != int(n) or not 2 <= n <= LARGEST:
        raise InvalidInput(f"n={n}: expected a whole number of groups from 2 to {LARGEST}.")
    with one_thread():
        centers = _start(units, int(n), random_state or 0)
    owner = np.full(len(units), -1)
    for _ in range(ROUNDS):
        nearest = (units @ centers.T).argmax(axis=1)
        if (nearest == owner).all():
            break
        owner = nearest
        centers = _mean_directions(units, owner, centers)
    order = np.argsort(-np.bincount(owner, minlength=n), kind="stable")
    return _described(units, centers[order])


def _start(units: NDArray[np.float32], n: int, seed: int) -> NDArray[np.float32]:
    """Centers near the answer: the best of ten runs of k-means on some of the vectors.

    Of runs from one start each (mini-batch k-means) the best and the worst grouped a quarter of Null Island's
    pixels differently; of these, one pixel in a hundred.
    """
    from sklearn.cluster import KMeans

    few = units[np.random.default_rng(seed).permutation(len(units))[: max(FEW, 20 * n)]]
    few = few if len(np.unique(few, axis=0)) >= n else np.unique(units, axis=0)
    if len(few) < n:
        raise InvalidInput(f"n={n}: there are fewer different vectors than groups here; ask for fewer groups.")
    fitted = KMeans(n, n_init=STARTS, random_state=seed).fit(few)
    return normalize(fitted.cluster_centers_)


def _mean_directions(
    units: NDArray[np.float32], owner: NDArray[np.intp], centers: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The mean direction of every group; an empty one takes over the vector that its center serves worst."""
    n = len(centers)
    sums = np.stack([units[owner == group].sum(axis=0, dtype=np.float64) for group in range(n)])
    lost = np.flatnonzero(np.bincount(owner, minlength=n) == 0)
    if len(lost):
        served = np.einsum("ij,ij->i", units, centers[owner])
        sums[lost] = units[np.argsort(served)[: len(lost)]]
    return normalize(sums)


def _described(units: NDArray[np.float32], centers: NDArray[np.float32]) -> Clusters:
    cosines = units @ centers.T
    owner = cosines.argmax(axis=1)
    best, second = -np.partition(-cosines, 1, axis=1)[:, :2].T
    apart = np.maximum(1 - second, np.finfo(np.float32).eps)
    clear = np.clip(1 - np.maximum(1 - best, 0) / apart, 0, 1)
    members = np.bincount(owner, minlength=len(centers))
    distinct = np.bincount(owner, clear, minlength=len(centers)) / np.maximum(members, 1)
    return Clusters(centers, members / len(units), distinct)
