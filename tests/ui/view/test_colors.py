"""Colors on screen: widgets follow the model, and the model follows them."""

import numpy as np
import pytest

from embexplore.ui.view.app import App


@pytest.fixture
def shown(app):
    app.mode = "colors"
    return App(app)


def test_it_opens_with_the_first_directions_of_the_cube(shown):
    view = shown.view
    assert (view._year.value, view._set.label, view._fit.value) == (2024, "first 3 directions", "cube")
    assert [channel.value for channel in view._channels] == [1, 2, 3]
    assert "3 of 64 directions show" in shown.status._message.value


def test_a_channel_takes_another_direction_and_the_sentence_says_it(shown):
    shown.view._channels[0].value = 4
    assert shown.explorer.colors.channels == (4, 2, 3)
    assert shown.view._set.label == "directions 4, 2, 3"
    shown.view._set.value = (2, 3, 4)
    assert shown.explorer.colors.channels == (2, 3, 4)
    shown.view._swap()
    assert [channel.value for channel in shown.view._channels] == [3, 4, 2]


def test_it_can_be_fitted_on_what_is_on_screen(shown):
    shown.explorer.bounds = ((0.107, 0.117), (0.113, 0.126))
    shown.view._fit.value = "view"
    assert shown.explorer.colors.fit_name == "this part of the map"
    assert shown.view._fit.value == "kept"
    assert "in this part of the map" in shown.status._message.value
    shown.view._fit.value = "cube"
    assert shown.explorer.colors.fit_area is None


def test_a_tap_on_a_dot_pins_its_pixel(shown):
    _, places, lonlat = shown.view._dots
    shown.view._tapped(*places[100, :2], {})
    np.testing.assert_allclose(shown.explorer.pinned, lonlat[100])
    assert "emx-hidden" not in shown.view._vector._dom_classes
    assert "emx-hidden" in shown.view._hint._dom_classes


def test_exports_are_written(shown, tmp_path):
    import rasterio

    for label, name, write in shown.view.exports():
        write(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0, label
    with rasterio.open(tmp_path / "colors-2024.tif") as file:
        np.testing.assert_array_equal(np.moveaxis(file.read()[:3], 0, -1), shown.explorer.values().values)
