"""Patches, an array or a cube to one vector a patch: `core.pooling` over whatever holds the pixels."""

from collections.abc import Iterable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.patches import whole
from embexplore.core.pooling import FittedPooling, pool_patch
from embexplore.cube.patches import Patches
from embexplore.errors import InvalidInput, NoData


def pool(
    pixels: "Patches | xr.Dataset | NDArray[np.floating] | Iterable[NDArray[np.floating]]",
    pooling: str | FittedPooling = "mean",
    *,
    year: int | None = None,
) -> NDArray[np.float32]:
    """One vector for a patch of pixels, or for each of several.

    Parameters
    ----------
    pixels : Patches, Dataset, or array of shape (rows, columns, d) or (n, rows, columns, d)
        Patches are read one at a time, a cube (clipped or not) is one patch of unit vectors. NaN is no data, and
        is left out.
    pooling : str or FittedPooling
        `mean`, `std`, `max`, `gem` (the cube root of the mean cube), `center_weighted_mean` (a Gaussian of a quarter
        of the shorter side), `mean_std`, `mean_max`, `median_iqr`, `stats` (min, max, mean, std), `percentiles`
        (10, 25, 50, 75, 90), `flattened_cov` (the covariance's upper triangle); or what `fit_pooling` learned.
    year : int, optional
        Of a cube; the latest by default.

    Returns
    -------
    ndarray of shape (f,) or (n, f), float32
        Of several patches, NaN for one without data: leave it out before `evaluate`.

    Raises
    ------
    NoData
        The one patch, or every one of several, has no data.
    InvalidInput
        The pooling is unknown, or the shape is none of a patch.

    Examples
    --------
    >>> import embexplore as ex
    >>> ex.pool(ex.null_island(), "stats", year=2024).shape
    (256,)
    """
    if isinstance(pixels, xr.Dataset):
        return _of_one(whole(pixels, year), pooling)
    if isinstance(pixels, np.ndarray) and pixels.ndim == 3:
        return _of_one(pixels, pooling)
    if isinstance(pixels, np.ndarray) and pixels.ndim != 4:
        raise InvalidInput(f"pixels have the shape {pixels.shape}: expected (rows, columns, d), or several such.")
    rows = [pool_patch(patch, pooling) for patch in pixels]
    if not rows:
        raise InvalidInput("There are no patches to pool.")
    found = np.stack(rows)
    if np.isnan(found).all():
        raise NoData(f"None of these {len(rows)} patches has data: choose another area or year.")
    return found


def _of_one(patch: NDArray[np.floating], pooling: str | FittedPooling) -> NDArray[np.float32]:
    found = pool_patch(patch, pooling)
    if np.isnan(found).all():
        raise NoData("This patch has no data: choose another area or year.")
    return found
