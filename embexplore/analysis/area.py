"""Restrict a cube to an area: crop it, and mark which pixel centers lie inside.

Every other function respects the mark, so none of them takes an area of its own.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.dateline import unwrapped
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, OutOfBounds

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EDGE_DEGREES = 0.01
"""Edges are straight in degrees; between vertices at most this far apart (1.1 km), a straight line in a
projected CRS strays from them by L² tan(lat) / 8R: 2 cm at 45°, 14 cm at 80°, far below a pixel."""


def clip(cube: xr.Dataset, area: Any) -> xr.Dataset:
    """The part of a cube that lies in an area: cropped, with the boolean coordinate `inside (y, x)`.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped before or not (the result is what both areas share).
    area : bbox, geometry, GeoDataFrame or GeoJSON
        `(west, south, east, north)` in degrees; a shapely polygon in degrees; a GeoDataFrame or GeoSeries,
        reprojected from its CRS; or anything with a `__geo_interface__`, GeoJSON dicts too, in degrees.
        In GeoJSON and tables, edges of more than 180° are read the short way, across the date line.

    Returns
    -------
    Dataset
        The smallest crop that holds every pixel whose center is inside. Results of all functions are NaN
        (colors 0) where `inside` is false. Nothing is read; dask stays dask.

    Raises
    ------
    OutOfBounds
        The area holds no pixel center of this cube.
    InvalidInput
        The area is empty, crosses itself, has no polygon, or is not in degrees.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> corner = cube.emb.clip((0.117, 0.108, 0.12, 0.11))
    >>> corner.sizes["y"] < cube.sizes["y"], bool(corner.inside.any())
    (True, True)
    """
    grid = grid_of(cube)
    shape = _projected(polygon_of(area), grid)
    rows, columns = _window(grid, shape.bounds)
    inside = centers_inside(shape, grid.crop(rows, columns))
    if schema.INSIDE in cube.coords:
        inside &= cube.coords[schema.INSIDE].values[rows, columns]
    if not inside.any():
        raise OutOfBounds(
            "This area holds no pixel center of this cube: it lies between pixels, or outside the part that "
            f"is left of it. Pixels are {grid.resolution[0]:g} × {grid.resolution[1]:g}; draw a larger area."
        )
    tight_rows, tight_columns = _extent(inside.any(axis=1)), _extent(inside.any(axis=0))
    cropped = cube.isel({schema.Y: rows, schema.X: columns}).isel({schema.Y: tight_rows, schema.X: tight_columns})
    return cropped.assign_coords({schema.INSIDE: ((schema.Y, schema.X), inside[tight_rows, tight_columns])})


def polygon_of(area: Any) -> "BaseGeometry":
    """One polygon or multipolygon in degrees of anything that `clip` takes; InvalidInput with the reason."""
    import shapely

    parts = [part for shape in _shapes_of(area) for part in _parts(shape)]
    areal = [part for part in parts if part.geom_type == "Polygon"]
    if not areal:
        kinds = ", ".join(sorted({part.geom_type for part in parts})) or "nothing"
        raise InvalidInput(f"This area is empty: expected a polygon, got {kinds}.")
    if not all(part.is_valid for part in areal):
        raise InvalidInput("This area crosses itself; draw it again.")
    polygon = shapely.union_all(areal)
    west, south, east, north = polygon.bounds
    if west < -360 or east > 360 or south < -90 or north > 90:
        bounds = f"({west:g}, {south:g}, {east:g}, {north:g})"
        raise InvalidInput(f"This area's bounds are {bounds}: expected degrees, or a GeoDataFrame with its CRS.")
    return polygon


def centers_inside(polygon: "BaseGeometry", grid: Grid) -> NDArray[np.bool_]:
    """Which pixel centers of a grid lie inside a polygon of the grid's CRS, `(rows, columns)`."""
    from affine import Affine
    from rasterio.features import geometry_mask

    return geometry_mask([polygon], out_shape=grid.shape, transform=Affine(*grid.transform), invert=True)


def _shapes_of(area: Any) -> list["BaseGeometry"]:
    """Geometries in degrees; a GeoDataFrame's are reprojected. What was drawn crosses the date line the short way."""
    import shapely
    from shapely.geometry.base import BaseGeometry

    if isinstance(area, BaseGeometry):
        return [area]
    if hasattr(area, "to_crs"):
        if area.crs is None:
            raise InvalidInput("This table of areas has no CRS: name it with `set_crs`.")
        shapes = area.to_crs("EPSG:4326").geometry.dropna()
        return [unwrapped(part) for shape in shapes for part in _parts(shape)]
    if hasattr(area, "__geo_interface__") or isinstance(area, dict):
        return _shapes_of_geojson(area if isinstance(area, dict) else area.__geo_interface__)
    try:
        west, south, east, north = (float(edge) for edge in area)
    except (TypeError, ValueError):
        raise InvalidInput(
            f"area={area!r}: expected (west, south, east, north) in degrees, a polygon, a GeoDataFrame or GeoJSON."
        ) from None
    if not (west < east and south < north):
        raise InvalidInput(f"bbox={(west, south, east, north)}: expected west < east and south < north, in degrees.")
    return [shapely.box(west, south, east, north)]


def _shapes_of_geojson(value: dict[str, Any]) -> list["BaseGeometry"]:
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    if value.get("type") == "FeatureCollection":
        return [polygon for feature in value.get("features") or () for polygon in _shapes_of_geojson(feature)]
    if value.get("type") == "Feature":
        return _shapes_of_geojson(value["geometry"]) if value.get("geometry") else []
    try:
        return [unwrapped(part) for part in _parts(shape(value))]
    except (ShapelyError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"This GeoJSON has no readable geometry ({error}): expected a polygon.") from error


def _parts(shape: "BaseGeometry") -> list["BaseGeometry"]:
    """Its non-empty single parts, through nested collections."""
    if shape.is_empty:
        return []
    if hasattr(shape, "geoms"):
        return [single for part in shape.geoms for single in _parts(part)]
    return [shape]


def _projected(polygon: "BaseGeometry", grid: Grid) -> "BaseGeometry":
    """The polygon in the grid's CRS; only the part near the grid, since projections fail far away from it."""
    import shapely

    west, south, east, north = grid.bbox
    margin = 2 * EDGE_DEGREES
    turns = (-360, 0, 360)  # areas may be drawn past the date line, and a grid may cross it
    east = east if west < east else east + 360
    near = shapely.box(west - margin, max(south - margin, -90), east + margin, min(north + margin, 90))
    copies = [shapely.transform(polygon, lambda lonlat, turn=turn: lonlat + np.array([turn, 0])) for turn in turns]
    here = shapely.intersection(shapely.union_all([shapely.intersection(copy, near) for copy in copies]), near)
    if here.is_empty:
        mine, theirs = (", ".join(f"{edge:.4f}" for edge in box) for box in (grid.bbox, polygon.bounds))
        raise OutOfBounds(f"This area, ({theirs}), crosses nothing here: the data covers ({mine}).")
    dense = shapely.segmentize(here, EDGE_DEGREES)
    return shapely.transform(dense, lambda lonlat: np.column_stack(grid.xy(lonlat[:, 0], lonlat[:, 1])))


def _window(grid: Grid, bounds: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Rows and columns that a box in the CRS touches; OutOfBounds when none does."""
    a, _, c, _, e, f = grid.transform
    left, bottom, right, top = bounds
    first_row, last_row = int(np.floor((top - f) / e)), int(np.ceil((bottom - f) / e))
    first_column, last_column = int(np.floor((left - c) / a)), int(np.ceil((right - c) / a))
    rows = slice(max(first_row, 0), min(last_row, grid.shape[0]))
    columns = slice(max(first_column, 0), min(last_column, grid.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        mine = ", ".join(f"{edge:.4f}" for edge in grid.bbox)
        raise OutOfBounds(f"This area crosses nothing here: the data covers ({mine}).")
    return rows, columns


def _extent(present: NDArray[np.bool_]) -> slice:
    """From the first to the last true."""
    where = np.flatnonzero(present)
    return slice(int(where[0]), int(where[-1]) + 1)
