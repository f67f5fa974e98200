"""Labeled points and polygons as GeoJSON: read with a sentence for whatever is wrong, written whole or not at all.

The names of classes are plain text, kept as written; whoever shows them on a page escapes them.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, OutOfBounds, SourceUnavailable
from embexplore.io.export.hits import METADATA
from embexplore.io.export.whole import whole_file

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

LABEL, YEAR = "label", "year"
NAMES = (LABEL, "class", "name")
"""Properties that may hold the class, the first that a point has."""
LONGEST = 80
"""Characters of a class's name: a longer one is text that belongs elsewhere."""
MOST = 100_000
"""Features of a file: more are a raster's work."""
KINDS = ("Point", "Polygon", "MultiPolygon")
"""What a class can be the class of; the first by itself where only points are wanted."""


def read_labels(
    source: str | Path | bytes, *, grid: Grid | None = None, name: str = "labels", polygons: bool = False
) -> "GeoDataFrame":
    """Labeled points of a GeoJSON file, or of its content; polygons too where they are asked for.

    Parameters
    ----------
    source : str, Path or bytes
        A path; or the content itself as bytes (an upload).
    grid : Grid, optional
        Points must lie on it: `cube.emb.grid`.
    name : str
        What errors call an upload.
    polygons : bool
        Also take polygons, as `evaluate` and `patches_of` do.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        `label` str, and `year` where every point names one; in the order of the file. The class is the first
        of the properties `label`, `class`, `name`.

    Raises
    ------
    SourceUnavailable
        The file cannot be read.
    InvalidInput
        It is not GeoJSON; it holds something else than what is asked for in degrees; a polygon crosses itself; a
        feature has no class.
    OutOfBounds
        A point lies off the grid.

    Examples
    --------
    >>> import embexplore as ex
    >>> point = '{"type": "Feature", "properties": {"label": "Lake"}, "geometry": {"type": "Point", "coordinates": [0.115, 0.1065]}}'
    >>> table = ex.read_labels(point.encode())
    >>> table.label[0], float(table.geometry.x[0])
    ('Lake', 0.115)
    """
    name = name if isinstance(source, bytes) else Path(source).name
    features = _features(_content(source, name), name)
    import geopandas as gpd

    kinds, called = (KINDS, "feature") if polygons else (KINDS[:1], "point")
    found = [_labeled(feature, f"{name}, {called} {number}", kinds) for number, feature in enumerate(features, 1)]
    labels, shapes, years = zip(*found, strict=True)
    table: dict[str, Any] = {LABEL: labels}
    if all(year is not None for year in years):
        table[YEAR] = years
    placed = gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:4326")
    if grid is not None:
        _refuse_outside(grid, placed, name)
    return placed


def write_labels(
    points: "GeoDataFrame", path: str | Path, *, provenance: Mapping[str, str] | None = None, overwrite: bool = False
) -> Path:
    """Write labeled points as GeoJSON in degrees; `read_labels` gives the same table back.

    Parameters
    ----------
    points : GeoDataFrame
        Points in any CRS with a column `label`; further columns go along.
    path : str or Path
    provenance : mapping of str, optional
        What `stamp` gives, written under `embexplore`.
    overwrite : bool
        Replace a file that is there, in one step.

    Raises
    ------
    InvalidInput
        No column `label`.
    AlreadyExists, WriteFailed
        As every export.
    """
    with whole_file(path, overwrite=overwrite) as temporary:
        temporary.write_text(labels_geojson(points, provenance=provenance), encoding="utf-8")
    return Path(path)


def labels_geojson(points: "GeoDataFrame", *, provenance: Mapping[str, str] | None = None) -> str:
    """The text that `write_labels` writes."""
    if LABEL not in points:
        raise InvalidInput(f"points have the columns {', '.join(map(str, points.columns))}: expected `{LABEL}`.")
    features = list(points.to_crs("EPSG:4326").iterfeatures(na="null", drop_id=True))
    collection = {"type": "FeatureCollection", METADATA: dict(provenance or {}), "features": features}
    return json.dumps(collection, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _content(source: str | Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise SourceUnavailable(f"{name} cannot be read: {error.strerror or error}.") from error


def _features(content: bytes, name: str) -> list[Any]:
    """The features of a FeatureCollection or the one Feature."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} is not GeoJSON; nothing loaded.") from error
    kind = found.get("type") if isinstance(found, dict) else None
    features = {"FeatureCollection": lambda: found.get("features"), "Feature": lambda: [found]}.get(kind, list)()
    if not isinstance(features, list) or kind not in ("FeatureCollection", "Feature"):
        raise InvalidInput(f"{name} is not GeoJSON of labeled places; nothing loaded. Expected a FeatureCollection.")
    crs = str(((found.get("crs") or {}).get("properties") or {}).get("name", "")) if isinstance(found, dict) else ""
    if crs and not crs.endswith(("CRS84", "4326")):
        raise InvalidInput(f"{name} is in {crs}; nothing loaded. GeoJSON is in degrees: save it in EPSG:4326.")
    if not 0 < len(features) <= MOST:
        raise InvalidInput(f"{name} holds {len(features):,} points; nothing loaded. Expected 1 to {MOST:,}.")
    return features


def _labeled(feature: Any, where: str, kinds: Sequence[str]) -> tuple[str, "BaseGeometry", int | None]:
    """Class, place and year of one feature."""
    geometry = (feature.get("geometry") if isinstance(feature, dict) else None) or {}
    shape = _shape(geometry if isinstance(geometry, dict) else {}, where, kinds)
    properties = feature.get("properties") or {}
    label = next((properties[key] for key in NAMES if properties.get(key) not in (None, "")), None)
    if not isinstance(label, str | int | float) or isinstance(label, bool) or not str(label).strip():
        raise InvalidInput(f"{where} has no class; nothing loaded. Expected the property `{LABEL}`.")
    if len(str(label)) > LONGEST:
        raise InvalidInput(
            f"{where} has a class of {len(str(label))} characters; nothing loaded. Expected {LONGEST} at most."
        )
    year = properties.get(YEAR)
    return str(label).strip(), shape, year if isinstance(year, int) and not isinstance(year, bool) else None


def _shape(geometry: dict[str, Any], where: str, kinds: Sequence[str]) -> "BaseGeometry":
    """A point or polygon in degrees."""
    from shapely import is_valid_reason
    from shapely.errors import ShapelyError
    from shapely.geometry import Point, shape

    kind = geometry.get("type")
    if kind not in kinds:
        wanted = "points" if len(kinds) == 1 else "points or polygons"
        raise InvalidInput(f"{where} is a {kind or 'feature without geometry'}; nothing loaded. Expected {wanted}.")
    try:
        with np.errstate(invalid="ignore"):
            found = shape(geometry)
    except (ShapelyError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        found = Point()
    if found.is_empty:
        raise InvalidInput(f"{where} has no readable coordinates; nothing loaded.")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput(
            f"{where} lies at {west:g}, {south:g}; nothing loaded. Expected longitude and latitude in degrees."
        )
    if not found.is_valid:
        raise InvalidInput(f"{where} is no area ({is_valid_reason(found)}); nothing loaded. Draw it again.")
    return found


def _refuse_outside(grid: Grid, placed: "GeoDataFrame", name: str) -> None:
    """OutOfBounds for points off the grid; of polygons, whoever cuts them out tells."""
    points = placed[placed.geom_type == KINDS[0]]
    lon, lat = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    x, y = grid.xy(lon, lat)
    left, bottom, right, top = grid.bounds
    outside = np.flatnonzero(~((x >= left) & (x < right) & (y > bottom) & (y <= top)))
    if len(outside):
        first, (west, south, east, north) = outside[0], grid.bbox
        raise OutOfBounds(
            f"{name}: {len(outside)} of {len(points)} points lie outside this cube, the first "
            f"({points[LABEL].iloc[first]}) at {lon[first]:g}, {lat[first]:g}; nothing loaded. The cube covers lon "
            f"{west:.4f} to {east:.4f}, lat {south:.4f} to {north:.4f}."
        )
