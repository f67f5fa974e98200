"""Connected changes as a table: oracle flood fill, areas, outlines, and the years that the island planted."""

from itertools import product

import numpy as np
import pytest
import shapely
import xarray as xr

from embexplore.analysis.area import clip
from embexplore.analysis.change import change
from embexplore.analysis.noise import noise_floor
from embexplore.analysis.regions import change_regions
from embexplore.errors import InvalidInput
from embexplore.io.demo import null_island, null_island_truth


def flooded(mask):
    """Sets of pixels that touch at an edge or a corner, found one by one."""
    left, regions = set(zip(*np.nonzero(mask), strict=True)), []
    while left:
        region, border = set(), [min(left)]
        while border:
            at = border.pop()
            if at in left:
                left.remove(at)
                region.add(at)
                border += [(at[0] + down, at[1] + across) for down, across in product((-1, 0, 1), repeat=2)]
        regions.append(region)
    return sorted(regions, key=lambda region: (-len(region), min(region)))


def as_map(planted, values):
    grid = planted.grid
    return xr.DataArray(values.astype(np.float32), {"y": grid.y, "x": grid.x}, ("y", "x"), name="change")


@pytest.fixture
def blobs(planted, rng):
    """A map of change with holes of no data, three in ten pixels above 0.7."""
    values = rng.random(planted.grid.shape)
    values[rng.random(planted.grid.shape) < 0.05] = np.nan
    return as_map(planted, values)


def test_regions_are_those_of_a_flood_fill_largest_first(planted, blobs):
    found = change_regions(planted.cube, blobs, floor=0.7, min_pixels=3, k=100)
    expected = [region for region in flooded(blobs.values > 0.7) if len(region) >= 3][:100]
    assert list(found.pixels) == [len(region) for region in expected]
    assert list(found["rank"]) == list(range(1, len(expected) + 1))
    for row, region in zip(found.itertuples(), expected, strict=True):
        rows, columns = np.array(list(region)).T
        values = blobs.values[rows, columns]
        assert row.change == pytest.approx(values.mean(dtype=np.float64), rel=1e-6)
        best = values.argmax()
        assert (row.x, row.y) == (planted.grid.x[columns[best]], planted.grid.y[rows[best]])


def test_an_outline_holds_the_centers_of_its_pixels_and_no_others(planted, blobs):
    found = change_regions(planted.cube, blobs, floor=0.7, min_pixels=5, k=3)
    lon, lat = planted.grid.lonlat(*np.meshgrid(planted.grid.x, planted.grid.y))
    expected = flooded(blobs.values > 0.7)
    assert found.crs.to_epsg() == 4326
    for outline, region in zip(found.geometry, expected[:3], strict=True):
        inside = shapely.contains_xy(outline, lon, lat)
        assert set(zip(*np.nonzero(inside), strict=True)) == region


def test_hectares_are_those_of_the_pixels(planted, blobs):
    from pyproj import Geod

    found = change_regions(planted.cube, blobs, floor=0.7, min_pixels=2, k=20)
    if not planted.grid.is_geographic:
        np.testing.assert_allclose(found.hectares, found.pixels * 0.01)
        return
    geod, (width, height) = Geod(ellps="WGS84"), planted.grid.resolution
    for row, region in zip(found.itertuples(), flooded(blobs.values > 0.7), strict=False):
        boxes = [
            shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            for x, y in ((planted.grid.x[column], planted.grid.y[line]) for line, column in region)
        ]
        area = sum(abs(geod.geometry_area_perimeter(box)[0]) for box in boxes)
        # Long edges along a parallel are great circles to Geod, short ones nearly the parallel.
        assert row.hectares == pytest.approx(area / 1e4, rel=1e-5)


def test_the_year_is_that_of_the_pair_that_changed_most(plant):
    planted = plant("float32")
    vectors = planted.cube.embeddings.values
    vectors[:, :, 20:30, 60:70] = np.eye(16)[0][:, None, None]
    vectors[2, :, 20:30, 60:70] = np.eye(16)[1][:, None, None]  # 2018 → 2020
    vectors[:, :, 50:60, 60:75] = np.eye(16)[0][:, None, None]
    vectors[1:, :, 50:60, 60:75] = np.eye(16)[2][:, None, None]  # 2017 → 2018
    found = change_regions(planted.cube, change(planted.cube, 2017, 2020), floor=0.99, k=2)
    assert list(found.pixels) == [150, 100]
    assert list(found.year) == [2018, 2020]
    assert list(found.change) == [1, 1]
    later = change_regions(planted.cube, change(planted.cube, 2018, 2020), floor=0.99, k=1)
    assert list(later.year) == [2020], "only years that the map spans count"


def test_lazy_maps_clipped_maps_and_maps_in_memory_give_the_same(north, chunked):
    whole = change_regions(north.cube, change(north.cube, 2017, 2020), floor=0.1, min_pixels=2)
    lazy = chunked(north.cube)
    assert change_regions(lazy, change(lazy, 2017, 2020), floor=0.1, min_pixels=2).equals(whole)
    west, south, east, north_edge = north.grid.bbox
    corner = clip(lazy, (west, south, (west + east) / 2, north_edge))
    part = change_regions(lazy, change(corner, 2017, 2020), floor=0.1, min_pixels=2)
    assert part.geometry.total_bounds[2] < (west + 2 * east) / 3


def test_without_change_the_table_is_empty_and_has_its_columns(north):
    empty = change_regions(north.cube, change(north.cube, 2017, 2020), floor=2.0)
    assert len(empty) == 0
    assert {"rank", "change", "hectares", "year", "geometry"} <= set(empty.columns)


def test_the_island_s_planted_changes_are_found_with_their_years():
    cube, truth = null_island().load(), null_island_truth()
    noise = noise_floor(cube, 2017, 2024)
    found = change_regions(cube, change(cube, 2017, 2024), floor=noise.floor, k=40)
    to_meters = truth.changes.to_crs(found.estimate_utm_crs())
    regions = found.to_crs(to_meters.crs)
    assert len(to_meters) > 0
    for planted in to_meters.itertuples():
        shared = regions.geometry.intersection(planted.geometry).area
        best = regions.loc[shared.idxmax()]
        assert shared.max() > planted.geometry.area / 2, planted.kind
        regrowth = 3 if planted.kind == "forest clearing" else 0  # shrubs grow on it three years later
        assert planted.first_year <= best.year <= planted.last_year + regrowth, planted.kind


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"min_pixels": 0}, "min_pixels=0: expected a whole number"), ({"k": 1.5}, "k=1.5: expected a whole number")],
)
def test_wrong_counts_and_series_of_maps_are_sentences(north, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        change_regions(north.cube, change(north.cube, 2017, 2020), floor=0.1, **options)
    with pytest.raises(InvalidInput, match="expected a map of dims"):
        change_regions(north.cube, change(north.cube), floor=0.1)
