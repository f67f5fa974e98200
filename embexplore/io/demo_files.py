"""The truth about a Null Island, and its small files: two GeoTIFFs and two GeoJSON files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import grid_of, with_crs
from embexplore.cube.grid import Grid

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

CLASSES, ELEVATION, PLACES, CHANGES = "classes.tif", "elevation.tif", "places.geojson", "changes.geojson"


@dataclass(frozen=True)
class Truth:
    """What is true about a Null Island.

    Attributes
    ----------
    classes : DataArray of dims (time, y, x), uint8
        Land cover of every year; the attribute `classes` names the values.
    elevation : DataArray of dims (y, x), float32
        Meters above the sea.
    places : GeoDataFrame
        Named places to click on (name, class, lon, lat), EPSG:4326.
    changes : GeoDataFrame
        Planted changes (kind, to_class, first_year, last_year) with their outlines, EPSG:4326.
    """

    classes: xr.DataArray
    elevation: xr.DataArray
    places: "GeoDataFrame"
    changes: "GeoDataFrame"


def write_truth(truth: Truth, folder: Path) -> None:
    """Write a truth into a folder, replacing what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    years = [str(year) for year in truth.classes[schema.TIME].values]
    names = ",".join(truth.classes.attrs["classes"])
    _write_raster(folder / CLASSES, truth.classes, truth.classes.values, years, {"classes": names})
    _write_raster(folder / ELEVATION, truth.elevation, truth.elevation.values[None], ["meters"], {})
    for name, table in ((PLACES, truth.places), (CHANGES, truth.changes)):
        (folder / name).write_text(table.to_json(drop_id=True, indent=1, show_bbox=False) + "\n", encoding="utf-8")


def read_truth(folder: Path) -> Truth:
    """The truth that `write_truth` wrote."""
    from geopandas import read_file

    bands, grid, years, tags = _read_raster(folder / CLASSES)
    heights, *_ = _read_raster(folder / ELEVATION)
    axes = {schema.Y: grid.y, schema.X: grid.x}
    classes = xr.DataArray(
        bands,
        {schema.TIME: np.array([int(year) for year in years], np.int32), **axes},
        (schema.TIME, schema.Y, schema.X),
        name="classes",
        attrs={"classes": tags["classes"].split(",")},
    )
    elevation = xr.DataArray(heights[0], axes, (schema.Y, schema.X), name="elevation", attrs={"units": "m"})
    both = with_crs(xr.Dataset({"classes": classes, "elevation": elevation}), grid.crs)
    return Truth(both["classes"], both["elevation"], read_file(folder / PLACES), read_file(folder / CHANGES))


def read_places(folder: Path) -> list[tuple[str, str, float, float]]:
    """Name, class, longitude and latitude of the named places; loads neither tables nor rasters to do so."""
    told = json.loads((folder / PLACES).read_text(encoding="utf-8"))
    rows = [feature["properties"] for feature in told["features"]]
    return [(row["name"], row["class"], float(row["lon"]), float(row["lat"])) for row in rows]


def _write_raster(
    path: Path, like: xr.DataArray, bands: NDArray[np.generic], names: list[str], tags: dict[str, str]
) -> None:
    import rasterio
    from rasterio.transform import Affine

    grid = grid_of(like.to_dataset(name="truth"))
    profile = {"driver": "GTiff", "count": len(bands), "dtype": bands.dtype.name, "compress": "deflate", "predictor": 2}
    if bands.dtype.kind == "f":
        profile["predictor"] = 3
    with rasterio.open(
        path, "w", height=grid.shape[0], width=grid.shape[1], crs=grid.crs, transform=Affine(*grid.transform), **profile
    ) as file:
        file.write(bands)
        file.descriptions = tuple(names)
        file.update_tags(**tags)


def _read_raster(path: Path) -> tuple[NDArray[np.generic], Grid, list[str], dict[str, str]]:
    import rasterio

    with rasterio.open(path) as file:
        grid = Grid(f"EPSG:{file.crs.to_epsg()}", tuple(file.transform)[:6], file.shape)
        return file.read(), grid, list(file.descriptions), file.tags()
