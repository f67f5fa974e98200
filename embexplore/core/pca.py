"""Principal components, exact: a streaming float64 covariance, its eigenvectors, and a color stretch.

`IncrementalPCA(3)` and `torch.pca_lowrank(q=3)` gave wrong subspaces on embeddings; a covariance of
64 to 1024 bands is small enough to be solved exactly, however many pixels there are.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

PERCENTILES = (2.0, 98.0)
"""What the colors stretch between: outliers saturate instead of dimming everything else."""

_ROWS = 1 << 12
"""Vectors in float64 at a time: 2 MiB of 64 bands, which stays in cache."""


@dataclass(frozen=True, eq=False)
class PCA:
    """A fitted linear map to a few components, with the stretch that turns them into colors.

    Attributes
    ----------
    components_ : ndarray of shape (k, d), float64
        Orthonormal rows, by falling variance. The element largest in size is positive, so fits agree in sign.
    mean_ : ndarray of shape (d,), float64
    explained_variance_ratio_ : ndarray of shape (k,), float64
        In [0, 1].
    stretch_ : ndarray of shape (k, 2), float64
        The values of each component that become the darkest and the brightest color.
    """

    components_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    explained_variance_ratio_: NDArray[np.float64]
    stretch_: NDArray[np.float64]

    def transform(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Components `(..., k)` of `vectors (..., d)`; NaN where there is no data."""
        return np.asarray((np.asarray(vectors, np.float64) - self.mean_) @ self.components_.T, np.float32)


@dataclass(eq=False)
class Covariance:
    """Sums of many vectors and of their products, gathered part by part, in float64.

    The first vectors' mean is taken off all of them: sums of squares around it lose nothing to
    cancellation, even where the mean is large beside the spread.

    Attributes
    ----------
    count : int
        Vectors taken in.
    shift : ndarray of shape (d,), float64, or None
        What is taken off every vector.
    sums : ndarray of shape (d,), float64
        Of what is left.
    products : ndarray of shape (d, d), float64
        Of what is left.
    """

    count: int = 0
    shift: NDArray[np.float64] | None = None
    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    products: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

    def update(self, vectors: NDArray[np.floating]) -> Self:
        """Take in `vectors (..., d)`; those with NaN or inf are left out."""
        d = vectors.shape[-1]
        flat = vectors.reshape(-1, d)
        if self.shift is not None and d != len(self.shift):
            raise InvalidInput(f"vectors have {d} bands, those before had {len(self.shift)}: they must agree.")
        for start in range(0, len(flat), _ROWS):
            part = flat[start : start + _ROWS]
            has_data = np.isfinite(part).all(axis=-1)
            part = part if has_data.all() else part[has_data]
            if not len(part):
                continue
            if self.shift is None:
                self.shift = part.mean(axis=0, dtype=np.float64)
                self.sums, self.products = np.zeros(d), np.zeros((d, d))
            x = np.subtract(part, self.shift, dtype=np.float64)
            self.sums += x.sum(axis=0)
            self.products += x.T @ x
            self.count += len(x)
        return self

    def merge(self, other: "Covariance") -> Self:
        """Take in what another has gathered, as if its vectors had come here."""
        if other.shift is None:
            return self
        if self.shift is None:
            self.shift = other.shift.copy()
            self.sums, self.products = np.zeros_like(other.sums), np.zeros_like(other.products)
        step = other.shift - self.shift
        self.products += other.products + np.outer(step, other.sums) + np.outer(other.sums, step)
        self.products += other.count * np.outer(step, step)
        self.sums += other.sums + other.count * step
        self.count += other.count
        return self

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean vector `(d,)`."""
        return np.asarray(self.sums / max(self.count, 1) + (0 if self.shift is None else self.shift))

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance matrix `(d, d)` with n − 1 degrees of freedom."""
        centered = self.products - np.outer(self.sums, self.sums) / max(self.count, 1)
        return np.asarray(centered / max(self.count - 1, 1))


def fit_pca(gathered: Covariance, sample: NDArray[np.floating], n_components: int = 3) -> PCA:
    """The principal components of all vectors gathered, with colors that fit a sample of them.

    Parameters
    ----------
    gathered : Covariance
        Of at least two vectors.
    sample : ndarray of shape (n, d)
        Vectors whose components span the colors, between the percentiles 2 and 98; NaN is left out.
    n_components : int
        At most d.

    Raises
    ------
    InvalidInput
        For fewer than two vectors, a sample without data, or more components than bands.
    """
    if gathered.count < 2:
        raise InvalidInput(f"PCA was given {gathered.count} vectors with data: it needs two at least.")
    d = len(gathered.mean)
    if not 1 <= n_components <= d:
        raise InvalidInput(f"n_components={n_components}: these vectors have 1 to {d} components.")
    variances, vectors = np.linalg.eigh(gathered.covariance)
    variances = np.maximum(variances[::-1], 0)
    components = vectors[:, ::-1].T[:n_components]
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(n_components), largest])[:, None]
    total = variances.sum()
    ratios = variances[:n_components] / (total if total > 0 else 1)
    return PCA(components, gathered.mean, ratios, _stretch(components, gathered.mean, sample))


def _stretch(
    components: NDArray[np.float64], mean: NDArray[np.float64], sample: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Percentiles 2 and 98 of every component `(k, 2)`, at least a grain apart."""
    x = np.asarray(sample, np.float64).reshape(-1, len(mean))
    x = x[np.isfinite(x).all(axis=-1)]
    if not len(x):
        raise InvalidInput("the sample for the colors has no data: every vector has NaN or inf.")
    low, high = np.percentile((x - mean) @ components.T, PERCENTILES, axis=0)
    grain = np.maximum(np.abs(low) * np.finfo(np.float32).eps, 1e-30)
    return np.stack([low, np.maximum(high, low + grain)], axis=1)
