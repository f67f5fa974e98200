"""Read an area of interest from a file: polygons, in degrees, checked before anything is computed with them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from embexplore.errors import InvalidInput, SourceUnavailable

if TYPE_CHECKING:
    from geopandas import GeoSeries
    from shapely.geometry.base import BaseGeometry


def read_area(path: Path | str) -> "BaseGeometry":
    """The union of all polygons of a file, in degrees (longitude, latitude).

    Parameters
    ----------
    path : path
        GeoJSON (`.geojson`, `.json`, or any text that is GeoJSON), GeoParquet (`.parquet`), or what
        GDAL reads (GeoPackage, Shapefile). Files that name another CRS are reprojected.

    Raises
    ------
    SourceUnavailable
        If there is no such file.
    InvalidInput
        If the file is not what its ending says, has no polygon, crosses itself, or is not in degrees.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceUnavailable(f"{path}: no such file. Give a GeoJSON file with polygons.")
    shapes = _LOADERS.get(path.suffix.lower(), _geojson)(path)
    return _checked(_in_degrees(shapes, path), path)


def _geojson(path: Path) -> "GeoSeries":
    """Every geometry of a GeoJSON object: a FeatureCollection, a Feature or a bare geometry."""
    import geopandas as gpd
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        geometries = [feature["geometry"] if feature["type"] == "Feature" else feature for feature in features]
        shapes = [shape(geometry) for geometry in geometries if geometry is not None]
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, IndexError, ShapelyError) as error:
        raise InvalidInput(f"{path.name} is not GeoJSON; nothing was read. Expected polygons in degrees.") from error
    named = content.get("crs") or {}  # RFC 7946 dropped this member; older programs still write it
    return gpd.GeoSeries(shapes, crs=named.get("properties", {}).get("name", "EPSG:4326"))


def _geoparquet(path: Path) -> "GeoSeries":
    import geopandas as gpd

    try:
        return gpd.read_parquet(path).geometry
    except (ValueError, OSError) as error:
        raise InvalidInput(f"{path.name} is not GeoParquet: {error}") from error


def _by_gdal(path: Path) -> "GeoSeries":
    import geopandas as gpd
    from pyogrio.errors import DataSourceError

    try:
        return gpd.read_file(path).geometry
    except (DataSourceError, ValueError) as error:
        raise InvalidInput(f"{path.name} cannot be read: {error}") from error


_LOADERS = {".parquet": _geoparquet, ".gpkg": _by_gdal, ".shp": _by_gdal, ".fgb": _by_gdal, ".zip": _by_gdal}


def _in_degrees(shapes: "GeoSeries", path: Path) -> "GeoSeries":
    if shapes.crs is None:
        raise InvalidInput(f"{path.name} does not name its CRS: save it as GeoJSON in degrees.")
    return shapes.to_crs("EPSG:4326")


def _checked(shapes: "GeoSeries", path: Path) -> "BaseGeometry":
    polygons = shapes[shapes.geom_type.isin(["Polygon", "MultiPolygon"]) & ~shapes.is_empty]
    if polygons.empty:
        found = ", ".join(sorted(set(shapes.geom_type.dropna()))) or "nothing"
        raise InvalidInput(f"{path.name} holds {found}: expected at least one polygon.")
    if not polygons.is_valid.all():
        why = polygons[~polygons.is_valid].is_valid_reason().iloc[0]
        raise InvalidInput(f"{path.name}: this area crosses itself ({why}); draw it again.")
    west, south, east, north = polygons.total_bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):  # areas may be drawn past the date line
        raise InvalidInput(
            f"{path.name} spans {west:g}…{east:g}, {south:g}…{north:g}: expected degrees "
            "(longitude -180…180, latitude -90…90). Save it in EPSG:4326."
        )
    return polygons.union_all()
