"""Clusters on screen: rows isolate, the vector meets its group's center, files are written."""

import numpy as np
import pytest
import rasterio

import embexplore as ex
from embexplore.ui.view.app import App


@pytest.fixture
def view(island, tmp_path):
    explorer = ex.Explorer(island, mode="clusters")
    explorer.folder = tmp_path
    return App(explorer)


def said(widget):
    """All that a widget and its children say, hidden parts left out."""
    if "emx-hidden" in getattr(widget, "_dom_classes", ()):
        return ""
    own = " ".join(str(getattr(widget, name, "") or "") for name in ("value", "description"))
    return own + " ".join(said(child) for child in getattr(widget, "children", ()))


def test_the_page_tells_groups_shares_and_legend(view):
    table = view.explorer.clusters.table
    words = said(view.rail)
    for row in table.itertuples():
        assert row.name in words
        assert f"{row.hectares:,.0f} ha" in words
    assert "8 groups, 2024" in said(view.map.root) + view.map._legend.value
    assert "covers most of the island" in said(view.status.root)


def test_a_click_on_a_row_isolates_its_group_and_another_shows_all(view):
    row = view.view._list._rows[2]
    row._name.click()
    assert view.explorer.clusters.alone == 3
    assert "emx-chosen" in row.root._dom_classes
    assert "Show all groups" in said(view.rail)
    row._name.click()
    assert view.explorer.clusters.alone is None
    view.view.press("4")
    assert view.explorer.clusters.alone == 4


def test_a_click_on_the_map_shows_the_vector_beside_the_center(view):
    assert "Click a pixel to see its vector" in said(view.strip)
    view.map._interacted(type="click", coordinates=[0.1071, 0.1236])
    number = view.explorer.clusters.number_at(0.1236, 0.1071)
    assert number > 0
    assert f"the center of group {number}" in said(view.strip)
    assert f"group {number}" in view.view.readout(0.1236, 0.1071)


def test_a_number_of_groups_is_a_word_of_the_sentence(view):
    view.view._n.value = 4
    assert view.explorer.clusters.n == 4
    assert "4 groups, 2024" in view.map._legend.value
    assert sum("emx-hidden" not in row.root._dom_classes for row in view.view._list._rows) == 4
    view.explorer.undo()
    assert view.view._n.value == 8


def test_saved_maps_are_the_maps(view, tmp_path):
    files = {label: (name, write) for label, name, write in view.view.exports()}
    name, write = files["Groups (GeoTIFF)"]
    write(tmp_path / name)
    with rasterio.open(tmp_path / name) as file:
        np.testing.assert_array_equal(file.read(1), view.explorer.values().values)
    name, write = files["Areas (CSV)"]
    write(tmp_path / name)
    assert (tmp_path / name).read_text().splitlines()[0] == "number,name,pixels,hectares,share"


def test_groups_are_named_in_labels(view):
    view.view._to_labels.click()
    assert view.explorer.mode == "labels"
    assert "Group 8" in said(view.rail)
