"""Principal components, exact: eigenvectors of a float64 covariance, and colors straight from codes.

`IncrementalPCA(3)` and `torch.pca_lowrank(q=3)` gave wrong subspaces on embeddings; a covariance of
64 to 1024 bands is small enough to be solved exactly, however many pixels there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Scales
from embexplore.core.cosine import ValueMap
from embexplore.core.covariance import Covariance
from embexplore.core.many_kernels import MANY, many_band_first, many_pixel_major
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.core.stretch import stretch
from embexplore.errors import InvalidInput

PERCENTILES = (2.0, 98.0)
"""What the colors stretch between: outliers saturate instead of dimming everything else."""

TIE = 1e-9
"""Relative difference of two loadings that is rounding: bands of equal or opposite bits load exactly alike."""

TILE = 1 << 14
"""Pixels whose components are held at a time: three float32 of each stay in cache."""

Floats = NDArray[np.float32]
Projection = Callable[[int, int], Floats]


@dataclass(frozen=True, eq=False, repr=False)
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
    percentiles_ : ndarray of shape (k, 101), float64
        The percentiles 0, 1 … 100 of each component on the pixels that the stretch was learned on.
    """

    components_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    explained_variance_ratio_: NDArray[np.float64]
    stretch_: NDArray[np.float64]
    percentiles_: NDArray[np.float64]

    def __repr__(self) -> str:
        shares = ", ".join(f"{100 * share:.1f} %" for share in self.explained_variance_ratio_)
        return f"<PCA of {len(self.mean_)} bands: its components hold {shares} of the variance>"

    def transform(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Components `(..., k)` of `vectors (..., d)`; NaN where there is no data."""
        return np.asarray((np.asarray(vectors, np.float64) - self.mean_) @ self.components_.T, np.float32)

    def pick(self, components: Sequence[int]) -> "PCA":
        """The PCA of some components in this order, from 0: three of them are red, green and blue.

        Raises InvalidInput for a component that it does not have, and for none.
        """
        k = len(self.components_)
        order = list(components)
        if not order or not all(0 <= number < k for number in order):
            raise InvalidInput(f"components {order}: this PCA has 0 to {k - 1}.")
        parts = ("components_", "explained_variance_ratio_", "stretch_", "percentiles_")
        return replace(self, **{name: getattr(self, name)[order] for name in parts})

    def stretched(self, low: float, high: float) -> "PCA":
        """The PCA whose colors stretch between two percentiles; outliers beyond them saturate.

        Raises InvalidInput unless 0 <= low < high <= 100.
        """
        if not 0 <= low < high <= 100:
            raise InvalidInput(f"stretch {low} to {high}: expected percentiles 0 to 100, the lower one first.")
        at = np.arange(self.percentiles_.shape[1])
        ends = [np.interp((low, high), at, values) for values in self.percentiles_]
        return replace(self, stretch_=_apart(np.array(ends)))


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
    loads = np.abs(components)  # of equal ones the first, though rounding may set another a little higher
    largest = (loads > loads.max(axis=1, keepdims=True) * (1 - TIE)).argmax(axis=1)
    components = components * np.sign(components[np.arange(n_components), largest])[:, None]
    total = variances.sum()
    ratios = variances[:n_components] / (total if total > 0 else 1)
    percentiles = _percentiles(components, gathered.mean, sample)
    stretch = _apart(percentiles[:, [round(percentile) for percentile in PERCENTILES]])
    return PCA(components, gathered.mean, ratios, stretch, percentiles)


def _percentiles(
    components: NDArray[np.float64], mean: NDArray[np.float64], sample: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Percentiles 0, 1 … 100 of every component `(k, 101)`."""
    x = np.asarray(sample).reshape(-1, len(mean))
    is_data = np.isfinite(x).all(axis=-1)
    x = x if is_data.all() else x[is_data]  # hundred thousand vectors: not copied without reason
    if not len(x):
        raise InvalidInput("the sample for the colors has no data: every vector has NaN or inf.")
    return np.asarray(np.percentile((x - mean) @ components.T, np.arange(101), axis=0).T)


def _apart(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of stretches `(k, 2)`, at least a grain apart."""
    low, high = ends.T
    grain = np.maximum(np.abs(low) * np.finfo(np.float32).eps, 1e-30)
    return np.stack([low, np.maximum(high, low + grain)], axis=1)


def rgb(
    pca: PCA,
    codec: Codec,
    codes: NDArray[np.generic],
    scales: Scales | None = None,
    *,
    valid: NDArray[np.generic] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """The first three components of every vector as colors.

    Parameters
    ----------
    pca : PCA
        Of at least three components, fitted on decoded vectors.
    codec : Codec
    codes : ndarray of shape (..., c)
        Any view.
    scales : ndarray of shape (...), optional
        Per-pixel scales, where the codec has them.
    valid : ndarray of shape (...), optional
        No data where it is 0.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray of shape (..., 3), uint8
        0 for no data in all three, 1 … 255 for data.
    """
    if len(pca.components_) < 3:
        raise InvalidInput(f"this PCA has {len(pca.components_)} components: colors need 3.")
    shape = codes.shape[:-1]
    is_fused = isinstance(getattr(codec, "meaning", None), ValueMap)
    factors = np.ones(0, np.float32)
    if scales is not None and is_fused:
        factors = np.ascontiguousarray(scales, np.float32).reshape(-1)
    out = np.empty((int(np.prod(shape)), 3), np.uint8)
    gain = 254 / (pca.stretch_[:3, 1] - pca.stretch_[:3, 0])
    # 1.5: data starts at 1, and half a color rounds what is then cut to whole numbers.
    bias = 1.5 - (pca.components_[:3] @ pca.mean_ + pca.stretch_[:3, 0]) * gain
    project = (_fused if is_fused else _by_decoding)(pca.components_[:3], codec, codes, scales)

    def work(start: int, stop: int) -> None:
        for p in range(start, stop, TILE):
            end = min(p + TILE, stop)
            stretch(project(p, end), factors[p:end], gain.astype(np.float32), bias.astype(np.float32), out[p:end])

    in_tiles(work, len(out), threads)
    if valid is not None:
        out[~np.asarray(valid).reshape(-1).astype(bool)] = 0
    return out.reshape((*shape, 3))


def _fused(
    components: NDArray[np.float64], codec: Codec, codes: NDArray[np.generic], scales: Scales | None
) -> Projection:
    """Components `(3, pixels)` of a range of pixels by the kernels, before per-pixel scales."""
    del scales
    meaning: ValueMap = getattr(codec, "meaning")  # noqa: B009 - only some codecs have one
    memory, values = pixels(codes), meaning.values(codes.shape[-1], rescale=False)
    run = many_band_first if memory.is_band_first else many_pixel_major
    queries = np.zeros((MANY, codes.shape[-1]), np.float32)
    queries[:3] = components * meaning.factor

    def project(start: int, stop: int) -> Floats:
        dots = np.empty((3, stop - start), np.float32)
        run(memory.memory, values, queries, False, start, stop, start, dots)
        return dots

    return project


def _by_decoding(
    components: NDArray[np.float64], codec: Codec, codes: NDArray[np.generic], scales: Scales | None
) -> Projection:
    """Components `(3, pixels)` of a range of pixels, decoded."""
    shape = codes.shape[:-1]

    def project(start: int, stop: int) -> Floats:
        where = np.unravel_index(np.arange(start, stop), shape)
        vectors = codec.decode(codes[where], None if scales is None else scales[where])
        return np.ascontiguousarray(components @ vectors.T, np.float32)

    return project
