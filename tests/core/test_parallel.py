"""Ranges cover every pixel once, and calls at the same time share the processors."""

import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.core.parallel import ALIGN, SERIAL, in_tiles, one_thread, processors, share_of_threads


@settings(max_examples=30)
@given(n=st.integers(0, 20 * ALIGN), threads=st.sampled_from([None, 1, 2, 5]), grain=st.sampled_from([1 << 9, ALIGN]))
def test_ranges_cover_every_pixel_once(n, threads, grain):
    ranges = []
    in_tiles(lambda start, stop: ranges.append((start, stop)), n, threads, grain=grain)
    ranges.sort()
    assert ranges[0][0] == 0
    assert ranges[-1][1] == n
    assert all(a[1] == b[0] for a, b in pairwise(ranges))
    assert all(start % grain == 0 for start, _ in ranges)


def test_small_work_stays_in_the_caller():
    where = []
    in_tiles(lambda *_: where.append(threading.get_ident()), SERIAL * ALIGN - 1)
    assert where == [threading.get_ident()]


def test_calls_at_the_same_time_share_the_processors():
    with share_of_threads(1 << 30) as alone:
        shares = []
        for _ in range(2 * processors()):
            with share_of_threads(1 << 30) as share:
                shares.append(share)
    assert alone == processors()
    assert set(shares) == {max(1, processors() // 2)}
    with share_of_threads(1 << 30) as again:
        assert again == processors()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_range_reaches_the_caller(threads):
    def fail(start, _):
        if start == 0:
            raise ValueError("range 0")

    with pytest.raises(ValueError, match="range 0"):
        in_tiles(fail, 10 * ALIGN, threads)
    with share_of_threads(1 << 30) as again:
        assert again == processors()


def test_calls_inside_calls_wait_for_no_thread_that_is_busy_waiting():
    seen, many = [], 2 * processors()
    in_tiles(lambda *_: in_tiles(lambda *inner: seen.append(inner), 4 * ALIGN, many), 8 * ALIGN, many)
    assert len(seen) == 8 * 4


def test_threads_that_come_and_go_in_any_order_leave_blas_as_it_was():
    import threadpoolctl

    def threads():
        return [library["num_threads"] for library in threadpoolctl.threadpool_info()]

    with one_thread():  # looks for the libraries
        limited = threads()
    before = threads()
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == limited
    second.__exit__(None, None, None)
    assert threads() == before
