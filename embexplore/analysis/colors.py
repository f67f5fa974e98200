"""Color by principal components: fitted once, so that years and tiles share their colors."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.results import described
from embexplore.cube import schema
from embexplore.cube.chunks import map_chunks
from embexplore.cube.pieces import ChunkView
from embexplore.cube.years import resolve_year

if TYPE_CHECKING:
    from embexplore.core.pca import PCA

RGB = "rgb"
"""Dim of a color map: red, green, blue."""


def fit_pca(
    cube: xr.Dataset,
    n_components: int = 3,
    *,
    years: Sequence[int] | None = None,
    random_state: int | None = None,
) -> "PCA":
    """TODO."""
    raise NotImplementedError


def pca_rgb(cube: xr.Dataset, pca: "PCA", *, year: int | None = None) -> xr.DataArray:
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
    colors = map_chunks(cube, [year], partial(_rgb, pca=pca), dtype=np.uint8, leading={RGB: 3})
    colors = colors.transpose(schema.Y, schema.X, RGB).assign_coords({RGB: ["red", "green", "blue"]})
    return described(colors, cube, name="colors", long_name="principal components as colors", year=year)


def _rgb(view: ChunkView, pca: "PCA") -> NDArray[np.uint8]:
    raise NotImplementedError
