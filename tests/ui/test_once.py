"""What is learned once: one learns, those who ask for the same wait, nobody else does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

import embexplore as ex
from embexplore.ui.once import Once
from embexplore.ui.shared import Shared

SOON = 0.2
"""Seconds in which a thread that need not wait would long be done."""


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as pool:
        yield pool


class Slow:
    """Something to learn that takes until `go` is set, and how often it was begun."""

    def __init__(self, *, fails=False):
        self.begun, self.go, self.times, self.fails = Event(), Event(), 0, fails

    def __call__(self):
        self.times += 1
        self.begun.set()
        assert self.go.wait(20)
        if self.fails:
            raise ValueError("no")
        return self.times


def test_who_asks_for_something_else_does_not_wait(pool):
    known, slow = Once(4), Slow()
    one = pool.submit(known.of, "a", slow)
    assert slow.begun.wait(20)
    assert pool.submit(known.of, "b", lambda: "at once").result(20) == "at once"
    slow.go.set()
    assert one.result(20) == 1


def test_who_asks_for_the_same_waits_and_gets_the_same(pool):
    known, slow = Once(4), Slow()
    one = pool.submit(known.of, "a", slow)
    assert slow.begun.wait(20)
    other = pool.submit(known.of, "a", lambda: pytest.fail("learned twice"))
    with pytest.raises(TimeoutError):
        other.result(SOON)
    assert "a" not in known
    slow.go.set()
    assert one.result(20) is other.result(20)


def test_what_failed_is_not_kept_and_who_waited_tries_again(pool):
    known, slow = Once(4), Slow(fails=True)
    one = pool.submit(known.of, "a", slow)
    assert slow.begun.wait(20)
    other = pool.submit(known.of, "a", lambda: "learned")
    slow.go.set()
    with pytest.raises(ValueError, match="no"):
        one.result(20)
    assert other.result(20) == "learned"
    assert known.of("a", lambda: pytest.fail("learned twice")) == "learned"


def test_what_was_not_used_for_longest_is_forgotten_first():
    known = Once(2)
    for key in ("a", "b", "a", "c"):
        known.of(key, lambda: None)
    assert [key in known for key in "abc"] == [True, False, True]


def test_components_do_not_wait_for_groups_that_somebody_else_fits(pool):
    shared, slow = Shared(ex.null_island()), Slow()
    one = pool.submit(shared.once, "groups", slow)
    assert slow.begun.wait(20)
    pca = pool.submit(shared.pca)
    try:
        assert pca.result(20) is shared.pca()
    finally:
        slow.go.set()
    assert one.result(20) == 1
