"""One vector for a patch of pixels: averages, spreads, percentiles, and two that are learned from patches.

Pixels without data are left out, never counted as 0; a patch without any has NaN in all features.
Names and definitions: Corley et al. 2026, From Pixels to Patches, arXiv 2603.02080.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.clusters import fit_clusters
from embexplore.core.covariance import Covariance
from embexplore.core.normalize import normalize
from embexplore.core.pca import PCA, fit_pca
from embexplore.errors import InvalidInput

Pixels = NDArray[np.float64]
"""Of a patch those with data, `(n, d)`, n at least 1."""
Pooling = Callable[[Pixels, NDArray[np.float64]], Pixels]
"""Features `(f,)` of pixels and their weights `(n,)`, which sum to 1 and fall from the center."""

POWER = 3.0
"""Of `gem`."""
PERCENTILES = (10, 25, 50, 75, 90)
SAMPLED = 20_000
"""Pixels that words are learned from, as many of each patch."""


def pool_patch(patch: NDArray[np.floating], pooling: "str | FittedPooling" = "mean") -> NDArray[np.float32]:
    """The features of one patch.

    Parameters
    ----------
    patch : ndarray of shape (rows, columns, d)
        NaN or inf in any band is no data.
    pooling : str or FittedPooling
        A name of `POOLINGS`, or what `fit_pooling` gave.

    Returns
    -------
    ndarray of shape (f,), float32
        NaN without any data.

    Raises
    ------
    InvalidInput
        The name or the shape is none.
    """
    if isinstance(pooling, str) and pooling not in POOLINGS:
        hint = f" Learn {pooling} from patches first: fit_pooling." if pooling in FITTED else ""
        raise InvalidInput(f"pooling {pooling!r}: choose one of {', '.join(POOLINGS)}.{hint}")
    if np.ndim(patch) != 3 or not np.size(patch):
        raise InvalidInput(f"a patch has the shape {np.shape(patch)}: expected (rows, columns, bands).")
    pixels, weights = _with_data(patch)
    function = POOLINGS[pooling] if isinstance(pooling, str) else pooling.features
    if len(pixels):
        return np.asarray(function(pixels, weights), np.float32)
    nothing = np.zeros((1, pixels.shape[1]))
    return np.full(len(function(nothing, np.ones(1))), np.nan, np.float32)


def _with_data(patch: NDArray[np.floating]) -> tuple[Pixels, NDArray[np.float64]]:
    rows, columns, d = patch.shape
    pixels = np.asarray(patch, np.float64).reshape(-1, d)
    has_data = np.isfinite(pixels).all(axis=1)
    weights = _centered(rows, columns).reshape(-1)[has_data]
    return pixels[has_data], weights / weights.sum() if len(weights) else weights


def _centered(rows: int, columns: int) -> NDArray[np.float64]:
    """A Gaussian around the center, of a quarter of the shorter side."""
    sigma = min(rows, columns) / 4
    down, across = (np.arange(size) - (size - 1) / 2 for size in (rows, columns))
    return np.exp(-(down[:, None] ** 2 + across**2) / (2 * sigma**2))


def _mean(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(pixels.mean(axis=0))


def _std(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(pixels.std(axis=0))


def _max(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(pixels.max(axis=0))


def _min(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(pixels.min(axis=0))


def _gem(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    """The cube root of the mean cube, with its sign."""
    mean = (np.sign(pixels) * np.abs(pixels) ** POWER).mean(axis=0)
    return np.asarray(np.sign(mean) * np.abs(mean) ** (1 / POWER))


def _center_weighted_mean(pixels: Pixels, weights: NDArray[np.float64]) -> Pixels:
    return np.asarray(weights @ pixels)


def _percentiles(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    return np.asarray(np.percentile(pixels, PERCENTILES, axis=0).reshape(-1))


def _median_iqr(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    low, median, high = np.percentile(pixels, (25, 50, 75), axis=0)
    return np.concatenate([median, high - low])


def _flattened_cov(pixels: Pixels, _: NDArray[np.float64]) -> Pixels:
    """The upper triangle of the sample covariance, row by row, with the diagonal; zeros of a single pixel."""
    apart = pixels - pixels.mean(axis=0)
    covariance = apart.T @ apart / max(len(pixels) - 1, 1)
    return np.asarray(covariance[np.triu_indices(pixels.shape[1])])


def _joined(*parts: Pooling) -> Pooling:
    """Features of several poolings, one after the other."""

    def features(pixels: Pixels, weights: NDArray[np.float64]) -> Pixels:
        return np.concatenate([part(pixels, weights) for part in parts])

    return features


POOLINGS: Mapping[str, Pooling] = {
    "mean": _mean,
    "std": _std,
    "max": _max,
    "gem": _gem,
    "center_weighted_mean": _center_weighted_mean,
    "mean_std": _joined(_mean, _std),
    "mean_max": _joined(_mean, _max),
    "median_iqr": _median_iqr,
    "stats": _joined(_min, _max, _mean, _std),
    "percentiles": _percentiles,
    "flattened_cov": _flattened_cov,
}
"""Poolings that learn nothing, by name."""


class FittedPooling(ABC):
    """A pooling learned from patches, which `pool` takes where a name could stand."""

    @abstractmethod
    def features(self, pixels: Pixels, weights: NDArray[np.float64]) -> Pixels:
        """Of the pixels of a patch that have data."""


@dataclass(frozen=True, eq=False)
class Components(FittedPooling):
    """Principal components of patches' means."""

    pca: PCA

    def features(self, pixels: Pixels, weights: NDArray[np.float64]) -> Pixels:
        """`(k,)`."""
        return np.asarray(self.pca.transform(_mean(pixels, weights)), np.float64)


@dataclass(frozen=True, eq=False)
class Words(FittedPooling):
    """A bag of visual words: the share of a patch's pixels that is most like each of some directions.

    Attributes
    ----------
    centers_ : ndarray of shape (k, d), float32
        Unit length.
    """

    centers_: NDArray[np.float32]

    def features(self, pixels: Pixels, weights: NDArray[np.float64]) -> Pixels:
        """`(k,)`, with the sum 1."""
        nearest = (normalize(pixels) @ self.centers_.T).argmax(axis=1)
        return np.bincount(nearest, minlength=len(self.centers_)) / len(pixels)


def fit_pooling(
    patches: Iterable[NDArray[np.floating]], name: str, *, size: int | None = None, random_state: int | None = None
) -> FittedPooling:
    """Learn a pooling from the patches of a training set.

    Parameters
    ----------
    patches : iterable of ndarray (rows, columns, d)
        Read once, one after the other; those without data are left out.
    name : {"pca", "bovw"}
        Principal components of patches' means, or a bag of visual words.
    size : int, optional
        Components, 64 or as many as there are bands; or words, 128, at most 254.
    random_state : int, optional
        Of the pixels sampled and the words; None is seed 0.

    Raises
    ------
    InvalidInput
        The name is none, or there is too little to learn from.

    Examples
    --------
    >>> import numpy as np, embexplore as ex
    >>> patches = np.random.default_rng(0).normal(size=(30, 8, 8, 16)).astype(np.float32)
    >>> ex.pool(patches, ex.fit_pooling(patches, "bovw", size=10)).shape
    (30, 10)
    """
    if name not in FITTED:
        raise InvalidInput(f"pooling {name!r} is not learned: choose {' or '.join(FITTED)}.")
    found = [pixels for pixels, _ in map(_with_data, map(np.asarray, patches)) if len(pixels)]
    if len(found) < 2:
        raise InvalidInput(f"{len(found)} patches have data: a pooling is learned from two at least.")
    return FITTED[name](found, size, np.random.default_rng(random_state or 0))


def _components(patches: list[Pixels], size: int | None, _: np.random.Generator) -> FittedPooling:
    means = np.stack([pixels.mean(axis=0) for pixels in patches])
    return Components(fit_pca(Covariance().update(means), means, min(64, means.shape[1]) if size is None else size))


def _words(patches: list[Pixels], size: int | None, rng: np.random.Generator) -> FittedPooling:
    share = max(1, SAMPLED // len(patches))
    sample = np.concatenate([pixels[rng.permutation(len(pixels))[:share]] for pixels in patches])
    found = fit_clusters(sample, 128 if size is None else size, random_state=int(rng.integers(1, 1 << 31)))
    return Words(found.centers_)


FITTED: Mapping[str, Callable[[list[Pixels], int | None, np.random.Generator], FittedPooling]] = {
    "pca": _components,
    "bovw": _words,
}
"""Poolings that are learned, by name."""
