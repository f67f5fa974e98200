"""Labels: points become a map, hints become points, and every name stays text."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.errors import InvalidInput, NoData, OutOfBounds
from embexplore.ui.modes.labels import METHODS

AREA = {"type": "Polygon", "coordinates": [[[0.116, 0.106], [0.124, 0.106], [0.124, 0.114], [0.116, 0.106]]]}
LAKE, PIVOT, FOREST = (0.115174, 0.106577), (0.122174, 0.111547), (0.114186, 0.109559)


@pytest.fixture
def labeled(app):
    """An Explorer whose named places are labeled."""
    app.mode = "labels"
    app.labels.load_places()
    return app


def test_clicks_label_the_chosen_class_in_the_year_on_the_map(app):
    app.mode = "labels"
    app.year = 2020
    app.labels.click(*LAKE)
    app.labels.chosen = 2
    app.labels.click(*PIVOT)
    assert [(p.lon, p.lat, p.year, p.label) for p in app.labels.points] == [
        (*LAKE, 2020, "Class 1"),
        (*PIVOT, 2020, "Class 2"),
    ]
    assert app.pinned == PIVOT
    app.undo()
    assert app.labels.counts() == [1, 0]


def test_one_class_is_no_map_and_two_are(app):
    app.mode = "labels"
    assert app.labels.finding() == ""
    app.labels.add(*LAKE)
    assert app.labels.layers() == ()
    assert app.labels.finding() == "1 point of Class 1. Label a second class and the map appears."
    app.labels.add(*PIVOT, "Class 2")
    assert len(app.labels.layers()) == 1
    assert app.labels.finding().startswith("Mapped from 2 points.")


@pytest.mark.parametrize("method", METHODS)
def test_the_map_is_that_of_the_accessor(labeled, island, method):
    labeled.labels.method = method
    labeled.year = 2021
    classifier = island.emb.fit_classifier(labeled.labels.table, method=method)
    found, expected = labeled.labels.map, island.emb.classify(classifier, year=2021).compute()
    np.testing.assert_array_equal(found.label.values, expected.label.values)
    np.testing.assert_array_equal(found.confidence.values, expected.confidence.values)


@pytest.mark.parametrize("state", [{}, {"method": "logistic", "strength": 5.0}, {"method": "averages", "area": AREA}])
def test_the_code_gives_the_same_bits(labeled, state):
    for name, value in state.items():
        setattr(labeled if name == "area" else labeled.labels, name, value)
    names = {}
    exec(labeled.to_code(), names)
    np.testing.assert_array_equal(names["shown"].values, labeled.values().values)
    assert names["accuracy"].value == labeled.labels.accuracy().value
    assert list(names["areas"].share) == list(labeled.labels.areas().share)


def test_names_of_classes_cannot_break_the_code(labeled):
    labeled.labels.rename_class(1, '"); import os; ("')
    names = {}
    exec(labeled.to_code(), names)
    assert '"); import os; ("' in names["classifier"].classes


def test_the_code_of_nothing_labeled_runs(app):
    app.mode = "labels"
    exec(app.to_code(), {})


def test_points_follow_their_class_through_its_changes(labeled):
    labels, before = labeled.labels, labeled.labels.counts()
    labels.rename_class(2, "Circles")
    assert labels.counts() == before
    assert {p.label for p in labels.points} == set(labels.classes)
    labels.remove_class(2)
    assert "Circles" not in {p.label for p in labels.points}
    labels.add_class("Ice")
    assert labels.classes[labels.chosen - 1] == "Ice"


def test_what_cannot_be_done_to_classes_is_a_sentence(labeled):
    with pytest.raises(InvalidInput, match="There is a class Lake already"):
        labeled.labels.add_class(" Lake ")
    with pytest.raises(InvalidInput, match="A class needs a name of 1 to 80 characters"):
        labeled.labels.add_class("  ")
    with pytest.raises(InvalidInput, match="There is a class Lake already"):
        labeled.labels.rename_class(2, "Lake")


def test_points_are_moved_and_removed(labeled):
    labels = labeled.labels
    labels.move(0, *FOREST)
    assert (labels.points[0].lon, labels.points[0].lat, labels.points[0].label) == (*FOREST, "Lake")
    kept = labels.points[1:]
    labels.remove(0)
    assert labels.points == kept


def test_a_place_without_data_is_no_point(labeled):
    before = list(labeled.labels.points)
    with pytest.raises(OutOfBounds):
        labeled.labels.add(1.0, 1.0)
    with pytest.raises(NoData):
        labeled.labels.add(0.1116, 0.1185)
    assert labeled.labels.points == before


def test_hiding_the_unsure_never_scans_and_hides_them(labeled):
    values = labeled.values().values
    scans = labeled.answers.scans
    labeled.labels.least_sure = 0.5
    painted = labeled.labels.layers()[-1].paint(values)
    np.testing.assert_array_equal(painted.pixels > 0, values[..., 1] >= np.float32(0.5))
    assert labeled.answers.scans == scans


def test_colors_are_the_classes_and_paler_where_less_sure(labeled):
    values = labeled.values().values
    painted = labeled.labels.layers()[-1].paint(values)
    drawn = painted.palette[painted.pixels].astype(int)
    np.testing.assert_array_equal(drawn[..., 3] == 0, values[..., 0] == 0)
    name = labeled.labels.classifier.classes[0]
    full = labeled.labels.colors[labeled.labels.classes.index(name)].astype(int)
    away = np.abs(drawn[..., :3] - full).sum(axis=-1)[values[..., 0] == 1]
    sure = values[..., 1][values[..., 0] == 1]
    order = np.argsort(sure)
    assert (np.diff(away[order]) <= 0).all()
    assert away[order][-1] == 0


def test_the_least_likely_and_the_most_classes_still_fit_a_palette(labeled):
    names = [f"Kind {number}" for number in range(40)]
    points = labeled.labels.points
    table = labeled.labels.table.iloc[np.arange(40) % len(points)].assign(label=names)
    labeled.labels.load(table)
    painted = labeled.labels.layers()[-1].paint(labeled.values().values)
    assert len(painted.palette) <= 256
    assert painted.pixels.max() < len(painted.palette)
    with pytest.raises(InvalidInput, match="There are 40 classes already"):
        labeled.labels.add_class("one more")


def test_a_hint_is_answered_skipped_or_switched_off(labeled):
    labels = labeled.labels
    hint = labels.hint()
    probabilities = [share for _, share in hint["likely"]]
    assert probabilities == sorted(probabilities, reverse=True)
    labels.skip()
    other = labels.hint()
    assert (other["lon"], other["lat"]) != (hint["lon"], hint["lat"])
    labeled.undo()
    assert labels.hint()["lon"] == hint["lon"]
    labels.add(hint["lon"], hint["lat"], hint["likely"][0][0])
    assert labels.hint()["lon"] != hint["lon"]
    labels.hints = False
    assert labels.hint() is None


def test_hints_lie_in_the_area(labeled, island):
    labeled.area = AREA
    hint = labeled.labels.hint()
    assert island.emb.clip(AREA).emb.probe(lon=hint["lon"], lat=hint["lat"]).status == "value"


def test_accuracy_is_that_of_the_accessor_and_none_where_it_cannot_be_told(labeled, island):
    expected = island.emb.accuracy(labeled.labels.table, block=400.0)
    labeled.labels.block = 400.0
    found = labeled.labels.accuracy()
    assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    assert f"{100 * found.value:.0f}" in labeled.labels.finding()
    assert labeled.labels.curve().points.iloc[-1] == len(labeled.labels.points)
    labeled.labels.block = 1e6
    assert labeled.labels.accuracy() is None
    assert "Label places in other blocks" in labeled.labels.finding()


def test_too_many_points_or_classes_are_a_sentence(labeled):
    table = labeled.labels.table
    with pytest.raises(InvalidInput, match="These are 2,006 points; nothing loaded"):
        labeled.labels.load(table.iloc[np.arange(2006) % len(table)])
    with pytest.raises(InvalidInput, match="These are 41 classes; nothing loaded"):
        labeled.labels.load(table.iloc[np.arange(41) % len(table)].assign(label=[str(i) for i in range(41)]))


def test_the_state_travels_with_its_points(labeled, island):
    labeled.labels.rename_class(1, "水 & <b>")
    labeled.labels.skip()
    other = ex.Explorer(island, view=labeled.share())
    assert other.labels.points == labeled.labels.points
    assert other.labels.classes == labeled.labels.classes
    assert other.labels.skipped == labeled.labels.skipped
    np.testing.assert_array_equal(other.values().values, labeled.values().values)


def test_a_picture_keeps_the_settings_that_it_was_made_with(labeled):
    layer, values = labeled.labels.layers()[-1], labeled.values().values
    before = layer.paint(values)
    labeled.labels.least_sure = 0.9
    labeled.labels.remove_class(1)
    after = layer.paint(values)
    np.testing.assert_array_equal(after.pixels, before.pixels)
    np.testing.assert_array_equal(after.palette, before.palette)
