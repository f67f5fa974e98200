"""What a cube holds at one place, or on average over an area: unit vectors in float32.

A place is a longitude and a latitude in degrees; a pixel holds the places within its edges.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.area import clip
from embexplore.analysis.results import vector_of
from embexplore.analysis.views import unit_vectors
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.years import resolve_year
from embexplore.errors import NoData, OutOfBounds

Status = Literal["value", "no data", "water", "outside", "outside area"]


@dataclass(frozen=True)
class Probe:
    """Why there is, or is no, value at a place.

    Attributes
    ----------
    status : {"value", "no data", "water", "outside", "outside area"}
        `outside` the cube; `outside area`: in the cube, but not in the area it was clipped to.
    message : str
        The same as a sentence.
    lon, lat : float
        The place that was asked for, in degrees.
    year : int
    row, column : int or None
        The pixel that contains the place; None outside.
    x, y : float or None
        That pixel's center in the cube's CRS; None outside.
    tier : str or None
        The variable that a value comes from: `embeddings`, `codes` or `bits`.
    """

    status: Status
    message: str
    lon: float
    lat: float
    year: int
    row: int | None = None
    column: int | None = None
    x: float | None = None
    y: float | None = None
    tier: str | None = None


def at(cube: xr.Dataset, *, lon: float, lat: float, year: int | None = None) -> xr.DataArray:
    """The vector at a place, decoded and scaled to unit length.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the one chunk is read.
    lon, lat : float
        Degrees.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (band,), float32
        Unit length, so that sums and differences of places weigh them equally. In memory.

    Raises
    ------
    OutOfBounds
        The place lies outside the cube, or outside the area it was clipped to.
    NoData
        The pixel has no data, or is water to a model that leaves water out.
    InvalidInput
        The cube lacks the year.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
    >>> query.sizes["band"], round(float((query**2).sum()), 3)
    (64, 1.0)
    """
    found, vector = _look(cube, lon, lat, resolve_year(cube, year))
    if vector is None:
        raise (OutOfBounds if found.status.startswith("outside") else NoData)(found.message)
    return vector_of(cube, vector, year=found.year, long_name=f"embedding at lon={lon:g}, lat={lat:g}")


def probe(cube: xr.Dataset, *, lon: float, lat: float, year: int | None = None) -> Probe:
    """Why there is, or is no, value at a place; only the one chunk is read.

    Parameters
    ----------
    cube : Dataset
    lon, lat : float
        Degrees.
    year : int, optional
        The latest by default.

    Returns
    -------
    Probe
        Its `status` and `message` say why; it raises only for a year that the cube lacks (InvalidInput).

    Examples
    --------
    >>> import embexplore as ex
    >>> ex.null_island().emb.probe(lon=0.12, lat=0.11, year=2024).status
    'value'
    """
    return _look(cube, lon, lat, resolve_year(cube, year))[0]


def over(cube: xr.Dataset, area: Any, *, year: int | None = None) -> xr.DataArray:
    """The mean vector of an area, scaled to unit length.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; read chunk by chunk.
    area : bbox, geometry, GeoDataFrame or GeoJSON
        As `clip` takes it; a pixel counts when its center is inside.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (band,), float32
        The mean of the decoded unit vectors of all pixels with data, then unit length; attribute `pixels`
        is their number. In memory.

    Raises
    ------
    NoData
        No pixel of the area has data in that year.
    OutOfBounds, InvalidInput
        As `clip` raises them; InvalidInput for a year that the cube lacks.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> mean = cube.emb.over((0.118, 0.108, 0.122, 0.112), year=2024)
    >>> mean.dims, bool(mean.attrs["pixels"] > 1000)
    (('band',), True)
    """
    year = resolve_year(cube, year)
    total, pixels = np.zeros(()), 0
    for vectors in map(unit_vectors, iterate_chunks(clip(cube, area), year)):
        total = total + vectors.sum(axis=0, dtype=np.float64)
        pixels += len(vectors)
    length = float(np.linalg.norm(total))
    if length == 0:
        raise NoData(f"No pixel of this area has data in {year}: choose another area or year.")
    mean = vector_of(cube, total / length, year=year, long_name="mean embedding of an area")
    return mean.assign_attrs(pixels=pixels)


def _look(cube: xr.Dataset, lon: float, lat: float, year: int) -> tuple[Probe, NDArray[np.float32] | None]:
    """The probe of a place, and its unit vector where it has one."""
    grid, place = grid_of(cube), f"lon={lon:g}, lat={lat:g}"
    try:
        row, column = grid.pixel(lon, lat)
    except OutOfBounds as error:
        return Probe("outside", str(error), lon, lat, year), None
    where = (row, column, float(cube[schema.X].values[column]), float(cube[schema.Y].values[row]))
    if schema.INSIDE in cube.coords and not bool(cube.coords[schema.INSIDE].values[row, column]):
        message = f"{place} lies outside the area that this cube was clipped to. Give a place inside it."
        return Probe("outside area", message, lon, lat, year, *where), None
    pixel = cube.isel({schema.Y: slice(row, row + 1), schema.X: slice(column, column + 1)})
    view = next(iter(iterate_chunks(pixel, year)), None)
    if view is not None and len(vectors := unit_vectors(view)):
        return Probe("value", f"{place} has a value in {year}.", lon, lat, year, *where, view.tier), vectors[0]
    if view is not None and view.scales is not None and bool(np.isnan(view.scales).all()):
        model = cube.attrs[schema.ATTRS]["provenance"].get("model") or "the model"
        message = f"{place} is water in {year}, where {model} has no embedding. Choose a place on land."
        return Probe("water", message, lon, lat, year, *where), None
    message = f"{place} has no data in {year}. Choose a place beside it, or another year."
    return Probe("no data", message, lon, lat, year, *where), None
