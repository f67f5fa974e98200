"""Groups that nobody named: k-means of a cube, fitted once, so that years and tiles share their groups."""

from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.fitting import sample
from embexplore.analysis.results import described
from embexplore.analysis.views import by_strips
from embexplore.core.clusters import Clusters
from embexplore.core.clusters import fit_clusters as fit
from embexplore.cube.chunks import map_chunks
from embexplore.cube.pieces import ChunkView, dimension_of
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput

SAMPLE = 20_000
"""Vectors that groups are fitted on. Fitted on other samples of this size, 99 % of Null Island's pixels stay in
their group of eight, and 81 to 99 % of twelve."""
STRIP = 1 << 22
"""Scores held at once: 16 MB of float32."""


def fit_clusters(
    cube: xr.Dataset, n: int = 8, *, year: int | None = None, sample_size: int = SAMPLE, random_state: int | None = None
) -> Clusters:
    """Groups of pixels that are alike, by k-means on unit vectors.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; of a large one, 64 random chunks are read.
    n : int
        How many groups, 2 to 254.
    year : int, optional
        The year whose pixels are grouped; the latest by default.
    sample_size : int
        Random pixels that the groups are fitted on.
    random_state : int, optional
        None is seed 0.

    Returns
    -------
    Clusters
        The largest group first: `centers_`, `shares_` and `distinctness_`. `cluster` maps any year with it.

    Raises
    ------
    InvalidInput
        The cube lacks the year or holds no data then; `n` is no such number, or more than there are pixels.

    Examples
    --------
    >>> import embexplore as ex
    >>> groups = ex.null_island().emb.fit_clusters(8, year=2024, random_state=0)
    >>> groups.centers_.shape, round(float(groups.shares_.sum()), 3)
    ((8, 64), 1.0)
    """
    if sample_size != int(sample_size) or sample_size < 1:
        raise InvalidInput(f"sample_size={sample_size}: expected a whole number of pixels.")
    one_year = cube.sel(time=[resolve_year(cube, year)])
    return fit(sample(one_year, size=int(sample_size), random_state=random_state), n, random_state=random_state)


def cluster(cube: xr.Dataset, clusters: Clusters, *, year: int | None = None) -> xr.DataArray:
    """The group of every pixel.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; the one that `clusters` was fitted on, or another of the same model.
    clusters : Clusters
        From `fit_clusters`. Equal vectors fall in equal groups in all years and cubes.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (y, x), uint8
        1 … n, the number of the group whose center is most similar; 0 where there is no data or outside a
        clipped area. Dask where the cube is.

    Raises
    ------
    InvalidInput
        `clusters` has another number of bands; the cube lacks the year.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> groups = cube.emb.cluster(cube.emb.fit_clusters(8, random_state=0), year=2024)
    >>> groups.dims, int(groups.max())
    (('y', 'x'), 8)
    """
    year = resolve_year(cube, year)
    bands = dimension_of(cube)
    if clusters.centers_.shape[1] != bands:
        raise InvalidInput(f"clusters have {clusters.centers_.shape[1]} bands: this cube has {bands}.")
    numbers = map_chunks(cube, [year], partial(_numbers, centers=clusters.centers_), dtype=np.uint8)
    return described(numbers, cube, name="group", long_name="group of alike pixels", year=year, groups=len(clusters))


def _numbers(view: ChunkView, centers: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Number of the most similar center, 1 … n; 0 for no data."""

    def of_strip(strip: ChunkView) -> NDArray[np.uint8]:
        scores = strip.similarity(centers)
        return np.where(np.isnan(scores[0]), 0, scores.argmax(axis=0) + 1).astype(np.uint8)

    return by_strips(view, of_strip, STRIP // len(centers))
