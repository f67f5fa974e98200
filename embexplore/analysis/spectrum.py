"""How many directions a cube's vectors vary in: its spectrum and intrinsic dimension, on a sample of the ground."""

import xarray as xr

from embexplore.analysis.pixels import scattered
from embexplore.core.dimension import Dimension
from embexplore.core.dimension import dimension as of_vectors
from embexplore.cube.pieces import prepared
from embexplore.cube.years import resolve_year

SAMPLE = 20_000
"""Pixels that the spectrum is told from: its shares are then good to a percent of themselves."""


def dimension(cube: xr.Dataset, *, year: int | None = None, random_state: int | None = None) -> Dimension:
    """The principal spectrum of a cube's unit vectors, and their intrinsic dimension by three estimators.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; 20 000 random pixels of at most 64 chunks are read, and the neighbors of
        4000 of them looked at.
    year : int, optional
        The latest by default.
    random_state : int, optional
        Which pixels; None is seed 0.

    Returns
    -------
    Dimension
        `spectrum`, `effective`, `two_nn`, `likelihood`, `local_pca`. Rounding to int8 is noise in all bands: where
        pixels are denser than its steps, neighbors tell a dimension that is too high.

    Raises
    ------
    InvalidInput
        Fewer than two pixels with data.

    Examples
    --------
    >>> import embexplore as ex
    >>> found = ex.null_island().emb.dimension(year=2024)
    >>> found.kept(0.9) < 32, found.two_nn < 64
    (True, True)
    """
    cube = prepared(cube)
    _, _, vectors = scattered(cube, SAMPLE, year=resolve_year(cube, year), random_state=random_state)
    return of_vectors(vectors, random_state=random_state)
