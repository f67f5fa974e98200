"""Classes from a few labeled points: fitted once, mapped in any year, with how sure the map is."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.pixels import OUTSIDE, pixels_at, vectors_at
from embexplore.analysis.results import described
from embexplore.analysis.views import by_strips
from embexplore.core.classifiers import Classifier
from embexplore.core.classifiers import fit_classifier as fit
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.chunks import map_chunks
from embexplore.cube.pieces import ChunkView, dimension_of
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput, OutOfBounds

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

LABEL, YEAR, CONFIDENCE = "label", "year", "confidence"
STRIP = 1 << 22
"""Scores held at once: 16 MB of float32."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Labeled pixels with data: `names` and unit `vectors (n, d)`, their places `x, y (n,)` in the cube's CRS."""

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def fit_classifier(
    cube: xr.Dataset,
    points: "GeoDataFrame",
    *,
    method: str = "neighbors",
    k: int = 5,
    C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
    year: int | None = None,
) -> Classifier:
    """Learn classes from labeled points.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the chunks that hold a point are read.
    points : GeoDataFrame
        Points in any CRS with a column `label`, as `read_labels` gives them; points without data are left out.
        Where there is a column `year`, a point describes the ground in that year.
    method : {"neighbors", "averages", "logistic"}
        `neighbors`: the `k` most similar points vote, near ones more. `averages`: the most similar class mean.
        `logistic`: scikit-learn's logistic regression of strength `C`.
    k : int
        Neighbors that vote.
    C : float
        Less regularization the larger it is.
    year : int, optional
        Of points that name none; the latest by default.

    Returns
    -------
    Classifier
        Classes in the order of their first points; `classify` maps any year with it.

    Raises
    ------
    OutOfBounds
        A point lies outside the cube.
    InvalidInput
        No points or labels, fewer than two classes with data, or parameters out of range.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> classifier = ex.null_island().emb.fit_classifier(places[places.label.isin(["lake", "pivot"])], year=2024)
    >>> classifier.classes
    ('lake', 'pivot')
    """
    known = examples_of(cube, points, year=year)
    return fit(known.vectors, known.names, method=method, k=k, C=C)


def classify(cube: xr.Dataset, classifier: Classifier, *, year: int | None = None) -> xr.Dataset:
    """The class of every pixel, and how sure that is.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; the one that `classifier` was fitted on, or another of the same model.
    classifier : Classifier
        From `fit_classifier`.
    year : int, optional
        The latest by default.

    Returns
    -------
    Dataset of dims (y, x)
        `label` uint8: 1 … n in the order of `classifier.classes` (attribute `classes`), 0 where there is no data
        or outside a clipped area. `confidence` float32: the probability of that class in (0, 1], NaN there.
        Dask where the cube is.

    Raises
    ------
    InvalidInput
        `classifier` has another number of bands; the cube lacks the year.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> classes = cube.emb.classify(cube.emb.fit_classifier(places, year=2024), year=2024)
    >>> classes.label.dims, classes.confidence.dtype
    (('y', 'x'), dtype('float32'))
    """
    year = resolve_year(cube, year)
    bands, mine = dimension_of(cube), classifier.queries_.shape[1]
    if mine != bands:
        raise InvalidInput(f"the classifier has {mine} bands: this cube has {bands}.")
    function = partial(_decided, classifier=classifier)
    both = map_chunks(cube, [year], function, dtype=np.float32, leading={"value": 2})
    # Class numbers are whole numbers to 254 and no data is NaN: exact in float32 beside the confidence.
    label = both[0].fillna(0).astype(np.uint8)
    about: dict[str, Any] = {"year": year, "classes": list(classifier.classes)}
    label = described(label, cube, name=LABEL, long_name="class", **about)
    sure = described(both[1], cube, name=CONFIDENCE, long_name="how sure the class is", units="1", **about)
    return xr.Dataset({LABEL: label, CONFIDENCE: sure}, attrs={"provenance": label.attrs["provenance"], **about})


def _decided(view: ChunkView, classifier: Classifier) -> NDArray[np.float32]:
    """Class number and confidence `(2, rows, columns)`, NaN for no data."""

    def of_strip(strip: ChunkView) -> NDArray[np.float32]:
        scores = strip.similarity(classifier.queries_)
        numbers, sure = classifier.decide(scores.reshape(len(scores), -1))
        both = np.stack([np.where(numbers == 0, np.float32(np.nan), numbers), sure], axis=-1)
        return both.reshape(*scores.shape[1:], 2)

    return np.moveaxis(by_strips(view, of_strip, STRIP // len(classifier.queries_)), -1, 0)


def examples_of(cube: xr.Dataset, points: "GeoDataFrame", *, year: int | None = None) -> Examples:
    """The labeled points that have data, with their vectors; errors as `fit_classifier` raises them."""
    names, lon, lat = names_and_places(points)
    rows, columns = pixels_at(cube, lon, lat)
    outside = np.flatnonzero(rows == OUTSIDE)
    if len(outside):
        first, (west, south, east, north) = outside[0], grid_of(cube).bbox
        raise OutOfBounds(
            f"{len(outside)} of {len(names)} points lie outside this cube, the first ({names[first]}) at "
            f"lon={lon[first]:g}, lat={lat[first]:g}: it covers lon {west:.4f} to {east:.4f}, "
            f"lat {south:.4f} to {north:.4f}. Leave them out."
        )
    years = points[YEAR].to_numpy() if YEAR in points else np.full(len(names), resolve_year(cube, year))
    vectors = np.full((len(names), dimension_of(cube)), np.nan, np.float32)
    for each in np.unique(years):
        then = years == each
        vectors[then] = vectors_at(cube, rows[then], columns[then], resolve_year(cube, int(each)))
    kept = np.flatnonzero(~np.isnan(vectors[:, 0]))
    x, y = cube[schema.X].values[columns[kept]], cube[schema.Y].values[rows[kept]]
    return Examples(tuple(names[i] for i in kept), vectors[kept], x, y)


def names_and_places(points: "GeoDataFrame") -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Labels, longitudes and latitudes of a table of labeled points."""
    if not hasattr(points, "to_crs") or LABEL not in points:
        raise InvalidInput(f"points are a {type(points).__name__}: expected a GeoDataFrame with a column `{LABEL}`.")
    if not len(points):
        raise InvalidInput("There are no labeled points: label points of two classes at least.")
    if points.crs is None:
        raise InvalidInput("These points have no CRS: name it with `set_crs`.")
    if not (points.geom_type == "Point").all():
        raise InvalidInput(f"These labels are {', '.join(sorted(set(points.geom_type)))}: expected points.")
    places = points.geometry.to_crs("EPSG:4326")
    return [str(name) for name in points[LABEL]], places.x.to_numpy(), places.y.to_numpy()
