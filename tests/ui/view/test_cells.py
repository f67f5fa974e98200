"""A cell that runs again closes the Explorers of its last run, and no other."""

import pytest

from embexplore.ui.view import cells
from embexplore.ui.view.cells import Cells, Run


class Shown:
    """What can be closed, as an Explorer can."""

    is_closed = False

    def close(self):
        self.is_closed = True


@pytest.fixture
def shown():
    """`shown(cell, message, *explorers)` lets a run of a cell display them."""
    known = Cells()

    def show(cell, message, *explorers):
        for explorer in explorers:
            known.shows(explorer, Run(cell, message))

    return show


def test_a_cell_that_runs_again_closes_what_it_showed_before(shown):
    first, second, third = Shown(), Shown(), Shown()
    shown("a", "1", first, second)
    assert not first.is_closed
    shown("a", "2", third)
    assert (first.is_closed, second.is_closed, third.is_closed) == (True, True, False)


def test_what_is_shown_again_or_by_another_cell_stays_open(shown):
    kept, other = Shown(), Shown()
    shown("a", "1", kept, other)
    shown("b", "2", other)
    shown("a", "3", kept)
    assert not kept.is_closed
    assert not other.is_closed
    shown("b", "4", kept)
    assert other.is_closed


def test_a_run_without_a_name_closes_nothing():
    known, first = Cells(), Shown()
    known.shows(first, None)
    known.shows(Shown(), None)
    assert not first.is_closed
    assert cells.run_now() is None


def test_a_cell_is_told_by_the_message_that_asked_for_its_run(monkeypatch):
    class Kernel:
        def get_parent(self, channel):
            assert channel == "shell"
            return {"header": {"msg_id": "m"}, "metadata": {"cellId": "c"}}

    class Shell:
        kernel = Kernel()

    monkeypatch.setattr("IPython.get_ipython", Shell)
    assert cells.run_now() == Run("c", "m")
