"""Maps that are kept, forgotten when they grow too many, and seen while they fill in."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from embexplore.ui import answers
from embexplore.ui.answers import Answers
from embexplore.ui.scan import Cancelled


def lazy(values, hold=None, seen=None):
    """A map in blocks of ten rows; every block but those in the middle waits for `hold`, after `seen` is set."""

    def block(part, block_info=None):
        if hold is not None and block_info[None]["chunk-location"] == (0, 0):
            seen.set()
            hold.wait(20)
        return part

    data = da.map_blocks(block, da.from_array(values, chunks=(10, -1)), dtype=values.dtype, meta=values[:0, :0])
    return xr.DataArray(data, dims=("y", "x"))


def test_a_map_is_computed_once():
    kept, values = Answers(), np.ones((30, 4), np.float32)
    first = kept.of("a", lambda: lazy(values))
    assert kept.of("a", lambda: pytest.fail("computed again")) is first
    np.testing.assert_array_equal(first, values)
    assert kept.scans == 1
    assert "a" in kept


def test_the_least_recently_used_is_forgotten_first(monkeypatch):
    values = np.ones((30, 4), np.float32)
    monkeypatch.setattr(answers, "MOST", 2 * values.nbytes)
    kept = Answers()
    for key in ("a", "b", "a", "c"):
        kept.of(key, lambda: lazy(values))
    assert [key in kept for key in "abc"] == [True, False, True]


@pytest.mark.parametrize(("fill", "dtype", "empty"), [(np.nan, np.float32, np.nan), (255, np.uint8, 255), (np.nan, np.uint8, 0)])  # fmt: skip
def test_a_map_is_seen_while_it_fills_in(fill, dtype, empty):
    kept, hold, seen = Answers(), Event(), Event()
    values = np.full((50, 4), 7, dtype)
    worker = Thread(target=lambda: kept.of("a", lambda: lazy(values, hold, seen), fill=fill))
    worker.start()
    assert seen.wait(20)
    assert kept.begun("a")
    assert "a" not in kept
    with kept.partly():
        part = kept.of("a", lambda: pytest.fail("computed twice")).values
    np.testing.assert_array_equal(part[:10], np.full((10, 4), empty, dtype))
    hold.set()
    worker.join(20)
    assert "a" in kept
    np.testing.assert_array_equal(kept.of("a", lambda: None), values)


def test_who_does_not_ask_for_a_part_waits_for_the_whole():
    kept, hold, seen, values = Answers(), Event(), Event(), np.full((50, 4), 7, np.float32)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(kept.of, "a", lambda: lazy(values, hold, seen))
        assert seen.wait(20)
        other = pool.submit(kept.of, "a", lambda: pytest.fail("computed twice"))
        with pytest.raises(TimeoutError):
            other.result(0.2)
        hold.set()
        assert other.result(20) is one.result(20)
    np.testing.assert_array_equal(other.result(), values)
    assert kept.scans == 1


def test_who_waited_for_a_map_that_was_cancelled_computes_it_anew():
    kept, hold, seen, values = Answers(), Event(), Event(), np.full((50, 4), 7, np.float32)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(kept.of, "a", lambda: lazy(values), cancelled=lambda: seen.set() or hold.wait(20))
        assert seen.wait(20)
        other = pool.submit(kept.of, "a", lambda: lazy(values))
        hold.set()
        with pytest.raises(Cancelled):
            one.result(20)
        np.testing.assert_array_equal(other.result(20), values)
    assert kept.scans == 1


def test_what_nobody_computes_is_computed_also_for_who_would_take_a_part():
    kept, values = Answers(), np.ones((30, 4), np.float32)
    with kept.partly():
        np.testing.assert_array_equal(kept.of("a", lambda: lazy(values)), values)
    assert "a" in kept


def test_a_cancelled_map_is_not_kept_and_may_be_asked_again():
    kept, values = Answers(), np.ones((30, 4), np.float32)
    with pytest.raises(Cancelled):
        kept.of("a", lambda: lazy(values), cancelled=lambda: True)
    assert not kept.begun("a")
    assert kept.scans == 0
    np.testing.assert_array_equal(kept.of("a", lambda: lazy(values)), values)
