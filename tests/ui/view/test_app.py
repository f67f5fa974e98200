"""The view without a browser: real widgets, gestures as the browser would send them, and what is then on screen."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from shapely.geometry import shape

from embexplore.ui.render.mercator import index_of
from embexplore.ui.view import theme
from embexplore.ui.view.app import App
from embexplore.ui.view.drawing import on_screen

PIVOT, FIELD, MOOR = (0.1236, 0.1071), (0.1233, 0.1055), (0.1179, 0.1111)


@pytest.fixture
def view(app):
    return App(app)


def click(view, lon, lat, tool=None):
    if tool is not None:
        view.map.tools.value = tool
    view.map._interacted(type="click", coordinates=[lat, lon])


def picture(overlay):
    kind, _, data = overlay.url.partition(",")
    assert kind in {"data:image/png;base64", "data:image/webp;base64"}
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


def answer(view):
    return picture(view.map._beside.answers["right"])


def text(widget):
    """All that a widget and its children say."""
    own = " ".join(str(getattr(widget, name, "") or "") for name in ("value", "description"))
    return own + " ".join(text(child) for child in getattr(widget, "children", ()))


def shown(widget):
    return "emx-hidden" not in widget._dom_classes


def test_a_click_draws_a_heat_map_of_what_is_kept(view, app):
    before = answer(view)
    click(view, *PIVOT)
    drawn = answer(view)
    assert not np.array_equal(before, drawn)
    kept = np.append(app.similar.kept.ravel(), False)  # the last one: outside
    np.testing.assert_array_equal(drawn[..., 3] > 0, kept[index_of(app.grid, view.map.viewport)])
    assert "alike" in text(view.status.root)


def test_a_threshold_moves_without_a_scan(view, app):
    click(view, *PIVOT)
    scans = app.answers.scans
    pictures = []
    for value in (0.4, 0.6, 0.9):
        view.view._rail._slider.value = value
        assert app.similar.threshold == value
        pictures.append((answer(view)[..., 3] > 0).sum())
    assert pictures == sorted(pictures, reverse=True)
    assert pictures[0] > pictures[-1]
    assert app.answers.scans == scans


def test_slider_number_and_sentence_say_the_same_threshold(view, app):
    click(view, *PIVOT)
    similar = view.view
    similar._rail._number.value = 0.612
    assert app.similar.threshold == 0.612
    assert similar._rail._slider.value == similar._least.value == 0.612
    assert "0.61 alike" in view.map._legend.value


def test_showing_an_automatic_threshold_does_not_set_one(view, app):
    click(view, *PIVOT)
    assert app.similar.threshold is None
    assert view.view._rail._number.value == app.similar.cut
    assert not app.history.can_redo
    app.undo()
    assert not app.history.can_undo


def test_tools_add_examples_and_pins_are_numbered(view, app):
    click(view, *PIVOT)
    click(view, 0.12217, 0.11155, "like")
    click(view, *FIELD, "unlike")
    assert [e.like for e in app.similar.examples] == [True, True, False]
    pins = [mark for mark in view.view.marks() if mark.kind in ("like", "unlike")]
    assert [(pin.kind, pin.label) for pin in pins] == [("like", "1"), ("like", "2"), ("unlike", "3")]
    inspected = app.state()
    click(view, 0.121, 0.109, "inspect")
    assert app.pinned == (0.121, 0.109)
    assert app.similar.state() == inspected["similar"]


def test_the_readout_says_the_value_of_the_search_that_is_shown(view, app):
    click(view, *PIVOT)
    view.map._interacted(type="mousemove", coordinates=list(FIELD[::-1]))
    before = view.status._readout.value
    assert f"{app.value_at(app.values(), *FIELD):.3f}" in before
    app.similar.add(*FIELD)
    assert view.status._readout.value != before
    assert f"{app.value_at(app.values(), *FIELD):.3f}" in view.status._readout.value


def test_undo_redo_and_reset_are_buttons(view):
    header = view.header
    assert header._undo.disabled
    click(view, *PIVOT)
    assert not header._undo.disabled
    first = answer(view)
    click(view, *FIELD)
    header._undo.click()
    np.testing.assert_array_equal(answer(view), first)
    header._redo.click()
    assert not np.array_equal(answer(view), first)


def test_a_problem_is_a_sentence_under_the_map_and_the_picture_stays(view, app):
    click(view, *PIVOT)
    before, drawn = app.state(), answer(view)
    click(view, 9.0, 50.0)
    assert "Not possible." in text(view.status.root)
    assert "emx-stopped" in view.status.root._dom_classes
    assert app.state() == before
    np.testing.assert_array_equal(answer(view), drawn)
    click(view, *FIELD)
    assert "emx-stopped" not in view.status.root._dom_classes


def test_escape_leaves_a_tool_and_wipes_nothing(view, app):
    click(view, *PIVOT)
    click(view, *FIELD, "unlike")
    app.area = {"type": "Polygon", "coordinates": [[[0.116, 0.106], [0.124, 0.106], [0.124, 0.1135], [0.116, 0.106]]]}
    before = app.state()
    view.keys._press("escape", shift=False, alt=False)
    assert app.state() == before
    assert view.map.tools.value == "new"


def test_keys_do_what_the_buttons_do(view, app):
    press = view.keys._press
    click(view, *PIVOT)
    cut = app.similar.cut
    press(".", shift=False, alt=False)
    assert app.similar.threshold == pytest.approx(cut + 0.01)
    press("z", shift=False, alt=False)
    assert app.similar.threshold is None
    press("z", shift=True, alt=False)
    assert app.similar.threshold is not None
    press("[", shift=False, alt=False)
    assert app.year == 2023
    press("n", shift=False, alt=False)
    assert view.map.tools.value == "unlike"
    press("c", shift=False, alt=False)
    assert shown(view.drawers.root)
    press("h", shift=False, alt=False)
    assert app.hidden
    press("2", shift=False, alt=True)
    assert app.mode == "change"


def test_names_of_users_are_text_never_html(view, app):
    click(view, *PIVOT)
    from dataclasses import replace

    app.similar.examples = [replace(app.similar.examples[0], name="<img src=x onerror=alert(1)>")]
    assert "<img" not in text(view.rail)
    assert "&lt;img" in text(view.rail)


def test_an_area_by_either_drawing_control_restricts_the_map(view, app):
    click(view, *PIVOT)
    ring = [[0.118, 0.106], [0.124, 0.106], [0.124, 0.112], [0.118, 0.112], [0.118, 0.106]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    everything = (answer(view)[..., 3] > 0).sum()
    view.map.drawing._drawn(None, "create", [feature])
    assert app.area == feature["geometry"]
    assert 0 < (answer(view)[..., 3] > 0).sum() < everything
    app.undo()
    assert app.area is None
    view.map.drawing._drawn(None, "created", feature)
    assert app.area == feature["geometry"]


def test_freehand_drawing_makes_an_area_and_gives_the_map_back(view, app):
    click(view, *PIVOT)
    view.map.drawing._freehand()
    assert not view.map.map.dragging
    path = [(0.118, 0.106), (0.122, 0.105), (0.124, 0.108), (0.122, 0.112), (0.118, 0.11)]
    for kind, (lon, lat) in zip(["mousedown", *["mousemove"] * 4], path, strict=True):
        view.map._interacted(type=kind, coordinates=[lat, lon])
    view.map._interacted(type="mouseup", coordinates=list(path[-1][::-1]))
    assert view.map.map.dragging
    assert app.area["coordinates"][0][0] == path[0]
    assert len(app.similar.examples) == 1


def test_a_place_outside_the_cube_is_refused_and_the_map_stays(view, app):
    before = view.map.map.center, view.map.map.zoom
    view.view._place.value = "10, 50"
    assert "lies outside this cube" in text(view.status.root)
    assert (view.map.map.center, view.map.map.zoom) == before
    view.view._place.value = f"{PIVOT[0]}, {PIVOT[1]}"
    assert app.similar.examples
    assert view.map.map.center == [PIVOT[1], PIVOT[0]]


def test_a_pixel_that_does_not_match_is_told_so(view, app):
    click(view, *PIVOT)
    click(view, *MOOR, tool="unlike")
    assert float(app.value_at(app.similar.score, *MOOR)) < 0
    assert "it does not" in view.view.pixel._why_title.value
    assert "64 give" not in view.view.pixel._why_title.value


def test_a_freehand_outline_crosses_the_date_line_the_short_way_where_the_map_is(view):
    drawing = view.map.drawing
    path = [(179.5, -17.0), (-179.75, -17.25), (-179.5, -16.5), (179.75, -16.5)]
    for center, sides in ((179.0, (179.5, 180.5)), (-179.0, (-180.5, -179.5))):
        view.map.map.center = (-17, center)
        drawing._freehand()
        for kind, (lon, lat) in zip(["mousedown", *["mousemove"] * 3], path, strict=True):
            drawing.takes(kind, lon, lat)
        line = np.array(drawing.outline.data["geometry"]["coordinates"])
        assert (line[:, 0].min(), line[:, 0].max()) == sides
        assert line[:, 1].tolist() == [lat for _, lat in path]
        drawing.stop()
        area = {"type": "Polygon", "coordinates": [[*path, path[0]]]}
        west, _, east, _ = shape(on_screen(area, center)).bounds
        assert (west, east) == sides


def test_a_large_area_is_asked_about_before_it_is_scanned(view, app, monkeypatch):
    from embexplore.ui.view.modes import base

    click(view, *PIVOT)
    monkeypatch.setattr(base, "LARGE", 0.1)
    west, south, east, north = app.grid.bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    view.view.take_area({"type": "Polygon", "coordinates": [ring]})
    assert app.area is None
    assert "MB, about" in text(view.status.root)
    go_on = next(child for child in view.status.root.children if getattr(child, "description", "") == "Go on")
    go_on.click()
    assert app.area is not None


def test_typed_coordinates_search_there(view, app):
    view.view._place.value = "0.1236, 0.1071"
    assert (app.similar.examples[0].lon, app.similar.examples[0].lat) == PIVOT
    view.view._place.value = "nowhere"
    assert "expected longitude, latitude" in text(view.status.root)


def test_the_code_drawer_follows_the_view(view, app):
    click(view, *PIVOT)
    view.drawers.toggle("code")
    assert "0.1071" in text(view.drawers.root)
    click(view, *FIELD)
    assert "0.1055" in text(view.drawers.root)
    assert view.drawers.text == app.to_code()


def test_exports_are_written_and_nothing_is_overwritten(view, app, tmp_path):
    import rasterio

    click(view, *PIVOT)
    app.folder = tmp_path
    for _ in range(2):
        view.drawers.toggle("export")
        for button in view.drawers.exports.buttons.root.children:
            button.click()
        view.drawers.close()
    names = {path.name for path in tmp_path.iterdir()}
    assert {"similar-2024.tif", "similar-2024.parquet", "similar-2024.geojson", "similar-2024.csv", "view.py"} <= names
    assert {"similar-2024-2.tif", "view-2.py"} <= names
    with rasterio.open(tmp_path / "similar-2024.tif") as file:
        np.testing.assert_array_equal(file.read(1), app.values().values)
    import geopandas

    assert len(geopandas.read_parquet(tmp_path / "similar-2024.parquet")) == len(app.similar.hits)


def test_another_theme_draws_in_other_colors(view):
    click(view, *PIVOT)
    light = answer(view)
    view.switch_theme(dark=True)
    assert not np.array_equal(answer(view), light)
    np.testing.assert_array_equal(answer(view)[..., 3], light[..., 3])
    assert "emx-dark" in view.root._dom_classes


def test_no_outside_address_before_the_basemap_is_turned_on(view, app):
    import json

    def urls():
        layers = [layer for layer in view.map.map.layers if getattr(layer, "url", "")]
        return [layer.url for layer in layers if not layer.url.startswith("data:")]

    assert urls() == []
    app.basemap = True
    assert len(urls()) == 1
    app.undo()
    assert urls() == []
    assert "http" not in json.dumps(theme.stylesheet()).replace("http://www.w3.org/2000/svg", "")


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_and_marks_have_the_contrast_that_the_accessibility_guidelines_ask_for(page):
    for name in ("ink", "ink2", "accent", "b"):
        assert contrast(page[name], page["ground"]) >= 4.5, name
    for name in ("ink", "ink2"):
        assert contrast(page[name], page["fill"]) >= 4.5, name
    assert contrast(page["stop"], page["stop-fill"]) >= 4.5
    assert contrast(page["on-accent"], page["accent"]) >= 4.5
    assert contrast(page["bar"], page["ground"]) >= 3


def test_ranks_of_one_and_of_two_digits_are_equally_wide(view):
    click(view, 0.1236, 0.1071)
    rows = [row.description.split("\u2003")[0] for row in view.view._rail._matches.root.children]
    assert rows[0] == "\u20071"
    assert {len(rank) for rank in rows} == {2}
