"""Charts without a browser: what travels, and that a figure changed in place is the figure drawn anew."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import embexplore.ui.view.chart as module
from embexplore.errors import InvalidInput
from embexplore.ui.view.chart import Chart, holoviews

hv = holoviews()


@pytest.fixture
def chart(monkeypatch):
    sent = []
    monkeypatch.setattr(Chart, "send", lambda _, content, buffers=None: sent.append((content, buffers or [])))
    made = Chart()
    made.sent = sent
    return made


def watched(chart):
    chart._receive(chart, {"ask": "figure", "view": "one"}, [])
    return chart.sent[-1][0]


def histogram(rng, threshold, color="#788d9b"):
    counts = np.histogram(rng.random(1000), 16)
    return hv.Histogram(counts, label="bars").opts(color=color, backend="bokeh") * hv.VLine(
        threshold, label="threshold"
    )


def columns(chart):
    return {name: np.array(values) for name, values in chart.model("bars.source").data.items()}


def test_nothing_travels_before_somebody_looks(chart, rng):
    chart.show(histogram(rng, 0.5))
    chart.show(histogram(rng, 0.6))
    chart.patch({"threshold.glyph": {"location": 0.7}})
    assert chart.sent == []


def test_a_view_gets_the_figure_as_it_is_now(chart, rng):
    chart.show(histogram(rng, 0.5))
    chart.patch({"threshold.glyph": {"location": 0.7}})
    message = watched(chart)
    assert message["view"] == "one"
    assert '"location": 0.7' in json.dumps(message["figure"])


def test_a_figure_changed_in_place_is_the_figure_drawn_anew(chart):
    chart.show(histogram(np.random.default_rng(1), 0.5))
    watched(chart)
    chart.show(histogram(np.random.default_rng(2), 0.8, color="#0b61a4"))
    fresh = Chart()
    fresh.show(histogram(np.random.default_rng(2), 0.8, color="#0b61a4"))
    assert "patch" in chart.sent[-1][0]
    for name, values in columns(fresh).items():
        np.testing.assert_array_equal(columns(chart)[name], values)
    for part, trait in (("threshold.glyph", "location"), ("bars.glyph", "fill_color")):
        assert getattr(chart.model(part), trait) == getattr(fresh.model(part), trait)
    for trait in ("start", "end"):
        assert getattr(chart.model("x_range"), trait) == getattr(fresh.model("x_range"), trait)
        assert getattr(chart.model("y_range"), trait) == getattr(fresh.model("y_range"), trait)


def test_a_chart_of_another_make_is_drawn_anew(chart, rng):
    chart.show(histogram(rng, 0.5))
    watched(chart)
    chart.show(hv.Curve([1, 2, 3], label="years"))
    assert "figure" in chart.sent[-1][0]
    chart.patch({"years.glyph": {"line_color": "red"}})
    assert "patch" in chart.sent[-1][0]


def test_a_patch_holds_only_what_it_changes(chart, rng):
    chart.show(histogram(rng, 0.5))
    watched(chart)
    chart.patch({"threshold.glyph": {"location": 0.9}})
    (event,) = chart.sent[-1][0]["patch"]["events"]
    assert (event["attr"], event["new"]) == ("location", 0.9)


def test_a_bokeh_figure_is_shown_too(chart):
    from bokeh.plotting import figure

    drawn = figure()
    drawn.line([1, 2], [3, 4], name="line")
    chart.show(drawn, describe="A line from 3 to 4.")
    assert chart.describe == "A line from 3 to 4."
    assert watched(chart)["figure"]["root_id"] == drawn.ref["id"]
    chart.show(drawn)
    assert "figure" in chart.sent[-1][0]


def test_a_name_that_no_model_has_is_refused_with_those_that_exist(chart, rng):
    with pytest.raises(InvalidInput, match="0 models have it; expected one of none"):
        chart.patch({"threshold.glyph": {}})
    chart.show(histogram(rng, 0.5))
    with pytest.raises(InvalidInput, match=r"threshold\.glyph"):
        chart.patch({"treshold.glyph": {"location": 1}})


def test_every_chart_has_the_look_of_the_page(rng):
    chart = Chart(colors={"ink2": "#b7c1c8"})
    for _ in range(2):
        chart.show(histogram(rng, 0.5))
        figure = chart.model("figure")
        assert figure.toolbar_location is None
        assert figure.background_fill_color is None
        assert figure.border_fill_color is None
        assert figure.sizing_mode == "stretch_both"
        assert {axis.major_label_text_color for axis in figure.axis} == {"#b7c1c8"}
        assert {axis.major_label_text_font_size for axis in figure.axis} == {"13px"}
        assert {axis.axis_label for axis in figure.axis} == {None}
        assert {grid.grid_line_color for grid in figure.grid} == {None}  # a histogram asks for no grid
        assert not figure.title.visible
        assert not any(legend.visible for legend in figure.legend)


def test_axes_carry_their_names_on_request(rng):
    chart = Chart(axis_labels=True)
    chart.show(histogram(rng, 0.5))
    assert {axis.axis_label for axis in chart.model("figure").axis} == {"x", "Frequency"}


def test_an_update_says_each_thing_once(chart, rng):
    chart.show(histogram(rng, 0.5))
    watched(chart)
    chart.show(histogram(rng, 0.6))
    said = [(event["model"]["id"], event["attr"]) for event in chart.sent[-1][0]["patch"]["events"]]
    assert len(said) == len(set(said))


def test_clicks_and_selections_reach_their_callbacks(chart):
    heard = []
    chart.on_tap(lambda *tap: heard.append(tap))
    chart.on_select(lambda *chosen: heard.append(chosen))
    assert chart.listens == ["select", "tap"]
    chart._receive(chart, {"tap": {"x": 1.5, "y": 2.0, "found": {"bars.glyph": 3}}}, [])
    chart._receive(chart, {"select": {"name": "points.glyph", "indices": [1, 2]}}, [])
    assert heard == [(1.5, 2.0, {"bars.glyph": 3}), ("points.glyph", [1, 2])]


def test_the_library_comes_from_the_kernel_and_is_no_part_of_a_notebook(chart):
    import bokeh

    chart._receive(chart, {"ask": "library"}, [])
    content, (packed,) = chart.sent[-1]
    assert content == {"library": bokeh.__version__}
    assert gzip.decompress(packed) == (Path(bokeh.__file__).parent / "server/static/js/bokeh.min.js").read_bytes()
    stored = json.dumps({name: str(value) for name, value in chart.get_state().items()})
    assert len(stored) < 10_000


def test_the_script_asks_no_other_host():
    script = Path(module.__file__).with_name("chart.js").read_text()
    assert "http" not in script


def test_a_grid_that_a_chart_asks_for_has_the_pages_color():
    import holoviews as hv

    chart = Chart(colors={"line": "#40484d"})
    chart.show(hv.Curve([(0, 1), (1, 2)]).opts(show_grid=True, backend="bokeh"))
    assert {grid.grid_line_color for grid in chart.model("figure").grid} == {"#40484d"}


@pytest.mark.parametrize("lowest", [0.92, 0.6, -0.3])
def test_no_tick_of_a_cosine_is_above_one(lowest):
    from embexplore.ui.view.charts.lines import over_years

    drawn = over_years([2017, 2018, 2019], np.array([lowest, 0.95, 1.0]), now=2019, color="#0b61a4")
    top = drawn.range("value")[1]
    limits = hv.renderer("bokeh").get_plot(drawn).state.y_range
    assert 1.0 < limits.end < 1.05
    assert top <= limits.end
