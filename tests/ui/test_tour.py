"""The tour runs on any cube: every step does something, and the end is a map like any other."""

import pytest

import embexplore as ex
from embexplore.ui.tour import steps_for
from embexplore.ui.view.app import App


def small(island):
    """A corner that is not Null Island to the Explorer: in memory, without named places."""
    return island.isel(x=slice(60, 140), y=slice(60, 140)).load()


@pytest.mark.parametrize("made", [lambda island: island, small, lambda island: small(island).isel(time=[7])])
def test_every_step_changes_the_map_and_can_be_undone(island, made):
    app = ex.Explorer(made(island))
    states = [app.state()]
    for step in steps_for(app):
        with app.step():
            step.act(app)
        if app.state() != states[-1]:
            states.append(app.state())
    assert len(states) >= len(steps_for(app))  # all but the last, which goes back to a search that may be there still
    for state in states[-2::-1]:
        app.undo()
        assert app.state() == state


def test_change_is_left_out_for_a_cube_of_one_year(island):
    assert len(steps_for(ex.Explorer(small(island).isel(time=[7])))) == len(steps_for(ex.Explorer(island))) - 1


def test_the_card_leads_through_all_steps_and_then_is_gone(app):
    view = App(app)
    view.tour.begin()
    for number in range(1, len(steps_for(app)) + 1):
        card = view.map._card.chips.children
        assert f"{number} of {len(steps_for(app))}" in card[0].value
        card[-1].click()
    assert view.tour.card() is None
    assert "emx-hidden" in view.map._card.root._dom_classes
