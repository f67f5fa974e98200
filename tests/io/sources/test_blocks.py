"""Blocks are read once, by one thread, and forgotten when they were used up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.cube.grid import Grid
from embexplore.io.sources.base import Block
from embexplore.io.sources.blocks import BlockCache, BlockReader, edges, group_shape


class Counting:
    """A tile in memory that notes what is loaded."""

    file = "memory"

    def __init__(self, rows, columns, block, *, reverse=False, delay=0.0):
        self.grid = Grid("EPSG:32616", (10, 0, 0, 0, -10, 0), (rows, columns))
        self.codes = np.arange(2 * rows * columns, dtype=np.int32).reshape(2, rows, columns)
        self.row_edges = edges(rows, block, reverse=reverse)
        self.column_edges = edges(columns, block)
        self.loads = []
        self.delay = delay

    def load(self, rows, columns):
        time.sleep(self.delay)
        self.loads.append((rows.start, rows.stop, columns.start, columns.stop))
        return Block(self.codes[:, rows, columns])


@settings(max_examples=60)
@given(
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    block=st.integers(1, 17),
    step=st.integers(1, 19),
    reverse=st.booleans(),
    data=st.data(),
)
def test_windows_that_tile_a_region_load_each_of_its_blocks_once_and_keep_none(
    rows, columns, block, step, reverse, data
):
    tile = Counting(rows, columns, block, reverse=reverse)
    top, left = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    bottom, right = data.draw(st.integers(top + 1, rows)), data.draw(st.integers(left + 1, columns))
    cache = BlockCache()
    reader = BlockReader(tile, cache, (slice(top, bottom), slice(left, right)))
    for row in range(top, bottom, step):
        for column in range(left, right, step):
            window = slice(row, min(row + step, bottom)), slice(column, min(column + step, right))
            np.testing.assert_array_equal(reader.window(*window).codes, tile.codes[:, window[0], window[1]])
    assert len(tile.loads) == len(set(tile.loads)) == cache.loads
    covered = sum((bottom - top) * (right - left) for top, bottom, left, right in tile.loads)
    assert covered == (bottom - top) * (right - left), "no pixel outside the region, none twice"
    assert not cache._entries


def test_threads_that_want_one_block_wait_for_one_load():
    tile = Counting(64, 64, 64, delay=0.05)
    reader = BlockReader(tile, BlockCache(), (slice(0, 64), slice(0, 64)))
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda row: reader.window(slice(row, row + 8), slice(0, 64)).codes, range(0, 64, 8)))
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), tile.codes)
    assert len(tile.loads) == 1


def test_the_cache_keeps_no_more_than_its_limit_and_still_answers():
    tile = Counting(32, 64, 8)
    one = 2 * 8 * 8 * 4
    cache = BlockCache(limit=3 * one)
    reader = BlockReader(tile, cache, (slice(0, 32), slice(0, 64)))
    for row in range(0, 32, 4):
        window = slice(row, row + 4), slice(0, 64)
        np.testing.assert_array_equal(reader.window(*window).codes, tile.codes[:, window[0], window[1]])
        assert sum(entry.nbytes for entry in cache._entries.values()) <= 3 * one


def test_a_load_that_fails_is_raised_in_every_thread_and_tried_again():
    class Failing(Counting):
        fails = True

        def load(self, rows, columns):
            time.sleep(0.05)
            if self.fails:
                raise OSError("dead")
            return super().load(rows, columns)

    tile = Failing(8, 8, 8)
    reader = BlockReader(tile, BlockCache(), (slice(0, 8), slice(0, 8)))
    barrier = threading.Barrier(3)

    def read(_):
        barrier.wait()
        with pytest.raises(OSError, match=r"dead"):
            reader.window(slice(0, 8), slice(0, 8))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(read, range(3)))
    tile.fails = False
    np.testing.assert_array_equal(reader.window(slice(0, 8), slice(0, 8)).codes, tile.codes)


@pytest.mark.parametrize(
    ("block", "shape", "expected"),
    [
        ((1024, 1024), (8192, 8192), (1, 1)),  # AlphaEarth: as it is
        ((256, 256), (8192, 8192), (2, 2)),
        ((1, 1000), (1000, 1000), (512, 1)),  # strips of whole rows
        ((1, 100_000), (1000, 100_000), (10, 1)),  # at most 64 MiB
    ],
)
def test_small_blocks_are_read_in_groups_of_at_most_64_mib(block, shape, expected):
    assert group_shape(block, shape, 64) == expected
