"""Labeled points as GeoJSON: read with a sentence for whatever is wrong, written whole or not at all.

The names of classes are plain text, kept as written; whoever shows them on a page escapes them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, OutOfBounds, SourceUnavailable
from embexplore.io.export.hits import METADATA
from embexplore.io.export.whole import whole_file

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

LABEL, YEAR = "label", "year"
NAMES = (LABEL, "class", "name")
"""Properties that may hold the class, the first that a point has."""
LONGEST = 80
"""Characters of a class's name: a longer one is text that belongs elsewhere."""
MOST = 100_000
"""Points of a file: more are a raster's work."""


def read_labels(source: str | Path | bytes, *, grid: Grid | None = None, name: str = "labels") -> "GeoDataFrame":
    """Labeled points of a GeoJSON file, or of its content.

    Parameters
    ----------
    source : str, Path or bytes
        A path; or the content itself as bytes (an upload).
    grid : Grid, optional
        Points must lie on it: `cube.emb.grid`.
    name : str
        What errors call an upload.

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
        It is not GeoJSON; it holds something else than points in degrees; a point has no class.
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

    labels, places, years = [], [], []
    for number, feature in enumerate(features, 1):
        label, place, year = _point(feature, f"{name}, point {number}")
        labels.append(label)
        places.append(place)
        years.append(year)
    lon, lat = np.array(places, float).T
    if grid is not None:
        _refuse_outside(grid, lon, lat, labels, name)
    table: dict[str, Any] = {LABEL: labels}
    if all(year is not None for year in years):
        table[YEAR] = years
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


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
        raise InvalidInput(f"{name} is not GeoJSON of labeled points; nothing loaded. Expected a FeatureCollection.")
    crs = str(((found.get("crs") or {}).get("properties") or {}).get("name", "")) if isinstance(found, dict) else ""
    if crs and not crs.endswith(("CRS84", "4326")):
        raise InvalidInput(f"{name} is in {crs}; nothing loaded. GeoJSON is in degrees: save it in EPSG:4326.")
    if not 0 < len(features) <= MOST:
        raise InvalidInput(f"{name} holds {len(features):,} points; nothing loaded. Expected 1 to {MOST:,}.")
    return features


def _point(feature: Any, where: str) -> tuple[str, tuple[float, float], int | None]:
    """Class, place and year of one feature."""
    geometry = (feature.get("geometry") if isinstance(feature, dict) else None) or {}
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        raise InvalidInput(f"{where} is a {kind or 'feature without geometry'}; nothing loaded. Expected points.")
    try:
        lon, lat = (float(value) for value in geometry["coordinates"][:2])
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(f"{where} has no readable coordinates; nothing loaded.") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InvalidInput(
            f"{where} lies at {lon:g}, {lat:g}; nothing loaded. Expected longitude and latitude in degrees."
        )
    properties = feature.get("properties") or {}
    label = next((properties[key] for key in NAMES if properties.get(key) not in (None, "")), None)
    if not isinstance(label, str | int | float) or isinstance(label, bool) or not str(label).strip():
        raise InvalidInput(f"{where} has no class; nothing loaded. Expected the property `{LABEL}`.")
    if len(str(label)) > LONGEST:
        raise InvalidInput(
            f"{where} has a class of {len(str(label))} characters; nothing loaded. Expected {LONGEST} at most."
        )
    year = properties.get(YEAR)
    return str(label).strip(), (lon, lat), year if isinstance(year, int) and not isinstance(year, bool) else None


def _refuse_outside(grid: Grid, lon: Any, lat: Any, labels: list[str], name: str) -> None:
    x, y = grid.xy(lon, lat)
    left, bottom, right, top = grid.bounds
    outside = np.flatnonzero(~((x >= left) & (x < right) & (y > bottom) & (y <= top)))
    if len(outside):
        first, (west, south, east, north) = outside[0], grid.bbox
        raise OutOfBounds(
            f"{name}: {len(outside)} of {len(labels)} points lie outside this cube, the first ({labels[first]}) at "
            f"{lon[first]:g}, {lat[first]:g}; nothing loaded. The cube covers lon {west:.4f} to {east:.4f}, "
            f"lat {south:.4f} to {north:.4f}."
        )
