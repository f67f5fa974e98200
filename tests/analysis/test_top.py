"""The best pixels: equal to trying them one by one, meters apart, lazy or not, across chunk borders."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from pyproj import Geod

from embexplore.analysis.change import change
from embexplore.analysis.search import search
from embexplore.analysis.top import FAN_IN, best_pixels, top
from embexplore.cube.build import with_crs
from embexplore.errors import InvalidInput


@pytest.fixture(autouse=True, scope="module")
def streamed():
    """Small lazy maps take the way of large ones, block by block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("embexplore.analysis.top.IN_MEMORY", 0)
        yield


CHUNKS = {"numpy": None, "aligned": (32, 32), "unaligned": (50, 37), "many": (9, 7)}


def map_of(planted, values, name="similarity"):
    """A map on the cube's grid."""
    coords = {name: planted.cube[name] for name in ("y", "x", "spatial_ref")}
    return xr.DataArray(np.asarray(values, np.float32), coords, ("y", "x"), name=name)


def rough(shape, seed=0, levels=40):
    """Scores with many ties and some NaN."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, levels, shape) / levels
    return np.where(rng.random(shape) < 0.1, np.nan, values).astype(np.float32)


def meters(grid, one, other):
    """Distance of two pixel centers: on the grid, or on the ellipsoid for degrees."""
    if grid.is_geographic:
        return Geod(ellps="WGS84").inv(grid.x[one[1]], grid.y[one[0]], grid.x[other[1]], grid.y[other[0]])[2]
    return np.hypot(*(np.subtract(one, other) * grid.resolution[::-1]))


def one_by_one(values, k, far_enough):
    """The definition: take the best pixel, skip what is too near to one already taken."""
    flat = values.ravel()
    order = [int(i) for i in np.argsort(-flat, kind="stable") if not np.isnan(flat[i])]
    hits = []
    for index in order:
        place = divmod(index, values.shape[1])
        if all(far_enough(place, hit) for hit in hits):
            hits.append(place)
        if len(hits) == k:
            break
    return hits


def pixels_of(planted, hits):
    grid = planted.grid
    rows = [int(np.abs(grid.y - y).argmin()) for y in hits["y"]]
    columns = [int(np.abs(grid.x - x).argmin()) for x in hits["x"]]
    return list(zip(rows, columns, strict=True))


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("apart", [0, 35, 100.0, 200])
def test_hits_are_those_found_one_by_one(planted, chunks, apart):
    values = rough(planted.grid.shape)
    score = map_of(planted, values)
    score = score if CHUNKS[chunks] is None else score.chunk(dict(zip(("y", "x"), CHUNKS[chunks], strict=True)))
    hits = top(planted.cube, score, k=12, min_distance=apart)
    expected = one_by_one(values, 12, lambda one, other: meters(planted.grid, one, other) >= apart)
    assert pixels_of(planted, hits) == expected
    np.testing.assert_array_equal(hits["similarity"], [values[place] for place in expected])


@settings(max_examples=40)
@given(
    nps.arrays(np.float32, (7, 9), elements=st.sampled_from([np.nan, 0.0, 0.25, 0.5, 0.75, 1.0])),
    st.integers(1, 70),
    st.sampled_from([0.0, 5.0, 10.0, 14.2, 30.0, 500.0]),
    st.sampled_from([(2, 2), (3, 4), (7, 1)]),
)
def test_any_map_gives_the_same_hits_lazily(north, values, k, apart, chunks):
    whole = rough(north.grid.shape) * np.nan
    whole[28:35, 28:37] = values  # across the corner of four chunks
    score = map_of(north, whole)[26:40, 26:40]
    eager = top(north.cube, score, k=k, min_distance=apart)
    lazy = top(north.cube, score.chunk({"y": chunks[0], "x": chunks[1]}), k=k, min_distance=apart)
    assert lazy.equals(eager)
    places = pixels_of(north, eager)
    expected = one_by_one(whole, k, lambda one, other: meters(north.grid, one, other) >= apart)
    assert places == expected


def test_hits_at_a_chunk_border_are_apart(north):
    values = np.zeros(north.grid.shape)
    values[30:34, 30:34] = 1  # one peak in four chunks
    values[10, 10] = 0.5
    score = map_of(north, values).chunk({"y": 32, "x": 32})
    assert pixels_of(north, top(north.cube, score, k=2, min_distance=60)) == [(30, 30), (10, 10)]


def test_hits_in_degrees_are_meters_apart_by_latitude(plant):
    planted = plant(grid="degrees")
    hits = top(planted.cube, map_of(planted, rough(planted.grid.shape)), k=30, min_distance=150)
    places = pixels_of(planted, hits)
    gaps = [meters(planted.grid, one, other) for i, one in enumerate(places) for other in places[:i]]
    assert min(gaps) >= 150
    down = min(abs(one[0] - other[0]) for i, one in enumerate(places) for other in places[:i] if one[1] == other[1])
    assert down >= 14, "11.1 meters a row"
    beside = planted.grid.resolution[0] * 111_319 * np.cos(np.radians(60))
    assert beside == pytest.approx(11.1, abs=0.1), "columns of twice the degrees are as wide at 60° as rows are high"


def test_a_grid_in_feet_measures_in_meters(north):
    feet = with_crs(north.cube, "EPSG:2263")
    values = rough(north.grid.shape)
    hits = top(feet, map_of(north, values), k=8, min_distance=30)
    expected = one_by_one(values, 8, lambda one, other: meters(north.grid, one, other) * 1200 / 3937 >= 30)
    assert pixels_of(north, hits) == expected


def test_the_table_says_where_in_both_systems(planted):
    score = search(planted.cube, planted.at(30, 40, 2020))
    hits = top(planted.cube, score, k=3)
    assert list(hits.columns) == ["rank", "similarity", "x", "y", "geometry"]
    assert hits.crs.to_epsg() == 4326
    assert list(hits["rank"]) == [1, 2, 3]
    first = planted.lonlat(30, 40)
    assert (hits.geometry[0].x, hits.geometry[0].y) == pytest.approx((first["lon"], first["lat"]), abs=1e-9)
    assert (hits["x"][0], hits["y"][0]) == (planted.cube.x[40], planted.cube.y[30])
    assert score.sel(x=hits["x"][1], y=hits["y"][1]) == hits["similarity"][1], "labels are exact"
    assert hits["similarity"][0] == pytest.approx(1, abs=planted.cosine_error)
    assert hits.attrs["provenance"]["model"] == "Planted"


def test_the_column_carries_the_name_of_the_map(north):
    assert "change" in top(north.cube, change(north.cube, 2017, 2020), k=2)
    assert "similarity" in top(north.cube, map_of(north, rough(north.grid.shape), name=None), k=2)


def test_a_lazy_score_is_computed_once(north):
    calls = []

    def block(values, block_info=None):
        calls.append(block_info[0]["chunk-location"])
        return values

    score = map_of(north, rough(north.grid.shape)).chunk({"y": 9, "x": 7})
    counted = score.copy(data=da.map_blocks(block, score.data, dtype=np.float32, meta=np.empty((0, 0), np.float32)))
    assert score.data.npartitions > FAN_IN**2, "three rounds of merging"
    top(north.cube, counted, k=5, min_distance=100)
    assert len(calls) == len(set(calls)) == score.data.npartitions


def test_a_lazy_map_that_fits_in_memory_gives_the_same_hits(north, monkeypatch):
    score = map_of(north, rough(north.grid.shape)).chunk({"y": 9, "x": 7})
    by_block = top(north.cube, score, k=9, min_distance=80)
    monkeypatch.setattr("embexplore.analysis.top.IN_MEMORY", score.size)
    assert top(north.cube, score, k=9, min_distance=80).equals(by_block)


def test_candidates_of_a_lazy_map_are_the_best_of_the_whole(north):
    values = rough(north.grid.shape)
    eager = best_pixels(values, 500)
    lazy = best_pixels(da.from_array(values, chunks=(9, 7)), 500)
    for one, other in zip(eager, lazy, strict=True):
        np.testing.assert_array_equal(one, other)


def test_fewer_hits_come_where_there_are_fewer_pixels(north):
    values = np.full(north.grid.shape, np.nan)
    assert len(top(north.cube, map_of(north, values), k=5)) == 0
    values[3, 4], values[3, 5] = 0.5, 0.25
    for score in (map_of(north, values), map_of(north, values).chunk({"y": 9, "x": 7})):
        assert pixels_of(north, top(north.cube, score, k=5)) == [(3, 4), (3, 5)]
        assert pixels_of(north, top(north.cube, score, k=5, min_distance=11)) == [(3, 4)]


def test_a_part_of_a_map_keeps_its_places(north):
    score = map_of(north, rough(north.grid.shape))
    part = top(north.cube, score[20:50, 30:60].T, k=1)
    row, column = pixels_of(north, part)[0]
    inner = score.values[20:50, 30:60]
    assert (row - 20, column - 30) == divmod(int(np.nanargmax(inner)), 30)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"k": 0}, "k=0: expected a whole number of at least 1"),
        ({"k": 2.5}, r"k=2\.5: expected a whole number"),
        ({"k": np.nan}, "k=nan: expected a whole number"),
        ({"k": np.inf}, "k=inf: expected a whole number"),
        ({"k": "20"}, "k='20': expected a whole number"),
        ({"min_distance": "200"}, "min_distance='200': expected meters"),
        ({"min_distance": -1}, "min_distance=-1: expected meters, 0 or more"),
        ({"min_distance": np.nan}, "min_distance=nan: expected meters"),
        ({"min_distance": np.inf}, "min_distance=inf: expected meters"),
    ],
)
def test_wrong_counts_and_distances_are_sentences(north, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        top(north.cube, map_of(north, rough(north.grid.shape)), **options)


def test_a_series_is_not_a_map(north):
    with pytest.raises(InvalidInput, match=r"score has dims \('time', 'y', 'x'\): expected a map of dims \(y, x\)"):
        top(north.cube, change(north.cube))
