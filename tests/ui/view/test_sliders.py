"""A slider takes a hand's value, and not its own echo."""

import pytest

from embexplore.ui.view import sliders


@pytest.fixture
def slider():
    return sliders.FloatSlider(0.5, min=0, max=1, step=0.001)


def heard(widget, name="value"):
    values = []
    widget.observe(lambda change: values.append(change["new"]), name)
    return values


def test_a_hand_moves_the_slider(slider):
    values = heard(slider)
    for value in (0.503, 0.6, 0.82, 0.6):
        slider.set_state({"value": value})
    assert values == [0.503, 0.6, 0.82, 0.6]


@pytest.mark.parametrize("echo", [0.5, 0.7, 1, 0.95])
def test_the_echo_of_an_older_value_or_range_changes_nothing(slider, echo):
    slider.value, slider.max, slider.value = 0.7, 0.95, 0.86
    values = heard(slider)
    slider.set_state({"value": echo})
    assert slider.value == 0.86
    assert values == []


def test_the_browsers_own_rounding_of_what_it_was_told_is_an_echo(slider, monkeypatch):
    slider.min, slider.value = 0.38123, 0.82
    told, values = [], heard(slider)
    monkeypatch.setattr(sliders.FloatSlider, "send_state", lambda _, key=None: told.append(key))
    slider.set_state({"value": 0.821})
    assert values == told == []


def test_once_a_hand_has_moved_it_every_value_is_a_hands(slider):
    slider.value = 0.86
    slider.set_state({"value": 0.7})
    slider.set_state({"value": 0.5})
    assert slider.value == 0.5


def test_the_ends_of_a_new_range_can_be_chosen_after_a_while(slider, monkeypatch):
    slider.max = 0.9
    now = sliders.time.monotonic()
    slider.set_state({"value": 0.9})
    assert slider.value == 0.5
    monkeypatch.setattr(sliders.time, "monotonic", lambda: now + sliders.ECHO + 0.1)
    slider.set_state({"value": 0.9})
    assert slider.value == 0.9


def test_the_browser_is_told_again_what_holds(slider, monkeypatch):
    told = []
    monkeypatch.setattr(sliders.FloatSlider, "send_state", lambda _, key=None: told.append(key))
    slider.value = 0.86
    told.clear()
    slider.set_state({"value": 0.5})
    assert told == [{"value"}]


def test_sliders_of_choices_are_echo_proof_too():
    years = sliders.SelectionSlider(options=[2022, 2023, 2024], value=2024)
    span = sliders.SelectionRangeSlider(options=[2022, 2023, 2024], index=(0, 2))
    years.value, span.index = 2022, (0, 1)
    years.set_state({"index": 2})
    span.set_state({"index": [0, 2]})
    assert (years.value, span.value) == (2022, (2022, 2023))
    years.set_state({"index": 1})
    span.set_state({"index": [1, 2]})
    assert (years.value, span.value) == (2023, (2023, 2024))


def test_a_step_of_a_key_is_believed_while_a_hand_is_on_a_slider(slider):
    import ipywidgets as ipw

    root = ipw.VBox([ipw.HBox([slider])])
    slider.value = 0.7
    slider.set_state({"value": 0.701})
    assert slider.value == 0.7, "it looks like an echo"
    sliders.hold(root, held=True)
    slider.set_state({"value": 0.701})
    assert slider.value == 0.701
    sliders.hold(root, held=False)
    slider.value = 0.8
    slider.set_state({"value": 0.801})
    assert slider.value == 0.8
