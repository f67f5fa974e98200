"""Mean and covariance of any number of vectors, gathered part by part in float64, exactly mergeable."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

_ROWS = 1 << 14
"""Vectors in float64 at a time: 8 MiB of 64 bands. Fewer would stay in cache, but each product waits for BLAS threads."""


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
