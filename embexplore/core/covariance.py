"""Mean and covariance of any number of vectors, gathered part by part in float64, exactly mergeable."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

_ROWS = 1 << 12
"""Vectors in float64 at a time: 2 MiB of 64 bands, which stay in cache."""


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
        room = np.empty((min(_ROWS, len(flat)), d))
        for start in range(0, len(flat), _ROWS):
            part = flat[start : start + _ROWS]
            if self.shift is None:
                self.shift = _mean_of_data(part)
                self.sums, self.products = np.zeros(d), np.zeros((d, d))
            if self.shift is None:
                continue
            with np.errstate(invalid="ignore"):
                x = np.subtract(part, self.shift, out=room[: len(part)])
                sums = x.sum(axis=0)
            if not np.isfinite(sums).all():  # asked of the sums: a look at every element takes as long as the product
                x = x[np.isfinite(x).all(axis=-1)]
                sums = x.sum(axis=0)
            self.sums += sums
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


def _mean_of_data(vectors: NDArray[np.floating]) -> NDArray[np.float64] | None:
    known = vectors[np.isfinite(vectors).all(axis=-1)]
    return known.mean(axis=0, dtype=np.float64) if len(known) else None
