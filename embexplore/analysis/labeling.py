"""What helps while labeling: the next point to label, and how right the map is so far."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.classes import CONFIDENCE, LABEL, Examples, examples_of
from embexplore.analysis.pixels import pixels_at, scattered, vectors_at
from embexplore.core import accuracy as core
from embexplore.core.accuracy import Accuracy, Fit
from embexplore.core.classifiers import Classifier
from embexplore.core.classifiers import fit_classifier as fit
from embexplore.core.suggestions import suggestions
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

GROUND = 2000
"""Random pixels that suggestions are chosen from and stand for; comparing all pairs takes 0.1 s."""


def suggest(
    cube: xr.Dataset,
    points: "GeoDataFrame | None" = None,
    *,
    n: int = 1,
    classifier: Classifier | None = None,
    year: int | None = None,
    random_state: int | None = None,
) -> "GeoDataFrame":
    """The places whose labels would teach most: they stand for much ground that is unsure and unlike all labels.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; of a large one, 64 random chunks are read.
    points : GeoDataFrame, optional
        Labeled before, or skipped: only where they are counts. Without any, the most typical place comes first.
    n : int
        How many, each chosen as if those before it had been labeled.
    classifier : Classifier, optional
        From `fit_classifier`; weighs every pixel by how unsure its class is (1 − the lead of the likeliest class
        over the next).
    year : int, optional
        The latest by default.
    random_state : int, optional
        Of the 2,000 pixels that are looked at; None is seed 0.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        `rank` from 1, `gain` (how much nearer, in weighted mean cosine, the ground comes to a label), with
        `classifier` also `label` and `confidence` as mapped now; `x`, `y` in the cube's CRS, and `geometry`.
        Fewer than `n` rows where nothing is left to gain.

    Raises
    ------
    InvalidInput
        `n` is no such number, there is no data in that year.

    Examples
    --------
    >>> import embexplore as ex
    >>> hints = ex.null_island().emb.suggest(n=3, year=2024, random_state=0)
    >>> list(hints["rank"]), bool(hints["gain"].is_monotonic_decreasing)
    ([1, 2, 3], True)
    """
    import geopandas as gpd

    if n != int(n) or n < 1:
        raise InvalidInput(f"n={n}: expected a whole number from 1.")
    year = resolve_year(cube, year)
    rows, columns, ground = scattered(cube, GROUND, year=year, random_state=random_state)
    if not len(ground):
        raise InvalidInput(f"There is no data in {year} to suggest points from: choose another year or area.")
    likely = None if classifier is None else classifier.predict(ground)
    unsure = None if likely is None else 1 - _lead(likely)
    picked, gains = suggestions(ground, _seen(cube, points, year), int(n), unsure=unsure)
    x, y = cube[schema.X].values[columns[picked]], cube[schema.Y].values[rows[picked]]
    table = {"rank": np.arange(1, len(picked) + 1), "gain": gains, "x": x, "y": y}
    if likely is not None and classifier is not None:
        numbers = likely[picked].argmax(axis=1)
        table |= {LABEL: [classifier.classes[number] for number in numbers], CONFIDENCE: likely[picked].max(axis=1)}
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(*grid_of(cube).lonlat(x, y)), crs="EPSG:4326")


def accuracy(
    cube: xr.Dataset,
    points: "GeoDataFrame",
    *,
    method: str = "neighbors",
    k: int = 5,
    C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
    year: int | None = None,
    block: float = 250.0,
    random_state: int | None = None,
) -> Accuracy:
    """How right a map from these points is, each point judged by a classifier that saw no point of its block.

    Points close to each other are alike: judged by its neighbors, a map looks better than it is. So land is cut
    into square blocks, and whole blocks are held out, in ten folds at most.

    Parameters
    ----------
    cube : Dataset
    points, method, k, C, year
        As `fit_classifier` takes them.
    block : float
        Side of a block in meters.
    random_state : int, optional
        How blocks are dealt to folds; None is seed 0.

    Returns
    -------
    Accuracy
        `value` with its 95 % interval `low`, `high`; `f1` by class; `confusion`. It speaks of places like
        those that were labeled, not of a random pixel.

    Raises
    ------
    InvalidInput
        All points lie in one block, or as `fit_classifier` raises it.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> found = ex.null_island().emb.accuracy(places, year=2024)
    >>> 0 <= found.low <= found.value <= found.high <= 1
    True
    """
    known = examples_of(cube, points, year=year)
    blocks = blocks_of(known, grid_of(cube), block)
    how = _fit(method, k, C, known)
    return core.accuracy(known.vectors, known.names, blocks, how, random_state=random_state)


def learning_curve(
    cube: xr.Dataset,
    points: "GeoDataFrame",
    *,
    method: str = "neighbors",
    k: int = 5,
    C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
    year: int | None = None,
    block: float = 250.0,
    steps: int = 8,
    orders: int = 20,
    random_state: int | None = None,
) -> "DataFrame":
    """How accuracy grew as points were added, beside the same points in random order.

    Parameters
    ----------
    cube : Dataset
    points : GeoDataFrame
        In the order in which they were labeled.
    method, k, C, year, block
        As `accuracy` takes them.
    steps : int
        Rows of the table, from two points to all.
    orders : int
        Random orders.
    random_state : int, optional
        Of folds and orders; None is seed 0.

    Returns
    -------
    DataFrame
        `points`, `accuracy` (of all points, each judged from other blocks), and `random`, `random_low`,
        `random_high`: mean and middle 95 % over random orders. At the last row all are equal.

    Raises
    ------
    InvalidInput
        As `accuracy` raises it.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> list(ex.null_island().emb.learning_curve(places, year=2024, steps=3)["points"])[0]
    2
    """
    import pandas as pd

    known = examples_of(cube, points, year=year)
    blocks = blocks_of(known, grid_of(cube), block)
    how = _fit(method, k, C, known)
    found = core.curve(known.vectors, known.names, blocks, how, steps=steps, orders=orders, random_state=random_state)
    return pd.DataFrame(found)


def blocks_of(known: Examples, grid: Grid, side: float) -> NDArray[np.int64]:
    """The number of the square of `side` meters that each point lies in, counted from the grid's upper-left corner."""
    if not side > 0:
        raise InvalidInput(f"block={side}: expected meters above 0.")
    left, _, _, top = grid.bounds
    width, height = grid.meters
    a, _, _, _, e, _ = grid.transform
    across = np.floor((known.x - left) * (width / a) / side).astype(np.int64)
    down = np.floor((top - known.y) * (height / -e) / side).astype(np.int64)
    return down * (int(across.max(initial=0)) + 1) + across


def _fit(method: str, k: int, strength: float, known: Examples) -> Fit:
    """How every fold is fitted; once on all points first, so that what cannot be fitted is told at once."""
    how = partial(fit, method=method, k=k, C=strength)
    how(known.vectors, known.names)
    return how


def _lead(likely: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the likeliest class is ahead of the next, `(n,)` in [0, 1]."""
    ordered = np.sort(likely, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _seen(cube: xr.Dataset, points: "GeoDataFrame | None", year: int) -> NDArray[np.float32]:
    """Vectors `(s, d)` of places labeled before; those without data are left out."""
    if points is None or not len(points):
        return np.empty((0, 0), np.float32)
    places = points.geometry.to_crs("EPSG:4326")
    vectors = vectors_at(cube, *pixels_at(cube, places.x, places.y), year)
    return vectors[~np.isnan(vectors[:, 0])]
