"""Change on screen: widgets follow the model, and the model follows them."""

import pytest

from embexplore.ui.view.app import App

PLACE = (0.1253, 0.1122)


@pytest.fixture
def shown(app):
    app.mode = "change"
    return App(app)


def test_it_opens_with_the_years_of_the_cube_and_the_usual_noise(shown):
    view = shown.view
    assert (view._first.value, view._second.value, view._beyond.value) == (2017, 2024, "usual")
    assert view._span._slider.value == (2017, 2024)
    assert view._rail._number.value == view._rail._slider.value == view.mode.cut
    assert len(view._rail._list.root.children) == len(view.mode.table())
    assert "12.8" in shown.status._message.value


def test_tokens_and_the_slider_choose_the_years(shown):
    shown.view._first.value = 2019
    assert shown.explorer.change.span == (2019, 2024)
    shown.view._span._slider.value = (2018, 2020)
    assert (shown.view._first.value, shown.view._second.value) == (2018, 2020)
    shown.view._second.value = 2018
    assert "2018 to 2018 is one year" in shown.status._message.value
    assert shown.explorer.change.span == (2018, 2020)
    assert shown.view._second.value == 2020, "the words say what the map shows"


def test_the_slider_sets_a_threshold_and_the_sentence_says_it(shown):
    shown.view._rail._slider.value = 0.2
    assert shown.explorer.change.threshold == 0.2
    assert shown.view._beyond.label == "a change of 0.200"
    shown.view._beyond.value = "usual"
    assert shown.explorer.change.threshold is None


def test_a_slider_that_only_rounds_sets_nothing(shown):
    before = shown.explorer.state()
    shown.view._rail._slider.value = shown.view.mode.cut + 0.0004
    assert shown.explorer.state() == before


def test_a_click_on_a_bar_filters_by_year_and_another_one_takes_it_back(shown):
    shown.view._rail._tapped(3.2, 0.0, {})
    assert shown.explorer.change.when == 2021
    assert "most in 2021" in shown.status._message.value
    shown.view._rail._tapped(2.9, 0.0, {})
    assert shown.explorer.change.when is None


def test_a_row_pins_the_most_changed_pixel_of_its_region(shown):
    row = shown.view.mode.table().iloc[1]
    shown.view._rail._list.root.children[1].click()
    lon, lat = shown.explorer.pinned
    value = shown.explorer.value_at(shown.view.mode.change, lon, lat)
    column, line = (abs(shown.view.mode.change[a] - row[a]).values.argmin() for a in ("x", "y"))
    assert value == float(shown.view.mode.change.values[line, column])


def test_the_pinned_pixel_is_explained(shown):
    shown.explorer.inspect(*PLACE)
    titles = [title.value for title in shown.view.pixel._titles]
    steps = shown.explorer.cube.emb.change_series(lon=PLACE[0], lat=PLACE[1])
    largest = int(steps.values.argmax())
    assert f"{float(steps[largest]):.2f} in {int(steps.time[largest])}" in titles[0]
    assert "of 64 make half" in titles[2]
    assert shown.view.marks()[-1].lon == PLACE[0]


@pytest.mark.parametrize(("picture", "arrangement"), [("swipe", "swipe"), ("side", "side"), ("year", "single")])
def test_pictures_arrange_the_map_and_other_modes_put_it_back(shown, picture, arrangement):
    shown.view._pictures.value = picture
    assert shown.map._beside.arrangement == arrangement
    pictures = shown.map._beside.pictures(shown.explorer.change.layers())
    sides = [layer.side for _, layer in pictures if layer is not None]
    assert sides == (["both"] if arrangement == "single" else ["left", "right"])
    shown.explorer.mode = "similar"
    assert shown.map._beside.arrangement == "single"
    on_map = [overlay for overlay in shown.map._beside.answers.values() if overlay in shown.map.map.layers]
    assert len(on_map) == 2


def test_drawn_ground_can_be_named_as_stable(shown):
    view = shown.view
    view._take_stable()
    assert "No area is drawn" in shown.status._message.value
    west, south, east, north = 0.114, 0.115, 0.118, 0.118
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shown.explorer.area = {"type": "Polygon", "coordinates": [ring]}
    view._take_stable()
    assert shown.explorer.area is None
    assert "you named" in view._told.value
    view._drop_stable()
    assert shown.explorer.change.stable is None


def test_true_changes_are_outlined_on_demand(shown):
    assert not shown.view.outlines()
    shown.view._truth.value = True
    assert len(shown.map._outlines.data["features"]) == len(shown.view.outlines()) > 0


def test_exports_are_written(shown, tmp_path):
    import geopandas as gpd
    import rasterio

    for label, name, write in shown.view.exports():
        write(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0, label
    with rasterio.open(tmp_path / "change-2017-2024.tif") as file:
        assert file.crs.to_epsg() == 32631
    assert len(gpd.read_parquet(tmp_path / "change-2017-2024.parquet")) == len(shown.view.mode.table())


def test_a_cube_of_one_year_stays_where_it_was_and_says_why(island):
    import embexplore as ex

    shown = App(ex.Explorer(island.sel(time=[2020])))
    shown.header._modes.value = "change"
    assert "Change needs two years: this cube has 2020" in shown.status._message.value
    assert shown.explorer.mode == "similar"


def test_outlines_of_the_true_changes_lie_on_the_map(shown, app):
    app.change.truth = True
    assert shown.map._outlines in shown.map.map.layers
    assert shown.map._outlines.data["features"]
