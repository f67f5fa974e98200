"""Color by principal components: fitted once, so that years and tiles share their colors."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.results import described
from embexplore.analysis.views import by_strips, part_of
from embexplore.core.covariance import Covariance
from embexplore.core.parallel import processors
from embexplore.core.pca import PCA, rgb
from embexplore.core.pca import fit_pca as fit_components
from embexplore.cube import schema
from embexplore.cube.chunks import iterate_chunks, map_chunks
from embexplore.cube.pieces import ChunkView, dimension_of
from embexplore.cube.years import resolve_year, years_of
from embexplore.errors import InvalidInput

COMPONENT = "component"
"""Dim of a map of components."""
RGB = "rgb"
"""Dim of a color map: red, green, blue."""
STRETCH_SAMPLE = 100_000
"""Pixels that the stretch is learned on: their 2nd and 98th percentile are good to 0.05 % of the pixels."""
FEW = 100
"""Fewer pixels say nothing about percentiles."""


def fit_pca(
    cube: xr.Dataset,
    n_components: int = 3,
    *,
    years: Sequence[int] | None = None,
    random_state: int | None = None,
) -> PCA:
    """Principal components of a cube, with the color stretch that belongs to them.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; read once, chunk by chunk.
    n_components : int
        Three make colors.
    years : sequence of int, optional
        All years by default, so that all share their colors.
    random_state : int, optional
        Where the grid of pixels lies that the stretch is learned on; None is seed 0.

    Returns
    -------
    PCA
        Exact: the eigenvectors of the covariance of every pixel with data, added up in float64. Only the
        stretch, the 2nd to 98th percentile of each component, comes from an even grid of 100 000 pixels
        where there are more. Numpy and dask give the same up to the rounding of those sums.

    Raises
    ------
    InvalidInput
        The cube lacks a year, has fewer bands than `n_components`, or fewer than two pixels with data.

    Examples
    --------
    >>> import embexplore as ex
    >>> pca = ex.null_island().emb.fit_pca(3, years=[2024], random_state=0)
    >>> pca.components_.shape, bool(pca.explained_variance_ratio_.sum() > 0.3)
    ((3, 64), True)
    """
    if years is not None and not len(years):
        raise InvalidInput(f"years={years!r}: give at least one, or none at all for every year of this cube.")
    chosen = [resolve_year(cube, year) for year in (years_of(cube) if years is None else years)]
    step = _grid_step(cube, len(chosen))
    covariance, scattered = _accumulated(cube, chosen, step, random_state)
    if len(scattered) < FEW and step > 1:  # hardly any data, and none of it on the grid: take all
        _, scattered = _accumulated(cube, chosen, 1, random_state)
    return fit_components(covariance, scattered, n_components)


def _grid_step(cube: xr.Dataset, years: int) -> int:
    """Every so many rows and columns make a grid of at most `STRETCH_SAMPLE` pixels."""
    pixels = cube.sizes[schema.Y] * cube.sizes[schema.X]
    if schema.INSIDE in cube.coords:
        pixels = int(cube.coords[schema.INSIDE].sum())
    return math.ceil(math.sqrt(years * pixels / STRETCH_SAMPLE))


def _accumulated(
    cube: xr.Dataset, years: Sequence[int], step: int, random_state: int | None
) -> tuple[Covariance, NDArray[np.float32]]:
    """The covariance of all pixels with data, and the vectors of those on a grid of every `step`-th."""
    row, column = np.random.default_rng(random_state or 0).integers(0, step, 2)
    d = dimension_of(cube)

    def take(view: ChunkView) -> tuple[Covariance, NDArray[np.float32]]:
        rows, columns = (
            slice((first - part.start) % step, None, step) for first, part in ((row, view.rows), (column, view.columns))
        )
        return Covariance().update(view.vectors()), part_of(view, rows, columns).vectors()

    covariance, scattered = Covariance(), [np.empty((0, d), np.float32)]
    views = chain.from_iterable(iterate_chunks(cube, year) for year in years)
    with ThreadPoolExecutor(processors()) as pool:
        while batch := list(islice(views, processors())):  # so many chunks in memory, whatever the cube's size
            for gathered, some in pool.map(take, batch):
                covariance = covariance.merge(gathered)
                scattered.append(some)
    return covariance, np.concatenate(scattered)


def pca_rgb(cube: xr.Dataset, pca: PCA, *, year: int | None = None) -> xr.DataArray:
    """The first three principal components as colors, with the stretch that was learned with them.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; the one that `pca` was fitted on, or another of the same model.
    pca : PCA
        Of at least three components, from `fit_pca`. Equal vectors get equal colors in all years and cubes.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (y, x, rgb), uint8
        1 … 255 where there is data; 0 in all three where there is none or outside a clipped area. Dask where
        the cube is.

    Raises
    ------
    InvalidInput
        `pca` has fewer than three components or another number of bands; the cube lacks the year.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> rgb = cube.emb.pca_rgb(cube.emb.fit_pca(3, random_state=0), year=2024)
    >>> rgb.dims, rgb.dtype
    (('y', 'x', 'rgb'), dtype('uint8'))
    """
    year = resolve_year(cube, year)
    (k, d), bands = pca.components_.shape, dimension_of(cube)
    if k < 3 or d != bands:
        raise InvalidInput(f"pca has {k} components of {d} bands: colors of this cube need 3 of {bands}.")
    colors = map_chunks(cube, [year], partial(_rgb, pca=pca), dtype=np.uint8, leading={RGB: 3})
    colors = colors.transpose(schema.Y, schema.X, RGB).assign_coords({RGB: ["red", "green", "blue"]})
    return described(colors, cube, name="colors", long_name="principal components as colors", year=year)


def components(cube: xr.Dataset, pca: PCA, *, year: int | None = None) -> xr.DataArray:
    """The principal components of every pixel, as numbers.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; the one that `pca` was fitted on, or another of the same model.
    pca : PCA
        From `fit_pca`.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (y, x, component), float32
        By falling variance, or in the order of `pca.pick`; NaN where there is no data. Dask where the cube is.

    Raises
    ------
    InvalidInput
        `pca` has another number of bands; the cube lacks the year.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> found = cube.emb.components(cube.emb.fit_pca(5, random_state=0), year=2024)
    >>> found.dims, found.sizes["component"]
    (('y', 'x', 'component'), 5)
    """
    year = resolve_year(cube, year)
    (k, d), bands = pca.components_.shape, dimension_of(cube)
    if d != bands:
        raise InvalidInput(f"pca has {d} bands: this cube has {bands}.")
    found = map_chunks(cube, [year], partial(_components, pca=pca), dtype=np.float32, leading={COMPONENT: k})
    found = found.transpose(schema.Y, schema.X, COMPONENT)
    return described(found, cube, name="components", long_name="principal components", units="1", year=year)


def _components(view: ChunkView, pca: PCA) -> NDArray[np.float32]:
    return np.moveaxis(by_strips(view, lambda strip: pca.transform(strip.decode())), -1, 0)


def _rgb(view: ChunkView, pca: PCA) -> NDArray[np.uint8]:
    return np.moveaxis(rgb(pca, view.codec, view.codes, view.scales, valid=view.valid), -1, 0)
