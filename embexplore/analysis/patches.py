"""Patches of a cube around labeled points or inside labeled polygons, each read when it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.area import clip
from embexplore.analysis.pixels import OUTSIDE, pixels_at
from embexplore.analysis.views import units_of
from embexplore.cube import schema
from embexplore.cube.build import grid_of, provenance_of
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.grid import Grid
from embexplore.cube.patches import Patches
from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput, OutOfBounds

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

LABEL, YEAR, NAME = "label", "year", "name"
SIZE = 64
"""Pixels along a patch, as EuroSAT has them."""

Patch = tuple[Grid, Callable[[], NDArray[np.float32]]]


def patches_of(
    cube: xr.Dataset, shapes: "GeoDataFrame", *, size: int | None = None, year: int | None = None
) -> Patches:
    """The patches that labeled points or polygons stand for.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    shapes : GeoDataFrame
        Points or polygons in any CRS with a column `label`; `name` and `year` where there are such columns.
    size : int, optional
        Pixels along the square around a point, 64 by default; the point lies in pixel `size // 2`. A polygon is
        its own patch: the pixels whose centers it holds.
    year : int, optional
        Of shapes that name none; the latest by default.

    Returns
    -------
    Patches
        Of unit vectors; NaN where there is no data, outside the polygon, and outside the cube.

    Raises
    ------
    OutOfBounds
        A point lies outside the cube; a polygon holds no pixel of it.
    InvalidInput
        No labels, no CRS, neither points nor polygons, or a size that is none.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places.rename(columns={"class": "label"})
    >>> patches = ex.patches_of(ex.null_island(), places, size=8, year=2024)
    >>> len(patches) == len(places), patches[0].shape
    (True, (8, 8, 64))
    """
    size = SIZE if size is None else size
    if size != int(size) or size < 1:
        raise InvalidInput(f"size={size}: expected a whole number of pixels from 1.")
    _require_labels(shapes)
    places = shapes.geometry.to_crs("EPSG:4326")
    years = shapes[YEAR].to_list() if YEAR in shapes else [year] * len(shapes)
    each = enumerate(zip(places, years, shapes[LABEL], strict=True), 1)
    found = [
        _patch(cube, place, int(size), resolve_year(cube, when), f"polygon {number} ({label})")
        for number, (place, when, label) in each
    ]
    return Patches(
        tuple(str(label) for label in shapes[LABEL]),
        tuple(map(str, shapes[NAME] if NAME in shapes else range(len(shapes)))),
        lambda number: found[number][1](),
        lambda number: found[number][0],
        provenance_of(cube),
    )


def whole(cube: xr.Dataset, year: int | None = None) -> NDArray[np.float32]:
    """Unit vectors `(rows, columns, d)` of all of a cube; NaN for no data and outside a clipped area."""
    return _vectors(cube, resolve_year(cube, year), cube.sizes[schema.Y], cube.sizes[schema.X], (0, 0))


def _require_labels(shapes: "GeoDataFrame") -> None:
    if not hasattr(shapes, "to_crs") or LABEL not in shapes:
        raise InvalidInput(f"shapes are a {type(shapes).__name__}: expected a GeoDataFrame with a column `{LABEL}`.")
    if not len(shapes) or shapes.crs is None:
        raise InvalidInput("There are no labeled shapes, or they have no CRS: name it with `set_crs`.")
    kinds = set(shapes.geom_type.fillna("nothing"))
    if not kinds <= {"Point", "Polygon", "MultiPolygon"}:
        raise InvalidInput(f"These shapes are {', '.join(sorted(kinds))}: expected points or polygons.")


def _patch(cube: xr.Dataset, shape: "BaseGeometry", size: int, year: int, called: str) -> Patch:
    if shape.geom_type != "Point":
        try:
            part = clip(cube, shape)
        except OutOfBounds as error:
            raise OutOfBounds(f"{called}: {error} Or leave it out.") from error
        return grid_of(part), partial(_vectors, part, year, part.sizes[schema.Y], part.sizes[schema.X], (0, 0))
    point, grid = shape.centroid, grid_of(cube)
    row, column = (int(index[0]) for index in pixels_at(cube, [point.x], [point.y]))
    if row == OUTSIDE:
        west, south, east, north = grid.bbox
        raise OutOfBounds(
            f"a point at lon={point.x:g}, lat={point.y:g} lies outside this cube: it covers lon {west:.4f} to "
            f"{east:.4f}, lat {south:.4f} to {north:.4f}. Leave it out."
        )
    top, left = row - size // 2, column - size // 2
    rows, columns = (slice(max(first, 0), first + size) for first in (top, left))
    part = cube.isel({schema.Y: rows, schema.X: columns})
    offset = (rows.start - top, columns.start - left)
    return _moved(grid, top, left, size), partial(_vectors, part, year, size, size, offset)


def _moved(grid: Grid, top: int, left: int, size: int) -> Grid:
    """A square of the grid's pixels, which may begin outside it."""
    a, b, c, d, e, f = grid.transform
    return Grid(grid.crs, (a, b, c + a * left, d, e, f + e * top), (size, size))


def _vectors(part: xr.Dataset, year: int, height: int, width: int, offset: tuple[int, int]) -> NDArray[np.float32]:
    """Unit vectors `(height, width, d)` of a part of a cube that lies at `offset` in them."""
    vectors = np.full((height, width, dimension_of(part)), np.nan, np.float32)
    down, across = offset
    for view in iterate_chunks(part, year):
        units = units_of(view)
        if view.inside is not None:
            units[~view.inside] = np.nan
        rows, columns = (
            slice(edge.start + shift, edge.stop + shift) for edge, shift in ((view.rows, down), (view.columns, across))
        )
        vectors[rows, columns] = units
    return vectors
