"""Scans that report, stop, and give what dask itself gives."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import embexplore as ex
from embexplore.ui.scan import Cancelled, scan

COUNTED: list[tuple[int, ...]] = []


@pytest.fixture
def lazy():
    """A `(y, x)` map in 5 × 7 blocks that notes which blocks were computed, in `COUNTED`."""
    import dask.array as da

    COUNTED.clear()
    values = np.random.default_rng(0).normal(size=(50, 70)).astype(np.float32)

    def noted(block, block_info=None):
        COUNTED.append(block_info[None]["chunk-location"])
        return block

    data = da.map_blocks(noted, da.from_array(values, chunks=10), dtype=np.float32, meta=values[:0, :0])
    return xr.DataArray(data, {"year": 2024}, ("y", "x"), name="map", attrs={"units": "1"}), values


def test_a_scan_gives_what_dask_gives(lazy):
    array, values = lazy
    expected = xr.DataArray(values, {"year": 2024}, ("y", "x"), name="map", attrs={"units": "1"})
    xr.testing.assert_identical(scan(array), expected)
    assert sorted(COUNTED) == list(np.ndindex(5, 7)), "every block once"


@settings(max_examples=25)
@given(
    st.permutations(["rgb", "y", "x"]),
    st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)),
    st.integers(1, 9),
    st.sampled_from([np.uint8, np.float32]),
)
def test_dims_of_any_order_and_blocks_of_any_size_come_out_right(dims, shape, chunk, dtype):
    values = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    array = xr.DataArray(values, dims=("rgb", "y", "x")).transpose(*dims)
    out = scan(array.chunk({"y": chunk, "x": chunk, "rgb": 1}))
    xr.testing.assert_identical(out, array)
    assert out.values.flags.c_contiguous


def test_a_result_in_memory_is_left_as_it_is():
    array = xr.DataArray(np.zeros((3, 4)), dims=("y", "x"))
    assert scan(array) is array


def test_progress_ends_with_everything(lazy):
    seen = []
    scan(lazy[0], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (35, 35)
    assert all(total == 35 for _, total in seen)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_a_cancelled_scan_stops_at_the_next_group_and_keeps_what_it_has(lazy):
    array, values = lazy
    out = np.full(array.shape, np.nan, np.float32)
    answers = iter([False, False, True])
    with pytest.raises(Cancelled, match=r"stopped after \d+ of 35"):
        scan(array, out=out, cancelled=lambda: next(answers))
    assert 0 < len(COUNTED) < 35
    done = ~np.isnan(out)
    assert done.sum() == 100 * len(COUNTED)
    np.testing.assert_array_equal(out[done], values[done])


def test_a_scan_cancelled_before_it_begins_reads_nothing(lazy):
    with pytest.raises(Cancelled):
        scan(lazy[0], cancelled=lambda: True)
    assert not COUNTED


@pytest.mark.parametrize("near", [None, (0, 0), (49, 12)])
def test_blocks_near_the_screen_come_first(lazy, near):
    array, _ = lazy
    filled, seen = np.full(array.shape, np.nan, np.float32), []
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        scan(array, out=filled, near=near, cancelled=lambda: next(answers))
    seen = np.argwhere(~np.isnan(filled[::10, ::10])) * 10 + 5
    waiting = np.argwhere(np.isnan(filled[::10, ::10])) * 10 + 5
    center = near or (25, 35)
    away = [np.hypot(*(blocks - center).T) for blocks in (seen, waiting)]
    assert away[0].max() <= away[1].min()


def test_a_search_of_the_island_is_the_same_scanned():
    cube = ex.null_island()
    query = cube.emb.at(lon=0.12, lat=0.11)
    score = cube.chunk({"y": 64, "x": 64}).emb.search(query)
    assert score.data.npartitions > 1
    xr.testing.assert_identical(scan(score), score.compute())
