"""Patches of a planted cube: the very vectors around a point or inside a polygon, and no others."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from embexplore.analysis.area import clip
from embexplore.analysis.evaluate import evaluate
from embexplore.analysis.patches import patches_of
from embexplore.analysis.pooling import pool
from embexplore.analysis.splits import spatial_groups
from embexplore.errors import InvalidInput, NoData, OutOfBounds

YEAR = 2018


def points(planted, pixels, labels=None):
    places = [planted.lonlat(row, column) for row, column in pixels]
    geometry = gpd.points_from_xy([p["lon"] for p in places], [p["lat"] for p in places])
    return gpd.GeoDataFrame({"label": labels or ["a"] * len(pixels)}, geometry=geometry, crs="EPSG:4326")


def box(planted, rows, columns):
    """A polygon in the cube's CRS around the centers of a window of pixels."""
    a, _, c, _, e, f = planted.grid.transform
    edges = (c + a * columns.start, f + e * rows.stop, c + a * columns.stop, f + e * rows.start)
    return gpd.GeoDataFrame({"label": ["field"]}, geometry=[shapely.box(*edges)], crs=planted.grid.crs)


def same(found, expected, planted):
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=planted.cosine_error)


def test_a_patch_holds_the_pixels_around_its_point(planted):
    patches = patches_of(planted.cube, points(planted, [(30, 40), (20, 33)]), size=8, year=YEAR)
    truth = planted.of(YEAR)
    same(patches[0], truth[26:34, 36:44], planted)
    same(patches[1], truth[16:24, 29:37], planted)
    assert len(patches) == 2
    with pytest.raises(IndexError):
        patches[2]


def test_lazy_and_clipped_cubes_give_the_same_patches(planted):
    places = points(planted, [(30, 40)])
    whole = patches_of(planted.cube, places, size=16, year=YEAR)[0]
    lazy = planted.cube.chunk({"time": 1, "y": 7, "x": 11})
    np.testing.assert_array_equal(patches_of(lazy, places, size=16, year=YEAR)[0], whole)
    west = clip(planted.cube, box(planted, slice(0, 70), slice(0, 40)))
    half = patches_of(
        clip(west, box(planted, slice(0, 70), slice(0, 40))), points(planted, [(30, 38)]), size=8, year=YEAR
    )
    expected = planted.of(YEAR)[26:34, 34:42].copy()
    expected[:, 6:] = np.nan
    same(half[0], expected, planted)


def test_what_lies_outside_the_cube_is_no_data(planted):
    corner = patches_of(planted.cube, points(planted, [(1, 88)]), size=8, year=YEAR)
    expected = np.full((8, 8, planted.truth.shape[-1]), np.nan)
    expected[3:, :6] = planted.of(YEAR)[:5, 84:90]
    same(corner[0], expected, planted)
    place = corner.points.geometry[0]
    center = planted.lonlat(1, 88)  # the point's pixel is right and below of the middle of eight
    assert abs(place.x - center["lon"]) < 1e-4
    assert abs(place.y - center["lat"]) < 1e-4


def test_a_polygon_is_its_own_patch(planted):
    rows, columns = slice(10, 17), slice(50, 63)
    patches = patches_of(planted.cube, box(planted, rows, columns), year=2017)
    same(patches[0], planted.of(2017)[rows, columns], planted)
    assert patches.labels == ("field",)
    same(pool(patches, "mean")[0], np.nanmean(planted.of(2017)[rows, columns], axis=(0, 1)), planted)


def test_every_shape_may_name_its_year(planted):
    places = points(planted, [(30, 40), (30, 40)]).assign(year=[2017, 2020])
    patches = patches_of(planted.cube, places, size=1)
    same(patches[0][0, 0], planted.at(30, 40, 2017), planted)
    same(patches[1][0, 0], planted.at(30, 40, 2020), planted)


def test_a_patch_without_data_says_so(planted):
    hole = points(planted, [(12, 50), (30, 40)])
    patches = patches_of(planted.cube, hole, size=4, year=YEAR)  # planted without data in 2018
    found = pool(patches, "stats")
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()
    with pytest.raises(NoData, match="no data"):
        pool(patches[0])
    with pytest.raises(NoData, match="None of these 1 patches"):
        pool(patches.only(np.array([0])))


def test_a_cube_is_one_patch(planted):
    part = clip(planted.cube, box(planted, slice(0, 9), slice(0, 9)))
    expected = np.nanmax(planted.of(2020)[:9, :9], axis=(0, 1))
    same(pool(part, "max"), expected, planted)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (lambda t: t.drop(columns="label"), InvalidInput, "column `label`"),
        (lambda t: t.iloc[:0], InvalidInput, "no labeled shapes"),
        (lambda t: t.set_crs(None, allow_override=True), InvalidInput, "CRS"),
        (lambda t: t.set_geometry([shapely.LineString([(0, 0), (1, 1)])]), InvalidInput, "LineString"),
        (lambda t: t.set_geometry([shapely.Point(0, 0)]), OutOfBounds, "outside this cube"),
    ],
)
def test_shapes_that_make_no_patch_are_refused(planted, change, error, sentence):
    with pytest.raises(error, match=sentence):
        patches_of(planted.cube, change(points(planted, [(30, 40)])))


def test_a_size_is_a_number_of_pixels(planted):
    with pytest.raises(InvalidInput, match="size=0"):
        patches_of(planted.cube, points(planted, [(30, 40)]), size=0)
    with pytest.raises(InvalidInput, match="expected \\(rows, columns, d\\)"):
        pool(np.ones((3, 3)))
    with pytest.raises(InvalidInput, match="no patches"):
        pool([])


def test_a_cube_is_judged_by_its_own_labels(planted):
    """The pixels of points, and the mean of polygons, are what `evaluate` is given, those without data left out."""
    rng = np.random.default_rng(0)
    pixels = [(12, 50), *zip(rng.integers(0, 70, 60).tolist(), rng.integers(0, 90, 60).tolist(), strict=True)]
    labels = [f"kind {row // 35}" for row, _ in pixels]
    places = points(planted, pixels, labels)
    table = planted.cube.emb.evaluate(places, codecs=["float32", "int4"], methods=["knn"], block=100, year=YEAR)
    vectors = np.array([planted.at(row, column, YEAR) for row, column in pixels])
    has_data = np.isfinite(vectors[:, 0])
    expected = evaluate(
        vectors[has_data],
        np.array(labels)[has_data],
        groups=spatial_groups(places, 100)[has_data],
        codecs=["float32", "int4"],
        methods=["knn"],
    )
    assert table.attrs["without_data"] == (~has_data).sum() > 0
    pd.testing.assert_frame_equal(table, expected, rtol=0, atol=0)


def test_polygons_are_judged_by_their_mean(planted):
    windows = [
        (slice(row, row + 6), slice(column, column + 6)) for row in range(20, 60, 8) for column in range(0, 80, 8)
    ]
    fields = pd.concat([box(planted, *window) for window in windows], ignore_index=True)
    fields = fields.assign(label=[f"kind {number % 2}" for number in range(len(fields))])
    table = planted.cube.emb.evaluate(fields, codecs=["int8"], methods=["linear"], splits=["random"], year=2020)
    means = np.array([np.nanmean(planted.of(2020)[window], axis=(0, 1)) for window in windows])
    expected = evaluate(
        means, fields.label, groups=spatial_groups(fields, 250), codecs=["int8"], methods=["linear"], splits=["random"]
    )
    pd.testing.assert_frame_equal(table, expected)
    assert table.attrs["points"] == len(windows)
