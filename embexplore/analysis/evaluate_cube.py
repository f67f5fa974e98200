"""What codecs cost a classification of a cube's own ground: labeled points or polygons to vectors, then `evaluate`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from embexplore.analysis.evaluate import CODECS, METHODS
from embexplore.analysis.evaluate import evaluate as evaluate_vectors
from embexplore.analysis.patches import patches_of
from embexplore.analysis.pooling import pool
from embexplore.analysis.splits import spatial_groups
from embexplore.core.codecs import Codec
from embexplore.core.pooling import FittedPooling

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame


def evaluate(
    cube: xr.Dataset,
    labels: "GeoDataFrame",
    *,
    codecs: Sequence[str | Codec] = CODECS,
    methods: Sequence[str] = METHODS,
    splits: Sequence[str] | None = None,
    pooling: str | FittedPooling = "mean",
    size: int = 1,
    block: float = 250.0,
    k: int = 5,
    folds: int = 5,
    year: int | None = None,
    random_state: int | None = None,
) -> "DataFrame":
    """How well classes are told from a cube's vectors that a codec has stored: a row a codec, method and split.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    labels : GeoDataFrame
        Points or polygons in any CRS with a column `label`, and `year` where shapes name one.
    codecs, methods, splits, k, folds, random_state
        As `embexplore.evaluate` takes them.
    pooling : str or FittedPooling
        How the pixels of a patch become one vector, as `pool` takes it.
    size : int
        Pixels along the square around a point; 1 is its own pixel. A polygon is its own patch.
    block : float
        Side in meters of the blocks of ground that a spatial split holds out together, and that the bootstrap draws.
    year : int, optional
        Of shapes that name none; the latest by default.

    Returns
    -------
    DataFrame
        As `embexplore.evaluate` gives it. Patches without data are left out; `attrs["without_data"]` counts them.

    Raises
    ------
    OutOfBounds
        A point lies outside the cube, a polygon holds no pixel of it.
    NoData
        No patch has data.
    InvalidInput
        As `patches_of`, `pool` and `embexplore.evaluate` raise it.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> table = ex.null_island().emb.evaluate(places, codecs=["float32", "int8"], methods=["knn"], year=2024)
    >>> list(table.codec), list(table.split)
    (['float32', 'int8', 'float32', 'int8'], ['random', 'random', 'spatial', 'spatial'])
    """
    patches = patches_of(cube, labels, size=size, year=year)
    vectors = pool(patches, pooling)
    has_data = np.isfinite(vectors).all(axis=1)
    table = evaluate_vectors(
        vectors[has_data],
        np.array(patches.labels, object)[has_data],
        groups=spatial_groups(labels, block)[has_data],
        codecs=codecs,
        methods=methods,
        splits=splits,
        k=k,
        folds=folds,
        random_state=random_state,
    )
    table.attrs["without_data"] = int((~has_data).sum())
    return table
