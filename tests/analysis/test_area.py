"""Areas: cropping, the mark of what is inside, and a sentence for every area that cannot be answered."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.analysis.area import clip
from embexplore.analysis.change import change
from embexplore.analysis.recode import encode
from embexplore.analysis.search import search
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, OutOfBounds


def centers_in(polygon, grid):
    """Which pixel centers lie in a polygon in degrees: every one of them asked by itself."""
    x, y = np.meshgrid(grid.x, grid.y)
    return shapely.contains_xy(polygon, *grid.lonlat(x, y))


def along(grid, west, south, east, north):
    """A box in degrees, from fractions of the grid's own."""
    left, bottom, right, top = grid.bbox
    return (
        left + west * (right - left),
        bottom + south * (top - bottom),
        left + east * (right - left),
        bottom + north * (top - bottom),
    )


def marked(planted, clipped):
    """The mask of a clipped cube, on the whole cube's grid."""
    whole = np.zeros(planted.grid.shape, bool)
    row, column = planted.grid.offset(grid_of(clipped))
    rows, columns = clipped.inside.shape
    whole[row : row + rows, column : column + columns] = clipped.inside
    return whole


def same(planted, found, expected):
    """Equal but for the order of float32 sums, which without numba depends on the shape of the block."""
    np.testing.assert_allclose(found.values, expected.values, rtol=0, atol=planted.cosine_error)


def concave(grid):
    """A polygon with a bay and a hole; no edge runs through a pixel center."""
    outline = ((0.1013, 0.1027), (0.9011, 0.1519), (0.5033, 0.4007), (0.8009, 0.9041), (0.2029, 0.8017))
    corner = [along(grid, x, y, 1, 1)[:2] for x, y in outline]
    hole = [along(grid, x, y, 1, 1)[:2] for x, y in ((0.3011, 0.4003), (0.4027, 0.4019), (0.3523, 0.6031))]
    return shapely.Polygon(corner, [hole])


def test_a_bbox_marks_the_pixels_whose_centers_it_holds(planted):
    bbox = along(planted.grid, 0.21, 0.33, 0.64, 0.77)
    clipped = clip(planted.cube, bbox)
    np.testing.assert_array_equal(marked(planted, clipped), centers_in(shapely.box(*bbox), planted.grid))


def test_a_polygon_with_a_hole_marks_the_pixels_whose_centers_it_holds(planted):
    polygon = concave(planted.grid)
    np.testing.assert_array_equal(marked(planted, clip(planted.cube, polygon)), centers_in(polygon, planted.grid))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)), min_size=3, max_size=6))
def test_any_convex_polygon_marks_centers_or_says_that_it_holds_none(north, points):
    polygon = shapely.MultiPoint([along(north.grid, x, y, 1, 1)[:2] for x, y in points]).convex_hull
    if polygon.geom_type != "Polygon" or polygon.area < 1e-12:
        return
    expected = centers_in(polygon, north.grid)
    near_edge = shapely.distance(
        polygon.exterior, shapely.points(*north.grid.lonlat(*np.meshgrid(north.grid.x, north.grid.y)))
    )
    clear = near_edge > 1e-7  # a centimeter: the edge itself is a matter of rounding
    try:
        found = marked(north, clip(north.cube, polygon))
    except OutOfBounds:
        found = np.zeros(north.grid.shape, bool)
    np.testing.assert_array_equal(found[clear], expected[clear])


def test_the_crop_is_the_smallest_that_holds_the_area(north):
    inside = clip(north.cube, concave(north.grid)).inside.values
    assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


def test_all_kinds_of_areas_mark_the_same(planted):
    polygon = concave(planted.grid)
    expected = clip(planted.cube, polygon).inside
    table = gpd.GeoDataFrame({"name": ["a"]}, geometry=[polygon], crs="EPSG:4326")
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(polygon)}

    class Interface:
        __geo_interface__ = feature

    for area in (
        table,
        table.geometry,
        feature["geometry"],
        feature,
        {"type": "FeatureCollection", "features": [feature, feature]},
        Interface(),
        shapely.GeometryCollection([polygon, shapely.Point(0, 0)]),
    ):
        assert clip(planted.cube, area).inside.identical(expected), area


def test_a_table_of_areas_is_reprojected_from_its_crs(north):
    table = gpd.GeoSeries([concave(north.grid)], crs="EPSG:4326").to_crs("EPSG:3857")
    np.testing.assert_array_equal(marked(north, clip(north.cube, table)), centers_in(concave(north.grid), north.grid))


def test_an_area_larger_than_the_cube_holds_all_of_it(planted):
    for area in ((-180, -85, 180, 85), shapely.box(-180, -90, 180, 90)):
        clipped = clip(planted.cube, area)
        assert clipped.inside.all()
        assert clipped.sizes == planted.cube.sizes


def test_clipping_twice_leaves_what_both_areas_share(north):
    box = along(north.grid, 0.3, 0.2, 0.8, 0.6)
    both = clip(clip(north.cube, concave(north.grid)), box)
    expected = centers_in(concave(north.grid), north.grid) & centers_in(shapely.box(*box), north.grid)
    np.testing.assert_array_equal(marked(north, both), expected)


def test_a_clipped_search_is_the_whole_search_inside_and_nan_outside(planted, chunked):
    query = planted.at(30, 40, 2018)
    for cube in (planted.cube, encode(planted.cube, "int8", per_chunk=True)):
        clipped = clip(chunked(cube), concave(planted.grid))
        found = search(clipped, query, year=2017)
        whole = search(cube, query, year=2017).sel(y=found.y, x=found.x)
        same(planted, found, whole.where(clipped.inside))
        assert hasattr(found.data, "dask") is chunked.is_lazy


def test_a_clipped_change_is_the_whole_change_inside(north, chunked):
    clipped = clip(chunked(north.cube), concave(north.grid))
    found = change(clipped, 2017, 2020)
    whole = change(north.cube, 2017, 2020).sel(y=found.y, x=found.x)
    same(north, found, whole.where(clipped.inside))


def test_clipping_before_rechunking_is_the_same_as_after(north):
    area = concave(north.grid)
    query = north.at(30, 40, 2018)
    before = search(clip(north.cube, area).chunk({"y": 11, "x": 13}), query, year=2017)
    same(north, before, search(clip(north.cube, area), query, year=2017))


def test_an_area_across_the_date_line_finds_a_cube_there(plant):
    left, _ = Grid("EPSG:32701", (10.0, 0.0, 0.0, 0.0, -10.0, 8_000_000.0), (70, 90)).xy(180.0, -18.1)
    grid = Grid("EPSG:32701", (10.0, 0.0, float(left) // 10 * 10 - 450, 0.0, -10.0, 8_000_000.0), (70, 90))
    cube = plant(grid=grid).cube
    lon, lat = grid.lonlat(*np.meshgrid(grid.x, grid.y))
    assert (lon > 0).any()
    assert (lon < 0).any()
    middle = float(lat[35, 45])
    for area in (
        (179.99, middle - 0.001, 180.002, middle + 0.001),
        (-180.01, middle - 0.001, -179.998, middle + 0.001),
    ):
        inside = clip(cube, area).inside
        assert inside.any(axis=0).all(), "the whole width on both sides of the line, up to the area's eastern edge"
        turned = np.where(lon < 0, lon + 360, lon) if area[0] > 0 else np.where(lon > 0, lon - 360, lon)
        expected = (turned > area[0]) & (turned < area[2]) & (lat > area[1]) & (lat < area[3])
        assert int(inside.sum()) == int(expected.sum())


def test_clipping_a_lazy_cube_reads_nothing(north, counted):
    cube, source = counted(north.cube, "embeddings")
    search(clip(cube, concave(north.grid)), north.at(30, 40, 2018))
    assert source.reads == []


BOWTIE = shapely.Polygon([(-89.455, 43.051), (-89.446, 43.056), (-89.446, 43.051), (-89.455, 43.056)])


@pytest.mark.parametrize(
    ("area", "error", "sentence"),
    [
        ((10, 10, 11, 11), OutOfBounds, r"crosses nothing here: the data covers \(-89\.45"),
        (BOWTIE, InvalidInput, r"This area crosses itself; draw it again\."),
        (shapely.Polygon(), InvalidInput, "This area is empty: expected a polygon, got nothing"),
        (shapely.Point(-89.45, 43.052), InvalidInput, "expected a polygon, got Point"),
        (shapely.box(300_000, 4_769_000, 300_500, 4_769_500), InvalidInput, "expected degrees"),
        ((-89.44, 43.05, -89.45, 43.06), InvalidInput, "west < east"),
        ((-89.44, np.nan, -89.45, 43.06), InvalidInput, "west < east"),
        ("Madison", InvalidInput, "area='Madison': expected"),
        (7, InvalidInput, "area=7: expected"),
        ({"type": "Nonsense"}, InvalidInput, "no readable geometry"),
        ({"type": "FeatureCollection", "features": []}, InvalidInput, "empty"),
        ({"type": "FeatureCollection"}, InvalidInput, "empty"),
        (gpd.GeoSeries([BOWTIE.convex_hull]), InvalidInput, "no CRS: name it with `set_crs`"),
        (gpd.GeoSeries([BOWTIE], crs="EPSG:4326"), InvalidInput, "crosses itself"),
    ],
)
def test_an_area_that_cannot_be_answered_is_a_sentence(north, area, error, sentence):
    with pytest.raises(error, match=sentence):
        clip(north.cube, area)


def test_an_area_between_pixel_centers_is_a_sentence(north):
    lon, lat = (north.lonlat(30, 40)[name] for name in ("lon", "lat"))
    with pytest.raises(OutOfBounds, match="no pixel center"):
        clip(north.cube, (lon + 1e-5, lat + 1e-5, lon + 2e-5, lat + 2e-5))


def test_clipping_to_what_a_clipped_cube_left_out_is_a_sentence(north):
    left = clip(north.cube, shapely.Polygon([along(north.grid, x, y, 1, 1)[:2] for x, y in ((0, 0), (1, 0), (0, 1))]))
    with pytest.raises(OutOfBounds, match="no pixel center"):
        clip(left, along(north.grid, 0.8, 0.8, 0.99, 0.99))


def test_one_pixel_can_be_clipped_and_searched(north):
    lon, lat = (north.lonlat(30, 40)[name] for name in ("lon", "lat"))
    one = clip(north.cube, (lon - 1e-5, lat - 1e-5, lon + 1e-5, lat + 1e-5))
    assert (one.sizes["y"], one.sizes["x"]) == (1, 1)
    assert search(one, north.at(30, 40, 2020)).item() == pytest.approx(1, abs=north.cosine_error)


def test_a_cube_without_a_chunk_grid_can_be_clipped(north):
    bare = north.cube.drop_vars(["chunk_row", "chunk_column"])
    expected = clip(north.cube, concave(north.grid)).inside.values
    np.testing.assert_array_equal(clip(bare, concave(north.grid)).inside.values, expected)
