"""Undo and redo against the plainest model of them: a list of states and a place in it."""

from hypothesis import given
from hypothesis import strategies as st

from embexplore.ui.history import DEPTH, PAUSE, History

ACTIONS = st.lists(st.one_of(st.just("undo"), st.just("redo"), st.integers(0, 5)), max_size=60)


@given(ACTIONS)
def test_undo_and_redo_walk_the_list_of_states(actions):
    history = History({"n": 0})
    states, place = [{"n": 0}], 0
    for action in actions:
        if action == "undo":
            expected = states[place - 1] if place else None
            place -= place > 0
            assert history.undo() == expected
        elif action == "redo":
            expected = states[place + 1] if place + 1 < len(states) else None
            place += place + 1 < len(states)
            assert history.redo() == expected
        else:
            state = {"n": action}
            assert history.record(state) == (state != states[place])
            if state != states[place]:
                states, place = [*states[: place + 1], state], place + 1
        assert history.current == states[place]
        assert history.can_undo == (place > 0)
        assert history.can_redo == (place + 1 < len(states))


def test_quick_moves_of_one_slider_are_one_step_and_slow_ones_are_two():
    now = [0.0]
    history = History({"t": 0}, now=lambda: now[0])
    for value in (1, 2, 3):
        now[0] += PAUSE / 2
        history.record({"t": value}, setting="t")
    assert history.undo() == {"t": 0}
    history.redo()
    now[0] += 2 * PAUSE
    history.record({"t": 4}, setting="t")
    assert history.undo() == {"t": 3}


def test_a_move_of_another_setting_is_a_step_of_its_own():
    history = History({"a": 0, "b": 0}, now=lambda: 0.0)
    history.record({"a": 1, "b": 0}, setting="a")
    history.record({"a": 1, "b": 1}, setting="b")
    assert history.undo() == {"a": 1, "b": 0}


def test_the_oldest_steps_are_forgotten():
    history = History({"n": -1})
    for n in range(DEPTH + 10):
        history.record({"n": n})
    steps = 0
    while history.undo() is not None:
        steps += 1
    assert (steps, history.current) == (DEPTH, {"n": 9})
