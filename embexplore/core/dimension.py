"""How many directions vectors really vary in: the spectrum of all of them, and what their nearest neighbors say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.covariance import Covariance
from embexplore.errors import InvalidInput

POINTS = 4000
"""Vectors whose neighbors are looked at: an estimate of dimension 10 is then good to 0.2 (TwoNN, d / √n)."""
NEIGHBORS = 20
"""Of the maximum likelihood estimate; Levina and Bickel average over 10 … 20."""
AROUND = 100
"""Neighbors whose spread is looked at: a patch needs several times as many points as it has dimensions."""
SPREAD = 0.05
"""Share of the largest local variance below which a direction is noise (Fukunaga and Olsen 1971)."""
TRIMMED = 0.1
"""Share of the largest distance ratios that TwoNN leaves out, as its authors advise: the tail strays from the line."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Dimension:
    """How many dimensions vectors have.

    Attributes
    ----------
    spectrum : ndarray of shape (d,), float64
        Share of the variance along each principal axis, falling; sums to 1.
    two_nn, likelihood, local_pca : float
        Intrinsic dimension by three estimators; NaN where too few vectors differ.
    points : int
        Vectors whose neighbors were looked at.
    """

    spectrum: NDArray[np.float64]
    two_nn: float
    likelihood: float
    local_pca: float
    points: int

    @property
    def effective(self) -> float:
        """The participation ratio of the spectrum: (Σλ)² / Σλ²."""
        return float(1 / (self.spectrum**2).sum()) if self.spectrum.any() else float("nan")

    def kept(self, share: float) -> int:
        """How many principal axes hold a share of the variance."""
        return int(np.searchsorted(np.cumsum(self.spectrum), share - 1e-12) + 1)


def dimension(vectors: Floats, *, random_state: int | None = None) -> Dimension:
    """The spectrum of `vectors (n, d)`, and the intrinsic dimension of up to `POINTS` of them.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Those with NaN or inf are left out; of equal ones one counts.
    random_state : int, optional
        Which of them; None is seed 0.

    Raises
    ------
    InvalidInput
        Fewer than two vectors with data.
    """
    x = np.asarray(vectors)
    x = x[np.isfinite(x).all(axis=-1)]
    if len(x) < 2:
        raise InvalidInput(f"{len(x)} vectors with data: a dimension needs two at least.")
    chosen = np.random.default_rng(random_state or 0).permutation(len(x))[:POINTS]
    some = np.unique(x[chosen], axis=0).astype(np.float64)
    apart, order = neighbors_of(some, min(AROUND, len(some) - 1))
    return Dimension(spectrum_of(x), two_nn(apart), likelihood(apart), local_pca(some, order), len(some))


def spectrum_of(vectors: Floats) -> NDArray[np.float64]:
    """Share of the variance along each principal axis `(d,)`, falling; zeros where nothing varies."""
    variances = np.maximum(np.linalg.eigvalsh(Covariance().update(np.asarray(vectors)).covariance)[::-1], 0)
    total = variances.sum()
    return np.asarray(variances / total if total > 0 else np.zeros_like(variances))


def neighbors_of(vectors: Floats, k: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Euclidean distances `(n, k)`, rising, to the nearest others of `vectors (n, d)`, and which they are."""
    x = np.asarray(vectors, np.float64)
    squares = np.einsum("ij,ij->i", x, x)
    apart = np.empty((len(x), k))
    order = np.empty((len(x), k), np.int64)
    step = max(1, (1 << 21) // max(len(x), 1))
    for start in range(0, len(x), step):
        rows = slice(start, min(start + step, len(x)))
        far = squares[rows, None] + squares - 2 * x[rows] @ x.T
        far[np.arange(rows.stop - start), np.arange(start, rows.stop)] = np.inf
        near = np.argpartition(far, k - 1, axis=1)[:, :k] if k else order[rows]
        near = np.take_along_axis(near, np.take_along_axis(far, near, 1).argsort(axis=1), 1)
        order[rows] = near
        # Of near ones the difference itself: squares of lengths cancel.
        apart[rows] = np.linalg.norm(x[near] - x[rows, None], axis=-1)
    return apart, order


def two_nn(apart: NDArray[np.float64]) -> float:
    """Intrinsic dimension from the ratio of the second to the first neighbor's distance, `apart (n, k)`, k > 1.

    The slope of −log(1 − F(μ)) over log μ through the origin, without the largest tenth of the ratios.
    Source: Facco, d'Errico, Rodriguez and Laio 2017, doi:10.1038/s41598-017-11873-y.
    """
    if apart.shape[1] < 2:
        return float("nan")
    first, second = apart[:, 0], apart[:, 1]
    ratios = np.sort(np.log(second[first > 0] / first[first > 0]))
    n = len(ratios)
    kept = int(n * (1 - TRIMMED))
    x, y = ratios[:kept], -np.log1p(-np.arange(1, kept + 1) / n)
    return float(x @ y / (x @ x)) if x.any() else float("nan")


def likelihood(apart: NDArray[np.float64], k: int = NEIGHBORS) -> float:
    """Maximum likelihood intrinsic dimension from the distances `apart (n, ≥ k)` to k neighbors.

    Source: Levina and Bickel 2004, Maximum likelihood estimation of intrinsic dimension, NIPS 17, equation 8; points
    are averaged before the mean is inverted, not after, as MacKay and Ghahramani 2005 advise.
    """
    if apart.shape[1] < k:
        return float("nan")
    near = apart[apart[:, 0] > 0, :k]
    logs = np.log(near[:, -1:] / near[:, :-1]).mean(axis=1)
    return float(1 / logs.mean()) if len(logs) and logs.any() else float("nan")


def local_pca(vectors: Floats, order: NDArray[np.int64]) -> float:
    """Mean number of directions that patches of neighbors `order (n, k)` spread along.

    A direction counts if its variance is at least `SPREAD` of the largest of its patch.
    Source: Fukunaga and Olsen 1971, doi:10.1109/T-C.1971.223208.
    """
    n, k = order.shape
    if k < AROUND:
        return float("nan")
    x = np.asarray(vectors, np.float64)
    counts = []
    for near in order[:: max(1, n // 500)]:
        patch = x[near] - x[near].mean(axis=0)
        spread = np.linalg.svd(patch, compute_uv=False) ** 2
        counts.append(int((spread >= SPREAD * spread[0]).sum()) if spread[0] > 0 else 0)
    return float(np.mean(counts))
