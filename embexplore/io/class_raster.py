"""Labeled ground from files of any kind: points and polygons as they are, rasters of classes at random pixels of a grid."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.labels import LABEL, read_labels

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

RASTERS = (".tif", ".tiff")
POINTS = 4000
"""Pixels that are drawn from a raster."""
NAMES = "classes"
"""Tag of a raster that names its values from 0, comma between."""


def read_any_labels(
    path: str | Path,
    *,
    grid: Grid,
    year: int | None = None,
    polygons: bool = False,
    random_state: int | None = None,
) -> "GeoDataFrame":
    """Labeled points of GeoJSON, GeoParquet, or of a GeoTIFF of classes; polygons too where they are asked for.

    Parameters
    ----------
    path : str or Path
        `.geojson`, `.json`: as `read_labels` takes it. `.parquet`: the same with one of the same columns. `.tif`:
        whole numbers; the band described by `year`, else the first.
    grid : Grid
        Of the cube. Of a raster, 4000 of the grid's pixels get the class at their center.
    year : int, optional
    polygons : bool
        As `read_labels` takes it.
    random_state : int, optional
        Which pixels of a raster; None is seed 0.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        With a column `label`: the tag `classes` of the raster names them, else they are numbers.

    Raises
    ------
    SourceUnavailable, InvalidInput, OutOfBounds
        With what is wrong with the file.
    """
    path = Path(path)
    if not path.is_file():
        given = "points or polygons" if polygons else "points"
        raise SourceUnavailable(f"{path}: no such file. Give labeled {given}, or a raster of classes.")
    if path.suffix.lower() in RASTERS:
        return _of_raster(path, grid, year, np.random.default_rng(random_state or 0))
    if path.suffix.lower() == ".parquet":
        return read_labels(_as_geojson(path), grid=grid, name=path.name, polygons=polygons)
    return read_labels(path, grid=grid, polygons=polygons)


def _as_geojson(path: Path) -> bytes:
    """A table as GeoJSON, so that both are checked by the same sentences."""
    import geopandas as gpd

    try:
        table = gpd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise InvalidInput(f"{path.name} is not GeoParquet: {error}") from error
    if table.crs is None:
        raise InvalidInput(f"{path.name} does not name its CRS: write it with one.")
    return str(table.to_crs("EPSG:4326").to_json(drop_id=True)).encode()


def _of_raster(path: Path, grid: Grid, year: int | None, rng: np.random.Generator) -> "GeoDataFrame":
    import geopandas as gpd
    import rasterio
    from rasterio.errors import RasterioIOError
    from rasterio.warp import transform

    height, width = grid.shape
    pixels = rng.choice(height * width, min(POINTS, height * width), replace=False)
    x, y = grid.x[pixels % width], grid.y[pixels // width]
    try:
        with rasterio.open(path) as file:
            if file.crs is None or np.dtype(file.dtypes[0]).kind not in "iu":
                raise InvalidInput(f"{path.name} is no georeferenced raster of whole numbers: expected classes.")
            band = 1 + list(file.descriptions).index(str(year)) if str(year) in file.descriptions else 1
            there = np.stack(transform(grid.crs, file.crs, x, y), axis=1)
            found = list(file.sample(there, band, masked=True))
            names = _names(file.tags().get(NAMES, ""))
    except RasterioIOError as error:
        raise InvalidInput(f"{path.name} cannot be read: {error}") from error
    known = np.array([value[0] is not np.ma.masked for value in found])
    if not known.any():
        raise InvalidInput(f"{path.name} has no class at any pixel of this cube: take a raster of the same ground.")
    labels = [names.get(int(value[0]), str(value[0])) for value in found if value[0] is not np.ma.masked]
    points: NDArray[Any] = gpd.points_from_xy(x[known], y[known])
    return gpd.GeoDataFrame({LABEL: labels}, geometry=points, crs=grid.crs).to_crs("EPSG:4326")


def _names(tag: str) -> dict[int, str]:
    return dict(enumerate(name.strip() for name in tag.split(",") if name.strip()))
