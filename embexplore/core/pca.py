"""Principal components, exact and streamed: a covariance in float64, then one small eigenproblem.

`sklearn.decomposition.IncrementalPCA` and randomized solvers approximate; on embeddings they were
measured to give wrong subspaces. Adding up a `d × d` covariance is exact and needs no second pass.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales
from embexplore.errors import InvalidInput

TILE = 1 << 15
"""Pixels decoded at a time: 8 MiB of 64 float32 bands."""


@dataclass(frozen=True, eq=False)
class Covariance:
    """Count, mean and scatter of the vectors seen so far, in float64.

    Attributes
    ----------
    count : int
    mean : ndarray of shape (d,)
    scatter : ndarray of shape (d, d)
        Sum of (x − mean)(x − mean)ᵀ.
    """

    count: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @classmethod
    def empty(cls, d: int) -> Self:
        """Nothing seen yet."""
        return cls(0, np.zeros(d), np.zeros((d, d)))

    @classmethod
    def of(cls, vectors: NDArray[np.floating]) -> Self:
        """The covariance of `vectors (n, d)`; those with NaN or inf are left out."""
        x = np.asarray(vectors, np.float64)
        x = x[np.isfinite(x).all(axis=-1)]
        if not len(x):
            return cls.empty(x.shape[1])
        mean = x.mean(axis=0)
        x = x - mean  # centered first: the sums then lose nothing to cancellation
        return cls(len(x), mean, x.T @ x)

    def merge(self, other: Self) -> Self:
        """Both together, in either order. Source: Chan, Golub and LeVeque 1979, pairwise update."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        apart = other.mean - self.mean
        scatter = self.scatter + other.scatter + np.outer(apart, apart) * (self.count * other.count / count)
        return type(self)(count, self.mean + apart * (other.count / count), scatter)

    def update(self, vectors: NDArray[np.floating]) -> Self:
        """This and `vectors (n, d)`."""
        return self.merge(type(self).of(vectors))


@dataclass(frozen=True, eq=False)
class PCA:
    """A fitted linear map, with the color stretch that was learned with it.

    Attributes
    ----------
    components_ : ndarray of shape (k, d)
        Orthonormal rows by falling variance; the largest entry of each is positive, so a refit has equal signs.
    mean_ : ndarray of shape (d,)
    explained_variance_ratio_ : ndarray of shape (k,)
        Share of the total variance.
    stretch_ : ndarray of shape (k, 2) or None
        Scores that become the darkest and the brightest color.
    """

    components_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    explained_variance_ratio_: NDArray[np.float64]
    stretch_: NDArray[np.float64] | None = None

    def transform(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Scores `(..., k)` of `vectors (..., d)`; NaN stays NaN."""
        weights = self.components_.T.astype(np.float32)
        scores = np.asarray(vectors, np.float32) @ weights - (self.mean_ @ self.components_.T).astype(np.float32)
        return np.asarray(scores, np.float32)

    def with_stretch(self, scores: NDArray[np.floating], *, percentiles: tuple[float, float] = (2.0, 98.0)) -> Self:
        """The same map, whose colors span these percentiles of `scores (n, k)`; NaN rows are left out."""
        known = scores[np.isfinite(scores).all(axis=-1)]
        return replace(self, stretch_=np.percentile(known, percentiles, axis=0).T.astype(np.float64))


def fit_pca(covariance: Covariance, n_components: int = 3) -> PCA:
    """The first components of what a covariance has seen.

    Raises
    ------
    InvalidInput
        More components than bands, or no more than one vector seen.
    """
    d = len(covariance.mean)
    if not 1 <= n_components <= d:
        raise InvalidInput(f"n_components={n_components}: expected 1 to {d}, the number of bands.")
    if covariance.count < 2:
        raise InvalidInput(f"PCA was fitted on {covariance.count} vectors with data: it needs two at least.")
    values, rows = np.linalg.eigh(covariance.scatter)
    values, rows = np.maximum(values[::-1], 0), rows.T[::-1]
    largest = np.abs(rows).argmax(axis=1, keepdims=True)
    rows = rows * np.where(np.take_along_axis(rows, largest, axis=1) < 0, -1.0, 1.0)
    ratio = values / max(values.sum(), np.finfo(float).tiny)
    return PCA(rows[:n_components], covariance.mean, ratio[:n_components])


def rgb(pca: PCA, codec: Codec, codes: Codes, scales: Scales | None = None) -> NDArray[np.uint8]:
    """Colors `(..., 3)` of codes: 1 … 255 over the stretch, 0 in all three where there is no data.

    Raises InvalidInput when `pca` has no stretch or fewer than three components.
    """
    if pca.stretch_ is None or len(pca.components_) < 3:
        raise InvalidInput("colors need a PCA of three components with a stretch: fit one with `cube.emb.fit_pca(3)`.")
    pixels = codes.shape[:-1]
    flat = codes.reshape(-1, codes.shape[-1])
    flat_scales = None if scales is None else scales.reshape(-1)
    low, high = pca.stretch_[:3].T.astype(np.float32)
    gain = 254 / np.maximum(high - low, np.finfo(np.float32).tiny)
    colors = np.zeros((len(flat), 3), np.uint8)
    for start in range(0, len(flat), TILE):
        tile = slice(start, start + TILE)
        vectors = codec.decode(flat[tile], None if flat_scales is None else flat_scales[tile])
        levels = np.clip((pca.transform(vectors)[:, :3] - low) * gain, 0, 254) + 1
        colors[tile] = np.where(np.isfinite(levels), np.rint(levels), 0)
    return colors.reshape(*pixels, 3)
