"""Change: the floor, the years, the regions, and code that gives the same bits."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.errors import InvalidInput

CORNER = {
    "type": "Polygon",
    "coordinates": [[[0.117, 0.107], [0.126, 0.107], [0.126, 0.113], [0.117, 0.113], [0.117, 0.107]]],
}
VIEWS = {
    "the whole span": {},
    "one year of it": {"when": 2021},
    "which year": {"picture": "year"},
    "which year, one of them, above a threshold": {"picture": "year", "when": 2022, "threshold": 0.2},
    "swipe": {"picture": "swipe"},
    "side by side": {"picture": "side"},
    "another span": {"years": (2018, 2021)},
    "another span, which year": {"years": (2018, 2021), "picture": "year"},
    "another percentile": {"percentile": 95.0},
    "ground named as stable": {"stable": CORNER},
}


@pytest.fixture
def change(app):
    app.mode = "change"
    return app.change


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("area", [None, CORNER], ids=["cube", "area"])
def test_the_code_gives_the_map_and_the_regions_of_the_view_bit_for_bit(change, view, area):
    change.param.update(**VIEWS[view])
    change.explorer.area = area
    names = {}
    exec(change.explorer.to_code(), names)  # our own code, which is what is tested
    shown = change.explorer.values()
    np.testing.assert_array_equal(names[change.result].values, shown.values)
    assert names["floor"] == change.cut
    listed = change.table()
    assert names["regions"].drop(columns="geometry").equals(listed.drop(columns="geometry"))


def test_the_floor_is_that_of_the_whole_cube_also_in_an_area(change, island):
    floor = island.emb.noise_floor(2017, 2024).floor
    assert change.cut == round(floor, 3)
    change.explorer.area = CORNER
    assert change.cut == round(floor, 3)
    change.compare(2023, 2024)
    assert change.cut == round(island.emb.noise_floor(2023, 2024).floor, 3) < round(floor, 3)


def test_thresholds_and_colors_never_scan_again(change):
    for layer in change.layers():
        change.explorer.values(layer)
    scans = change.explorer.answers.scans
    for cut in np.linspace(0, 1, 11):
        change.threshold = float(cut)
        change.finding()
        change.by_year()
        change.layers()[-1].paint(change.explorer.values().values)
    change.explorer.ramp = "gray"
    change.layers()[-1].paint(change.explorer.values().values)
    assert change.explorer.answers.scans == scans


def test_what_is_painted_is_what_is_kept(change):
    for settings in ({}, {"threshold": 0.2}, {"when": 2021}, {"picture": "year"}, {"threshold": None}):
        change.param.update(**settings)
        painted = change.layers()[-1].paint(change.explorer.values().values)
        np.testing.assert_array_equal(painted.pixels > 0, change.kept)
        assert (painted.palette[0, 3], painted.palette[1:, 3].min()) == (0, 255)


def test_each_year_has_the_color_of_its_bar(change):
    change.picture = "year"
    painted = change.layers()[-1].paint(change.explorer.values().values)
    for year, color in change.year_colors().items():
        where = change.kept & (change.year.values == year)
        assert where.any()
        assert (painted.palette[painted.pixels[where]][:, :3] == color).all()


def test_hectares_by_year_are_those_of_what_is_kept(change):
    assert sum(change.by_year().values()) == pytest.approx(change.kept.sum() * 0.01)
    assert list(change.by_year()) == list(range(2018, 2025))
    change.compare(2019, 2021)
    assert list(change.by_year()) == [2020, 2021]


def test_the_finding_says_how_much_and_how_much_would_be_noise(change):
    share = change.kept.sum() / np.isfinite(change.change.values).sum()
    assert f"{100 * share:.1f}" in change.finding()
    assert "changed more than stable ground does (0.095)" in change.finding()
    assert change.false_alarms() == "1 in 100 stable pixels would pass."
    change.threshold = 0.5
    assert "Fewer than 1 in 1,000 stable pixels would pass." in change.finding()


def test_two_years_are_taken_in_any_order_and_never_the_same_twice(change):
    change.compare(2021, 2018)
    assert change.span == (2018, 2021)
    with pytest.raises(InvalidInput, match="2019 to 2019 is one year: choose two"):
        change.compare(2019, 2019)
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017–2024\."):
        change.compare(2016, 2020)
    assert change.span == (2018, 2021)


def test_a_shared_view_of_years_that_the_cube_lacks_changes_nothing(change):
    before = change.explorer.state()
    with pytest.raises(InvalidInput, match="year=2016"):
        change.explorer.restore({"mode": "change", "change": {"years": [2016, 2020]}})
    assert change.explorer.state() == before


def test_a_cube_of_one_year_says_so(island):
    app = ex.Explorer(island.sel(time=[2020]))
    with pytest.raises(InvalidInput, match="Change needs two years: this cube has 2020"):
        app.change.layers()


def test_the_view_survives_state_and_share(change, island):
    change.param.update(years=(2018, 2022), threshold=0.2, picture="year", when=2020, stable=CORNER)
    again = ex.Explorer(island, view=change.explorer.share())
    assert again.state() == change.explorer.state()
    np.testing.assert_array_equal(again.values().values, change.explorer.values().values)


def test_the_legend_names_the_floor_the_years_and_the_sides(change):
    assert (change.legend().title, change.legend().low) == ("How much changed, 2017 → 2024", "0.10 a little")
    assert change.legend().swatches[0].text == "gray: within the usual noise"
    change.picture = "year"
    assert (change.legend().low, change.legend().high) == ("2018", "2024")
    change.picture = "swipe"
    assert change.legend().title == "2017 left, 2024 right"
    assert [layer.side for layer in change.layers()[-2:]] == ["left", "right"]


def test_a_picture_keeps_the_settings_that_it_was_made_with(change):
    values = change.change.values
    layer, kept, ramp = change.layers()[-1], change.kept, change.ramp
    with change.explorer.step():
        change.param.update(threshold=0.9, percentile=50.0)
        change.explorer.ramp = "gray"
    painted = layer.paint(values)
    np.testing.assert_array_equal(painted.pixels > 0, kept)
    np.testing.assert_array_equal(painted.palette[-1, :3], ramp[-1])


def test_what_a_long_scan_shows_on_its_way_does_not_scale_the_answer(change, monkeypatch):
    from embexplore.ui import answers

    top, partly = change.top, []
    again = type(change.explorer)(change.explorer.cube, mode="change")

    def scan(lazy, *, out, **_):
        with again.answers.partly():
            partly.append(again.change.top)
        out[...] = lazy.values

    monkeypatch.setattr(answers, "scan", scan)
    again.values()
    assert again.change.top == top
    assert partly
    assert top not in partly
