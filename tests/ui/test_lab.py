"""The lab without a browser: what is ticked is measured once, one codec is looked at, and ground costs what it costs."""

import json
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import panel as pn
import pytest

import embexplore as ex
from embexplore.analysis import trial
from embexplore.core.codecs import make_codec
from embexplore.errors import InvalidInput, OutOfBounds
from embexplore.ui.lab import Lab
from embexplore.ui.lab.model import GROUPS
from embexplore.ui.lab.page import LabPage
from embexplore.ui.lab.plot import frontier, named, pareto, raised
from embexplore.ui.lab.table import table_of
from embexplore.ui.scan import Cancelled
from embexplore.ui.view.theme import LIGHT


def cube_of(bands):
    """A small cube of random vectors of so many bands, stored as float32."""
    codec, shape = make_codec("float32"), (24, 30)
    vectors = np.random.default_rng(7).normal(size=(1, *shape, bands)).astype(np.float32)
    codes = np.ascontiguousarray(np.moveaxis(codec.encode(vectors), -1, 1))
    grid = ex.Grid("EPSG:32616", (10.0, 0.0, 300_000.0, 0.0, -10.0, 4_770_000.0), shape)
    made = {"codec": codec, "grid": grid, "years": (2020,), "provenance": ex.Provenance(*"abcd")}
    return ex.make_cube(codes, **made, valid=np.ones((1, *shape), np.uint8))


@pytest.fixture(scope="module")
def island():
    return ex.null_island()


@pytest.fixture(scope="module")
def measured(island):
    """A lab of three codecs, measured once; tests leave it as it is."""
    lab = Lab(island, codecs=["int8", "int2", "binary"])
    lab.measure()
    return lab


@pytest.fixture
def lab(island, measured):  # noqa: ARG001  # which keeps what was measured
    """A new lab of the same cube, as another visitor has it."""
    return Lab(island, codecs=["int8", "int2", "binary"])


def test_the_table_is_that_of_the_trade_off(measured, island):
    expected = island.emb.tradeoff(["int8", "int2", "binary"], recheck=200, weigh=ex.written_bytes, random_state=0)
    same = [
        name for name in expected if not name.endswith("seconds") and name not in ("search_speed", "queries_per_second")
    ]
    pd.testing.assert_frame_equal(measured.report.table[same], expected[same])


def test_what_another_visitor_measured_is_there_at_once_and_only_the_new_is_measured(lab, measured, monkeypatch):
    asked, real = [], trial.measure
    monkeypatch.setattr(
        trial, "measure", lambda held, codec, **how: asked.append(codec.spec) or real(held, codec, **how)
    )
    lab.add("pca8+int8")
    lab.measure()
    assert asked == ["pca8+int8"]
    rows = {row["codec"]: row for row in lab.rows}
    assert {row["codec"]: row["recall_at_10"] for row in measured.rows}.items() <= {
        name: row["recall_at_10"] for name, row in rows.items()
    }.items()


def test_progress_counts_codecs_and_cancel_stops_before_the_next(lab):
    said = []
    lab.measure(lambda *counts: said.append(counts))
    assert said == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(Cancelled):
        lab.measure(cancelled=lambda: True)


def test_the_row_looked_at_is_the_smallest_that_finds_nine_of_ten_until_one_is_chosen(lab):
    lab.measure()
    assert lab.chosen == "int8"
    assert lab.row["recall_at_10"] >= 0.9
    lab.chosen = "binary, 200 re-checked"
    lab.measure()
    assert lab.row["bytes_per_pixel"] == 72


def test_bills_are_those_of_the_cost_function(lab):
    lab.measure()
    lab.param.update(chosen="binary", country="Switzerland", years=8, price=0.02)
    cube, country, land = lab.bills()
    how = {"years": 8, "price": 0.02}
    assert country.chosen == ex.cost("binary", area=41_291, **how)
    assert country.own == ex.cost("int8", area=41_291, **how)  # AlphaEarth's code takes as many bytes
    assert cube.chosen.bytes == 8 * 192 * 192 * 8
    assert land.ground == "All land"


def test_codecs_that_this_cube_cannot_be_stored_in_are_not_offered(lab):
    offered = [name for names in lab.groups.values() for name in names]
    assert set(offered) == {name for names in GROUPS.values() for name in names}
    exact = Lab(cube_of(4))
    assert "float32" not in [*exact.codecs, *exact.groups["Plain rounding"]], "it is stored in that"
    with pytest.raises(InvalidInput, match="int9"):
        lab.add("int9")
    with pytest.raises(InvalidInput, match="is what this cube is stored in"):
        lab.add("alphaearth")
    assert lab.add(" pca24+rotate+int4 ") == "pca24+rotate+int4"
    assert lab.groups["Yours"] == ["pca24+rotate+int4"]


def test_a_codec_that_cannot_be_fitted_is_left_out_with_the_reason():
    report = Lab(cube_of(4), codecs=["pca8+int8", "int8"], recheck=0).measure()
    assert [row["codec"] for row in report.rows] == ["int8"]
    assert "pca8+int8" in report.about["left_out"]
    with pytest.raises(InvalidInput):
        Lab(cube_of(4), codecs=[]).measure()


def test_labels_are_taken_and_told(lab, island):
    classes = ex.null_island_truth().classes.sel(time=2024)[::6, ::6].to_series().rename("class").reset_index()
    classes = classes[classes["class"].isin([2, 3])]
    places = gpd.points_from_xy(classes.x, classes.y, crs=island.emb.crs).to_crs("EPSG:4326")
    points = gpd.GeoDataFrame({"label": classes["class"].astype(str)}, geometry=places)
    said = lab.load_labels(points.to_json().encode(), "fields.geojson")
    assert said == f"{len(points)} points of 2 classes"
    lab.measure()
    assert lab.row["knn_accuracy_low"] <= lab.row["knn_accuracy"]
    assert "neighbors" in table_of(lab.rows, 10)
    far = gpd.GeoDataFrame({"label": ["a"]}, geometry=gpd.points_from_xy([50], [50]), crs="EPSG:4326")
    with pytest.raises(OutOfBounds, match=r"far\.geojson"):
        lab.load_labels(far.to_json().encode(), "far.geojson")


def test_an_area_is_measured_alone(island):
    west, south, east, north = island.emb.grid.bbox
    half = Lab(island, area=(west, south, (west + east) / 2, north), codecs=["binary"], recheck=0)
    report = half.measure()
    assert report.about["shape"][1] < 192
    assert half.bills()[0].ground == "This area"
    inside = int(np.count_nonzero(half.cube.inside))
    assert half.bills()[0].chosen.bytes == 8 * inside


def test_the_files_hold_the_same_numbers(measured):
    report = measured.report
    rows = json.loads(report.json())["rows"]
    assert [row["recall_at_10"] for row in rows] == report.table.recall_at_10.to_list()
    assert report.csv().splitlines()[0].startswith("codec,bytes_per_pixel")
    assert report.html().startswith("<!doctype html>")


def test_the_plot_names_no_point_over_another_and_lifts_second_stages(measured):
    rows = measured.rows
    names = named(rows, "recall_at_10", "binary")
    assert names[0][2].strip() == "binary", "the chosen one first"
    steps = frontier(rows, "recall_at_10")
    assert steps == sorted(steps)
    assert [recall for _, recall in steps] == sorted(recall for _, recall in steps)
    again = [row for row in rows if ", " in row["codec"]]
    assert len(raised(rows, "recall_at_10")) == len(again) == 2


def test_labels_beside_the_area_are_left_out_with_the_reason(island):
    west, south, east, north = island.emb.grid.bbox
    middle = (west + east) / 2
    x, y = np.meshgrid(np.linspace(middle + 0.002, east - 0.002, 6), np.linspace(south + 0.004, north - 0.004, 6))
    places = gpd.GeoDataFrame({"label": ["a", "b"] * 18}, geometry=gpd.points_from_xy(x.ravel(), y.ravel()), crs=4326)
    lab = Lab(island, area=(west, south, middle, north), labels=places, codecs=["int4"], recheck=0)
    assert "left out" in lab.measure().about["labels"]


def test_what_part_of_a_cube_is_stored_in_is_not_judged_by_itself(island):
    cube = island.sel(time=[2024]).emb.with_bits(random_state=0).compute()
    precision = cube.precision.copy()
    precision[..., 0] = 2  # bits alone
    lab = Lab(cube.assign(precision=precision), codecs=["int4", "binary"])
    assert "binary" not in [name for names in lab.groups.values() for name in names]
    assert lab.measure().table.codec.to_list() == ["int4"]


def test_a_codec_by_its_other_name_is_measured(island):
    lab = Lab(island, codecs=["transformed"], recheck=0)
    assert lab.measure().table.codec.to_list() == [make_codec("transformed").spec]


@pytest.fixture
def page(lab):
    """The page of a new lab; where no loop runs, it measures at once."""
    return LabPage(lab, back="../")


def test_the_page_measures_what_is_ticked_and_shows_it(page, lab):
    assert not page.reading.files.visible
    assert "Tick codecs" in page.reading.plot[0].object
    page.choosing.start()
    assert page.reading.table.value["codec"].to_list() == [row["codec"] for row in lab.rows]
    assert page.reading.table.selection == [0]
    assert "<b>9.9</b>" in page.reading.card.object
    assert list(page.reading.tabs._names) == [
        "Table",
        "Costs",
        "Maps",
        "How many directions",
        "Careful",
        "Measured on",
    ]
    written = page.reading.files[0].callback().read().decode()
    assert written == lab.report.html()


def test_a_click_on_a_point_or_row_looks_at_its_codec(page, lab):
    page.choosing.start()
    _, marks = pareto(lab.rows, "recall_at_10", lab.chosen, d=64, colors=LIGHT)
    assert [len(points) for points, _ in marks] == [len(names) for _, names in marks] == [3, 2]
    page.reading.tapped(marks[1][1], [0])
    assert lab.chosen == lab.rows[2]["codec"] == "int2, 200 re-checked"
    assert page.reading.table.selection == [2]
    page.reading.tapped(marks[1][1], [])
    assert page.reading.table.selection == [2], "a click beside all points changes nothing"
    page.reading.clicked(SimpleNamespace(row=1))
    assert lab.chosen == lab.rows[1]["codec"]
    assert f"</i>{lab.chosen}</div>" in page.reading.card.object


def test_boxes_set_the_codecs_and_typed_ones_get_a_box(page, lab):
    boxes = [box for box in page.choosing.boxes if isinstance(box, pn.widgets.CheckBoxGroup)]
    boxes[0].value = ["int4"]
    assert lab.codecs == ["int4"]
    typed = pn.widgets.TextInput(value="pca24+int3")
    page.choosing.add(typed)
    assert lab.codecs == ["int4", "pca24+int3"]
    assert page.choosing.boxes[-1].options == page.choosing.boxes[-1].value == ["pca24+int3"]
    typed.value = "<b>int9"
    page.choosing.add(typed)
    assert "Not possible" in page.choosing.wrong.object
    assert "<b>int9" not in page.choosing.wrong.object


def test_problems_are_told_and_progress_has_a_cancel(page, lab):
    lab.codecs = []
    page.choosing.start()
    assert "choose one" in page.choosing.wrong.object
    stopped = []
    page.choosing.progress("Measuring 2 of 8 codecs, about 3 s left.", 0.25, stop=lambda: stopped.append(True))
    assert page.choosing.cancel.visible
    assert "2 of 8" in page.choosing.running.object
    page.choosing._stop()
    page.choosing.rest()
    assert stopped == [True]
    assert not page.choosing.cancel.visible


def test_costs_follow_the_calculator(page, lab):
    page.choosing.start()
    lab.param.update(chosen="binary", country="Kenya")
    assert "<th>Kenya</th><td>47.4\u00a0GB</td>" in page.reading.bills.object
