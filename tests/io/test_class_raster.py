"""Labels of any file: points as they are, rasters at the pixels of a cube."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import embexplore as ex
from embexplore.errors import InvalidInput, OutOfBounds, SourceUnavailable
from embexplore.io.class_raster import read_any_labels

GRID = ex.Grid("EPSG:32631", (10.0, 0.0, 178_430.0, 0.0, -10.0, 13_140.0), (40, 60))


@pytest.fixture
def raster(tmp_path):
    """Classes of the grid in two years, with a hole, and their numbers."""
    numbers = np.random.default_rng(0).integers(1, 4, (2, 40, 60)).astype(np.uint8)
    numbers[:, :5] = 255
    path = tmp_path / "classes.tif"
    options = {"crs": "EPSG:32631", "transform": from_origin(178_430, 13_140, 10, 10), "nodata": 255}
    with rasterio.open(path, "w", driver="GTiff", width=60, height=40, count=2, dtype="uint8", **options) as file:
        file.write(numbers)
        file.descriptions = ("2017", "2024")
        file.update_tags(classes="none,lake,town")
    return path, numbers


def at(points):
    x, y = GRID.xy(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    return np.floor((13_140 - y) / 10).astype(int), np.floor((x - 178_430) / 10).astype(int)


def test_a_raster_gives_the_class_at_pixel_centers_in_its_year(raster):
    path, numbers = raster
    names = {1: "lake", 2: "town", 3: "3"}
    for year, band in ((2017, 0), (2024, 1), (1999, 0)):
        points = read_any_labels(path, grid=GRID, year=year)
        rows, columns = at(points)
        assert points.label.tolist() == [names[number] for number in numbers[band][rows, columns]]
        assert len(points) == 35 * 60  # every pixel but those without a class
        assert points.crs == "EPSG:4326"


def test_points_of_geoparquet_are_read_as_those_of_geojson(tmp_path):
    x, y = [178_500.0, 178_700.0], [13_000.0, 12_900.0]
    table = gpd.GeoDataFrame({"class": ["lake", "town"]}, geometry=gpd.points_from_xy(x, y), crs="EPSG:32631")
    table.to_parquet(tmp_path / "points.parquet")
    table.to_crs("EPSG:4326").to_file(tmp_path / "points.geojson")
    one, other = (read_any_labels(tmp_path / name, grid=GRID) for name in ("points.parquet", "points.geojson"))
    assert one.label.tolist() == other.label.tolist() == ["lake", "town"]
    # Both go through degrees with seven digits or more: a centimeter.
    np.testing.assert_allclose(one.geometry.x, other.geometry.x, atol=1e-7)


def test_what_is_no_file_of_labels_is_refused(tmp_path, raster):
    with pytest.raises(SourceUnavailable, match="no such file"):
        read_any_labels(tmp_path / "none.tif", grid=GRID)
    for name in ("text.tif", "text.parquet", "text.geojson"):
        (tmp_path / name).write_text("no")
        with pytest.raises(InvalidInput, match=name):
            read_any_labels(tmp_path / name, grid=GRID)
    away = ex.Grid("EPSG:32631", (10.0, 0.0, 278_430.0, 0.0, -10.0, 13_140.0), (40, 60))
    with pytest.raises(InvalidInput, match="no class at any pixel"):
        read_any_labels(raster[0], grid=away)
    far = gpd.GeoDataFrame({"label": ["lake"]}, geometry=gpd.points_from_xy([50.0], [50.0]), crs="EPSG:4326")
    far.to_parquet(tmp_path / "far.parquet")
    with pytest.raises(OutOfBounds, match="outside this cube"):
        read_any_labels(tmp_path / "far.parquet", grid=GRID)


def test_a_raster_of_heights_is_no_raster_of_classes(tmp_path):
    path = tmp_path / "heights.tif"
    options = {"crs": "EPSG:32631", "transform": from_origin(178_430, 13_140, 10, 10)}
    with rasterio.open(path, "w", driver="GTiff", width=60, height=40, count=1, dtype="float32", **options) as file:
        file.write(np.zeros((1, 40, 60), np.float32))
    with pytest.raises(InvalidInput, match="whole numbers"):
        read_any_labels(path, grid=GRID)
