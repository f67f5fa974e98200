"""Labels on screen: clicks, classes, hints, files that are never lost, names that are never HTML."""

import json

import numpy as np
import pytest

import embexplore as ex
from embexplore.io.labels import read_labels
from embexplore.ui.view.app import App

LAKE, PIVOT, FOREST = (0.115174, 0.106577), (0.122174, 0.111547), (0.114186, 0.109559)
AWAY = '{"type": "Feature", "properties": {"label": "a"}, "geometry": {"type": "Point", "coordinates": [9, 9]}}'
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def view(island, tmp_path):
    explorer = ex.Explorer(island, mode="labels")
    explorer.folder = tmp_path
    return App(explorer)


@pytest.fixture
def labeled(view):
    view.view._cards._start_from_places()
    return view


def said(widget):
    """All that a widget and its children say, hidden parts left out."""
    if "emx-hidden" in getattr(widget, "_dom_classes", ()):
        return ""
    own = " ".join(str(getattr(widget, name, "") or "") for name in ("value", "description"))
    return own + " ".join(said(child) for child in getattr(widget, "children", ()))


def click(view, lon, lat, tool="add"):
    view.map.tools.value = tool
    view.map._interacted(type="click", coordinates=[lat, lon])


def upload(view, content, name):
    view.view._rail._uploaded({"name": name, "text": None if content is None else content.decode()})


def test_two_clicks_make_a_map(view):
    assert "Click a place that is Class 1" in said(view.map._card.root)
    click(view, *LAKE)
    view.view._rail._list._rows[1]._name.click()
    assert ("Add Class 2", "add") in view.map.tools.options
    click(view, *PIVOT)
    assert "Mapped from 2 points" in said(view.status.root)
    assert "2 classes" in said(view.sentence)
    assert "2 points" in said(view.sentence)
    assert "paler where the map is less sure" in view.map._legend.value


def test_inspecting_adds_no_point(labeled):
    before = len(labeled.explorer.labels.points)
    click(labeled, *FOREST, tool="inspect")
    click(labeled, *FOREST, tool="edit")
    assert len(labeled.explorer.labels.points) == before
    assert labeled.explorer.pinned == FOREST


def test_points_are_moved_and_removed_with_their_tool_only(labeled):
    labels = labeled.explorer.labels
    mark = next(mark for mark in labeled.view.marks() if mark.kind == "class")
    before = list(labels.points)
    labeled.map.tools.value = "add"
    mark.on_move(*FOREST)
    mark.on_click()
    assert labels.points == before
    labeled.map.tools.value = "edit"
    mark.on_move(*FOREST)
    assert (labels.points[0].lon, labels.points[0].lat) == FOREST
    mark.on_click()
    assert len(labels.points) == len(before) - 1
    labeled.explorer.undo()
    assert len(labels.points) == len(before)


def test_a_hint_is_a_mark_and_a_card_whose_answer_labels_it(labeled):
    hint = labeled.explorer.labels.hint()
    mark = next(mark for mark in labeled.view.marks() if mark.kind == "suggest")
    assert (mark.lon, mark.lat) == (hint["lon"], hint["lat"])
    _, *chips = labeled.map._card.chips.children
    name, share = hint["likely"][0]
    assert chips[0].description.replace("\u00a0", " ").split() == [name, f"{100 * share:.0f}", "%"]
    chips[0].click()
    point = labeled.explorer.labels.points[-1]
    assert (point.lon, point.lat, point.label) == (hint["lon"], hint["lat"], name)
    before = labeled.explorer.labels.hint()
    labeled.map._card.chips.children[-1].click()
    assert labeled.explorer.labels.hint() != before
    labeled.view._rail._hints.click()
    assert not [mark for mark in labeled.view.marks() if mark.kind == "suggest"]


def test_labels_are_saved_after_every_point_and_never_over_those_of_before(view, tmp_path):
    earlier = tmp_path / "null-island.labels.geojson"
    earlier.write_text('{"type": "FeatureCollection", "features": []}')
    click(view, *LAKE)
    click(view, *PIVOT)
    assert json.loads(earlier.read_text())["features"] == []
    mine = tmp_path / "null-island-2.labels.geojson"
    assert list(read_labels(mine).label) == ["Class 1", "Class 1"]
    assert "null-island-2.labels.geojson" in said(view.rail)
    view.explorer.undo()
    assert len(read_labels(mine)) == 1


def test_labels_of_before_are_offered_and_then_kept_up(island, tmp_path, labeled):
    labeled.view.saved.path.rename(tmp_path / "null-island.labels.geojson")
    explorer = ex.Explorer(island, mode="labels")
    explorer.folder = tmp_path
    again = App(explorer)
    offers = [child for child in again.map._card.chips.children[1:] if "Load" in child.description]
    offers[0].click()
    assert explorer.labels.points == labeled.explorer.labels.points
    click(again, *FOREST)
    assert len(read_labels(tmp_path / "null-island.labels.geojson")) == len(explorer.labels.points)
    assert [path.name for path in tmp_path.iterdir()] == ["null-island.labels.geojson"]


def test_a_dashboard_writes_nothing_beside_the_server(view, tmp_path):
    view.explorer.address = "http://localhost/"
    click(view, *LAKE)
    assert list(tmp_path.iterdir()) == []
    assert "use Download" in said(view.rail)


def test_download_gives_the_points_to_the_reader_and_waits_for_the_first(view, monkeypatch):
    sent = []
    monkeypatch.setattr(view.keys, "download", lambda name, content: sent.append((name, json.loads(content))))
    assert view.view._rail._get.disabled
    click(view, *LAKE)
    view.view._rail._get.click()
    [(name, content)] = sent
    assert name == "null-island.labels.geojson"
    assert [each["properties"]["label"] for each in content["features"]] == ["Class 1"]
    assert "is in your downloads" in said(view.status.root)


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(view, tmp_path):
    view.view.saved.path = tmp_path / "gone" / "labels.geojson"
    click(view, *LAKE)
    assert "Not saved:" in said(view.rail)
    assert len(view.explorer.labels.points) == 1


def test_an_uploaded_file_is_loaded(labeled):
    content = labeled.view.saved.path.read_bytes()
    before = list(labeled.explorer.labels.points)
    labeled.explorer.labels.points = []
    upload(labeled, content, "mine.geojson")
    assert labeled.explorer.labels.points == before


def test_a_file_that_is_no_geojson_is_a_sentence_and_changes_nothing(labeled):
    before = list(labeled.explorer.labels.points)
    for content, words in (
        (b"lon,lat\n1,2", "labels.txt is not GeoJSON; nothing loaded."),
        (None, "labels.txt is larger than 20 MB; nothing loaded."),
        (AWAY.encode(), "1 of 1 points lie outside this cube"),
    ):
        labeled.view.app.attempt(lambda content=content: upload(labeled, content, "labels.txt"))
        assert words in said(labeled.status.root)
        assert labeled.explorer.labels.points == before


def test_html_in_a_name_is_shown_as_text(labeled):
    labeled.explorer.labels.rename_class(1, NASTY)
    words = said(labeled.root)
    escaped = "&lt;img src=x onerror=alert(1)&gt;"
    assert escaped in words
    assert NASTY not in words.replace(labeled.view._rail._rename.value, "").replace(
        labeled.view._rail._list._rows[0]._name.description, ""
    )
    for marker in labeled.map.marks.layer.layers:
        assert NASTY not in marker.icon.html
    assert NASTY not in labeled.view.readout(*LAKE)


def test_the_unsure_are_counted_beside_their_slider(labeled):
    labeled.view._strip._slider.value = 0.5
    assert labeled.explorer.labels.least_sure == 0.5
    values = labeled.explorer.values().values[..., 1]
    below = (values[np.isfinite(values)] < 0.5).mean()
    assert f"{100 * below:.0f}\u00a0% below 50\u00a0% sure" in labeled.view._strip._sure_title.value


def test_keys_choose_classes_and_tools(labeled):
    labeled.view.press("3")
    assert labeled.explorer.labels.chosen == 3
    labeled.view.press("i")
    assert labeled.map.tools.value == "inspect"
    labeled.view.press("p")
    assert labeled.map.tools.value == "add"


def test_scores_are_told_by_class(labeled):
    judged = labeled.explorer.labels.accuracy()
    assert labeled.view._strip._scores.value.count("emx-bars-row") == len(judged.classes)
    assert "points right after" in labeled.view._strip._growth.describe
