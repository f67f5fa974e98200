"""The view of Compression without a browser: sliders, sentence, rail, marks and charts follow the model, and lead it."""

import pytest

from embexplore.ui.modes import compression
from embexplore.ui.view.app import App


@pytest.fixture
def shown(asked):
    """The app, asked for places like a pivot field, in Compression."""
    asked.mode = "compression"
    return App(asked)


@pytest.fixture
def view(shown):
    return shown.view


def test_the_sentence_names_both_codes_and_their_bytes(view):
    assert view._left.label == "int8 · 64 bytes"
    assert view._right.label == "binary · 8 bytes"
    assert ("as stored · 64 bytes", "alphaearth") in view._left.options


def test_both_sides_are_measured_and_told(view):
    row = view.mode.row("binary")
    costs = view._rail._costs.value
    assert f"<b>{10 * row['recall_at_10']:.1f}</b>" in costs
    assert "of the 10 nearest found" in costs
    assert "200 queries" in costs
    assert f"{row['score_error']:.3f}" in costs
    again = view.mode.row("binary", 200)["recall_at_10"]
    assert view._rail._again.value == f"Re-checking 200 would find {10 * again:.1f} of 10."


def test_sliders_set_the_right_side_and_follow_it(shown, view):
    rail, mode = view._rail, view.mode
    rail._bits.value = 4
    rail._dims.value = 32
    rail._rotate.value = True
    assert mode.right == "pca32+rotate+int4"
    assert view._right.label == "PCA 32, rotated, int4 · 16 bytes"
    rail._spread.value = True
    assert mode.right == "pca32+near4"
    assert rail._rotate.disabled
    shown.explorer.undo()
    assert (mode.right, rail._spread.value) == ("pca32+rotate+int4", False)
    rail._dims.value = 64
    assert mode.dims is None, "all dimensions are no PCA"


def test_a_number_of_dimensions_between_two_stops_is_shown(view):
    view.mode.dims = 27
    assert view._rail._dims.value == 27
    assert view._rail._values["dims"].value == "<b>27 of 64</b>"


def test_the_sentence_sets_the_sliders(view):
    view._right.value = "pca+near2"
    assert (view._rail._bits.value, view._rail._spread.value) == (2, True)
    assert view._rail._values["bits"].value == "<b>2 on average</b>"


def test_a_whole_codec_is_named_and_a_slider_leaves_it(view):
    assert ("PQ 8 · 8 bytes", "pq8") in view._right.options
    view._right.value = "ternary"
    assert view.mode.right == "ternary"
    assert view._right.label == "ternary · 13 bytes"
    assert view._rail._values["bits"].value == "<b>–</b>"
    assert "a slider leaves it" in view._rail._whole.value
    assert "ternary, right" in [choice.name for choice in view._strip._shown]
    view._rail._bits.value = 2
    assert view.mode.right == "int2"
    assert view._rail._whole.value == ""


def test_places_that_are_lost_carry_a_cross(view):
    hits = view.mode.hits
    marks = [mark for mark in view.marks() if mark.kind in ("hit", "lost")]
    assert [mark.kind == "hit" for mark in marks] == hits.found.tolist()
    assert all(mark.label == "×" and "lost on the right" in mark.title for mark in marks if mark.kind == "lost")


def test_the_swipe_is_named_and_ends_with_its_picture(shown, view):
    beside = shown.map._beside
    assert beside.arrangement == "swipe"
    assert [tag.value for tag in beside._tags.values()] == ["int8 · 64 bytes", "binary · 8 bytes"]
    view._pictures.value = "difference"
    assert beside.arrangement == "single"
    assert "binary beside int8" in shown.map._legend.value.lower()


def test_the_readout_has_both_values(view):
    lon, lat = view.explorer.pinned
    left, right = (view.explorer.value_at(values, lon, lat) for values in view.mode.sides())
    said = view.readout(lon, lat)
    assert f"int8 <b>{left:.3f}</b>" in said
    assert f"binary <b>{right:.3f}</b>" in said


def test_a_click_on_a_dot_chooses_its_codec(view):
    view.mode.measure("pca+near2")
    view._strip.update_costs()
    number = view._strip._codecs.index("pca+near2")
    view._strip._tapped(16, 0.9, {"codecs.glyph": number})
    assert view.mode.right == "pca+near2"
    view._strip._tapped(0, 0, {})
    assert view.mode.right == "pca+near2"


def test_the_chart_shows_what_was_measured_and_says_it(view):
    looks = {choice.look: choice for choice in view._strip._shown}
    assert looks["left"].name == "int8, left"
    assert looks["right"].recall == view.mode.row("binary")["recall_at_10"]
    assert looks["again"].size == 8
    assert "binary, right: 8 bytes" in view._strip._pareto.describe


def test_sizes_are_those_of_the_table(view):
    table = view.explorer.cube.emb.sizes(["int8", "binary"])
    assert "229 GB" in view._rail._of_country.value
    assert "96 TB" in view._rail._land.value
    assert f"{table.area[0] / 1e6:.1f} MB" in view._rail._area.value
    view._rail._country.value = "Switzerland"
    assert view.mode.country == "Switzerland"
    assert "26 GB" in view._rail._of_country.value
    view._rail._recheck.value = 200
    assert "72 bytes a pixel" in view._rail._smaller.value


def test_an_area_too_small_to_measure_on_is_told_in_the_rail(shown, view):
    lon, lat = shown.explorer.pinned
    ring = [[lon + x, lat + y] for x, y in ((0, 0), (5e-4, 0), (5e-4, 5e-4), (0, 5e-4), (0, 0))]
    view.take_area({"type": "Polygon", "coordinates": [ring]})
    assert "Take a larger area" in view._rail._costs.value


def test_before_the_first_click_the_card_says_what_to_do(app):
    app.mode = "compression"
    shown = App(app)
    assert "Both codes search for it" in shown.view.card().words
    shown.view.click("new", 0.1236, 0.1071)
    assert shown.view.card() is None
    assert app.compression.is_asked


def report_of(view):
    return next((name, write) for label, name, write in view.exports() if label == "Report (HTML)")


def test_the_report_is_saved_beside_the_notebook(shown, view, tmp_path, monkeypatch):
    monkeypatch.setattr(compression, "PRESETS", ())
    shown.explorer.folder = tmp_path
    exports = shown.drawers.exports
    shown.drawers.toggle("export")
    name, write = report_of(view)
    exports._save(name, write)
    page = (tmp_path / name).read_text()
    assert page.startswith("<!doctype html>")
    assert "binary" in page
    assert "Saved" in shown.status._message.value


def test_a_report_of_too_little_ground_is_a_sentence(shown, view, tmp_path):
    shown.explorer.folder = tmp_path
    lon, lat = shown.explorer.pinned
    ring = [[lon + x, lat + y] for x, y in ((0, 0), (5e-4, 0), (5e-4, 5e-4), (0, 5e-4), (0, 0))]
    view.take_area({"type": "Polygon", "coordinates": [ring]})
    shown.drawers.exports._save(*report_of(view))
    assert "Take a larger area" in shown.status._message.value
    assert list(tmp_path.iterdir()) == []


def test_progress_of_a_report_is_shown_in_the_drawer_with_a_cancel(shown):
    exports, stopped = shown.drawers.exports, []
    exports.progress("Measuring 2 of 8 codecs, about 3 s left.", 0.25, stop=lambda: stopped.append(True))
    assert "emx-hidden" not in exports._running._dom_classes
    assert "2 of 8 codecs" in exports._message.value
    exports._cancelled()
    assert stopped == [True]
    exports.rest()
    assert "emx-hidden" in exports._running._dom_classes


def test_the_rail_links_to_the_lab_only_where_there_is_one(asked, view):
    assert "Open the lab" not in view._rail.sections[-1].children[-1].value
    asked.lab_address = "lake/lab"
    asked.mode = "compression"
    assert 'href="lake/lab"' in App(asked).view._rail.sections[-1].children[-1].value
