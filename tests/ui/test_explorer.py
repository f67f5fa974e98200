"""The Explorer without a browser: what it answers, what it remembers, what it refuses."""

import subprocess
import sys

import numpy as np
import pytest

import embexplore as ex
from embexplore.errors import InvalidInput, NotACube, SourceUnavailable
from embexplore.ui.ground import colors_layer

AREA = {
    "type": "Polygon",
    "coordinates": [[[0.116, 0.106], [0.124, 0.106], [0.124, 0.1135], [0.116, 0.1135], [0.116, 0.106]]],
}
CROSSED = {
    "type": "Polygon",
    "coordinates": [[[0.116, 0.106], [0.124, 0.113], [0.124, 0.106], [0.116, 0.113], [0.116, 0.106]]],
}


def run(code):
    """The last variable of a cell, executed in a process of its own."""
    last = code.rstrip().splitlines()
    names = [line.split(" = ")[0] for line in last if " = " in line and not line.startswith(" ")]
    script = f"{code}\nimport numpy, sys\nvalue = {{name: globals()[name] for name in {names!r}}}\n"
    script += "numpy.save(sys.argv[1], numpy.asarray(value[sys.argv[2]].values))"
    return script


def executed(code, name, folder):
    path = folder / "value.npy"
    done = subprocess.run([sys.executable, "-c", run(code), path, name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return np.load(path)


def test_it_opens_a_path_as_well_as_a_cube(island):
    from embexplore.io.demo import null_island_path

    app = ex.Explorer(str(null_island_path()))
    assert app.title == "Null Island"
    assert app.year == max(island.emb.years)


def test_what_is_no_cube_is_refused(tmp_path, island):
    with pytest.raises(NotACube):
        ex.Explorer(island.drop_vars("embeddings"))
    with pytest.raises(SourceUnavailable):
        ex.Explorer(tmp_path / "nothing.zarr")
    with pytest.raises(InvalidInput, match="expected a cube"):
        ex.Explorer(42)


def test_unknown_settings_are_refused_with_the_known_ones(island):
    with pytest.raises(InvalidInput, match=r"no setting yaer: choose from .*year"):
        ex.Explorer(island, yaer=2020)


def test_a_year_that_the_cube_lacks_changes_nothing(asked):
    before = asked.state()
    with pytest.raises(InvalidInput, match="year=2016: this cube has 2017–2024"):
        asked.year = 2016
    assert asked.state() == before
    asked.undo()
    assert asked.similar.examples == []


def test_a_failed_attempt_tells_why_and_leaves_everything_as_it_was(asked):
    before, scans = asked.state(), asked.answers.scans
    assert not asked.attempt(asked.similar.add, 9.0, 50.0)
    assert "outside" in asked.problem
    assert asked.state() == before
    assert asked.attempt(asked.similar.add, 0.1236, 0.1071)
    assert asked.problem == ""
    assert asked.answers.scans == scans


def test_the_problem_of_a_listener_that_could_not_show_the_answer_stays(asked):
    before = asked.state()

    def draw(_):
        asked.go_back_to(before)
        asked.problem = "the cube is gone."

    asked.on_change(draw)
    assert not asked.attempt(setattr, asked, "year", 2020)
    assert asked.problem == "the cube is gone."
    assert asked.state() == before


def test_undo_and_redo_restore_settings_and_arrays(asked):
    one = asked.values().values.copy()
    asked.similar.add(0.1236, 0.1071)
    two = asked.values().values.copy()
    assert not np.array_equal(one, two, equal_nan=True)
    asked.undo()
    np.testing.assert_array_equal(asked.values().values, one)
    asked.redo()
    np.testing.assert_array_equal(asked.values().values, two)


def test_there_is_something_to_undo_only_after_a_step(app):
    assert not app.can_undo
    assert not app.attempt(app.similar.add, 9.0, 50.0)
    assert not app.can_undo
    app.year = 2020
    assert app.can_undo
    app.undo()
    assert not app.can_undo


def test_reset_is_one_step_that_undo_takes_back(asked):
    asked.similar.threshold = 0.5
    asked.year = 2020
    state = asked.state()
    asked.reset()
    assert asked.similar.examples == []
    assert asked.year == 2024
    asked.undo()
    assert asked.state() == state


def test_one_gesture_is_one_step_and_one_call_of_each_listener(app):
    heard = []
    app.on_change(heard.append)
    app.similar.search(0.1236, 0.1071)
    assert heard == [{"similar.examples", "pinned"}]
    app.undo()
    assert not app.history.can_undo


def test_the_state_is_plain_json_and_comes_back(asked, island):
    import json

    asked.similar.add(0.1233, 0.1055, like=False)
    asked.area = AREA
    asked.bounds = ((0.105, 0.115), (0.112, 0.125))
    state = json.loads(json.dumps(asked.state()))
    again = ex.Explorer(island, view=state)
    assert again.state() == asked.state()
    linked = ex.Explorer(island, view=asked.share())
    assert linked.state() == asked.state()
    assert linked.bounds == asked.bounds
    np.testing.assert_array_equal(linked.values().values, asked.values().values)


@pytest.mark.parametrize(
    "state", [{"year": 2016}, {"mode": "dance"}, {"color": 1}, {"similar": {"examples": [{"lon": 1}]}}, {"similar": 3}]
)
def test_a_view_that_this_cube_cannot_have_is_refused_and_nothing_changes(asked, state):
    before = asked.state()
    with pytest.raises(InvalidInput, match="This view cannot be shown"):
        asked.restore(state)
    assert asked.state() == before


PLACE = {"lon": 0.1236, "lat": 0.1071, "year": 2024}
FAR = {"type": "Polygon", "coordinates": [[[9, 50], [9.1, 50], [9.1, 50.1], [9, 50]]]}


@pytest.mark.parametrize(
    "state",
    [
        {"similar": {"examples": [5]}},
        {"similar": {"examples": [PLACE | {"lon": "here"}]}},
        {"similar": {"examples": [PLACE | {"lon": float("nan")}]}},
        {"similar": {"examples": [PLACE | {"name": 7}]}},
        {"similar": {"examples": [PLACE | {"lat": 50}]}},
        {"similar": {"examples": [PLACE | {"year": 1999}]}},
        {"similar": {"examples": [PLACE | {"like": False}]}},
        {"change": {"years": [2018, 2018]}},
        {"change": {"when": 1999}},
        {"change": {"stable": FAR}},
        {"colors": {"stretch": [98, 2]}},
        {"colors": {"fit_area": FAR}},
        {"clusters": {"fitted_year": 1999}},
        {"clusters": {"n": 3, "alone": 20}},
        {"clusters": {"seed": 1 << 40}},
        {"compression": {"left": "<img>"}},
        {"labels": {"points": [5]}},
        {"labels": {"points": [PLACE | {"label": "Class 1", "lat": 50}]}},
        {"labels": {"points": [PLACE | {"label": "Class 1", "year": 1999}]}},
        {"labels": {"points": [PLACE | {"label": "no class"}]}},
        {"labels": {"classes": []}},
        {"labels": {"classes": [5]}},
        {"labels": {"classes": ["a", "a"]}},
        {"labels": {"classes": ["a"], "chosen": 9}},
        {"labels": {"skipped": [["here", "there"]]}},
        {"pinned": [50, 50]},
        {"bounds": "ab"},
        {"bounds": [["a", "b"], ["c", "d"]]},
        {"bounds": [[float("nan"), 0], [1, 1]]},
    ],
    ids=str,
)
def test_what_a_link_says_is_checked_before_it_is_shown(asked, state):
    before, step = asked.state(), asked.history.current
    with pytest.raises(InvalidInput, match="This view cannot be shown"):
        asked.restore({"year": 2024} | state)
    assert asked.state() == before
    assert asked.history.current == step
    asked.undo()
    assert not asked.history.can_undo


def test_a_view_of_no_ground_is_shown_whole(asked):
    asked.restore({"bounds": [[0, 0], [0, 0]]})
    assert asked.bounds is None


def test_an_area_restricts_every_answer(asked):
    whole = asked.values()
    asked.area = AREA
    part = asked.values()
    assert part.size < whole.size
    same = whole.sel(x=part.x, y=part.y).where(part.inside)
    np.testing.assert_array_equal(part.values, same.values)
    assert "of the area" in asked.similar.finding()


def test_an_area_that_crosses_itself_or_misses_the_cube_is_refused_at_once(asked):
    before = asked.state()
    assert not asked.attempt(setattr, asked, "area", CROSSED)
    assert "crosses itself" in asked.problem
    far = {"type": "Polygon", "coordinates": [[[9, 50], [9.1, 50], [9.1, 50.1], [9, 50]]]}
    assert not asked.attempt(setattr, asked, "area", far)
    assert asked.state() == before


def test_the_cost_of_an_area_is_known_before_it_is_scanned(asked):
    megabytes, seconds = asked.cost_of(AREA)
    part = asked.cube.emb.clip(AREA)
    assert megabytes == pytest.approx(part.sizes["y"] * part.sizes["x"] * 64 / 1e6)
    assert seconds > 0


@pytest.mark.parametrize("area", [None, AREA])
def test_the_code_of_a_view_gives_its_arrays_bit_for_bit_in_a_fresh_process(asked, area, tmp_path):
    asked.similar.add(0.1236, 0.1071)
    asked.similar.add(0.1233, 0.1055, like=False)
    asked.similar.combine = "max"
    asked.area = area
    asked.year = 2021
    np.testing.assert_array_equal(executed(asked.to_code(), "score", tmp_path), asked.values().values)
    np.testing.assert_array_equal(executed(asked.to_code(), "kept", tmp_path), asked.similar.kept)


@pytest.mark.parametrize("area", [None, AREA], ids=["cube", "area"])
@pytest.mark.parametrize("mode", ["similar", "labels", "compression"])
def test_before_anything_is_asked_the_code_gives_the_colors_that_the_map_shows(app, mode, area):
    app.mode, app.area, app.year = mode, area, 2021
    if mode == "labels":
        app.labels.add(0.1236, 0.1071)  # one class is no map
    names = {}
    exec(app.to_code(), names)  # our own code, which is what is tested
    shown = app.values(colors_layer(app)).values
    np.testing.assert_array_equal(names[app.active.result].values, shown)
    assert mode == "compression" or "first; until then the map shows" in app.to_code()


def test_the_code_names_the_file_of_any_other_cube(island, tmp_path):
    path = tmp_path / 'it "is" mine.zarr'
    ex.save_cube(island.isel(x=slice(0, 40), y=slice(60, 100)), path)
    app = ex.Explorer(path)
    lon, lat = app.grid.lonlat(app.grid.x[20], app.grid.y[20])
    app.similar.search(float(lon), float(lat))
    assert app.title == 'it "is" mine'
    np.testing.assert_array_equal(executed(app.to_code(), "score", tmp_path), app.values().values)


def test_a_part_of_a_stored_cube_is_not_taken_for_the_whole(island):
    app = ex.Explorer(island.isel(x=slice(40, 120)))
    assert app.title == island.emb.provenance.model
    assert app.places == []
    assert "the Dataset that you gave" in app.to_code()


def test_asking_before_there_is_an_answer_says_what_to_do(app):
    with pytest.raises(InvalidInput, match="click the map"):
        app.values()


def test_two_explorers_of_a_cube_share_what_was_learned_and_nothing_else(island):
    one, two = ex.Explorer(island), ex.Explorer(island)
    one.similar.search(0.1236, 0.1071)
    one.year = 2019
    assert two.similar.examples == []
    assert two.year == 2024
    assert one.shared.pca() is two.shared.pca()


def test_an_explorer_needs_no_widget():
    code = "import sys, embexplore as ex; app = ex.Explorer(ex.null_island()); app.similar.search(0.1236, 0.1071);"
    code += "app.values(); sys.exit(any(m in sys.modules for m in ('ipywidgets', 'ipyleaflet', 'panel', 'holoviews')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
