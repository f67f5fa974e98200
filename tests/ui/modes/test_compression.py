"""Compression: two codes of one cube, what the right one loses, and the numbers that say so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import embexplore as ex
from embexplore.analysis import trial
from embexplore.core.codecs import make_codec
from embexplore.errors import InvalidInput
from embexplore.ui import labbook
from embexplore.ui.modes import compression
from embexplore.ui.modes.compression_codecs import (
    BITS,
    DIMENSIONS,
    PRESETS,
    WHOLE,
    bytes_of,
    codec_name,
    in_words,
    settings_of,
    share_of,
)
from embexplore.ui.scan import Cancelled


@pytest.fixture
def both(asked):
    """An Explorer that compares int8 with binary on a search."""
    asked.mode = "compression"
    return asked


@given(st.sampled_from(BITS), st.sampled_from([None, *DIMENSIONS]), st.booleans(), st.booleans())
def test_sliders_and_names_say_the_same(bits, dims, rotate, spread):
    name = codec_name(bits, dims, rotate=rotate, spread=spread)
    expected = {"bits": bits, "dims": dims, "rotate": rotate and not spread, "spread": spread}
    assert settings_of(name) == expected
    assert make_codec(name).spec == name
    assert bytes_of(name, 1024) == -(-(dims or 1024) * bits // 8)


MADE_WHOLE = ("float32", "alphaearth", "lloyd4", "rotate+pca4+int4", "pca4+lloyd2", "pca+water2", *WHOLE)


@pytest.mark.parametrize("name", MADE_WHOLE)
def test_a_codec_that_sliders_cannot_make_is_kept_by_its_name_until_one_is_moved(name, app):
    mode = app.compression
    mode.choose("pca24+int3")
    assert settings_of(name) is None
    mode.choose(name)
    assert mode.right == name
    mode.slide(bits=2)
    assert mode.right == "pca24+int2", "the other sliders are where they were"


@pytest.mark.parametrize("name", ["int9", "", "pca+", "pca+turtle"])
def test_what_is_no_codec_is_refused(name, app):
    with pytest.raises(InvalidInput, match="unknown"):
        app.compression.choose(name)
    assert app.compression.right == "binary"


@pytest.mark.parametrize("name", [*PRESETS, *WHOLE])
def test_every_codec_that_is_offered_can_be_chosen(name, app):
    app.compression.choose(name)
    assert app.compression.right == name


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_spread_bits_find_more_where_neighbors_differ_than_where_variance_is_large(bits, island):
    """What the sliders and presets say is the better of the two, searched with the same queries."""
    near = codec_name(bits, None, rotate=False, spread=True)
    assert near in PRESETS
    table = island.emb.tradeoff([near, f"pca+water{bits}"], queries=100, random_state=0)
    ours, other = table.recall_at_10
    assert ours > other


def test_words_and_shares_are_those_of_readers():
    assert in_words("pca32+rotate+int4") == "PCA 32, rotated, int4"
    assert in_words("pca+near1") == "1 bit, spread"
    assert in_words("pca+water2") == "2 bits, spread by variance"
    assert [in_words(name) for name in WHOLE] == ["ternary", "RaBitQ-lite", "PQ 8", "OPQ 8"]
    assert share_of(8, 64) == "at one eighth of the bytes"
    assert share_of(24, 64) == "at 38\u00a0% of the bytes"
    assert share_of(64, 64) == "at the same bytes"


def test_without_an_example_nothing_is_compared(app):
    app.mode = "compression"
    assert app.compression.layers() == ()
    assert app.compression.finding() == ""
    compile(app.to_code(), "cell", "exec")


def test_a_click_searches_on_both_sides(app):
    app.mode = "compression"
    app.compression.click(0.1236, 0.1071)
    assert app.mode == "compression"
    assert [(e.lon, e.lat) for e in app.similar.examples] == [(0.1236, 0.1071)]
    assert [layer.side for layer in app.compression.layers()] == ["left", "right"]


def test_both_maps_are_those_of_encoded_cubes(both, island):
    query = both.similar.query()
    for name, values in zip(("int8", "binary"), both.compression.sides(), strict=True):
        expected = island.emb.encode(name, random_state=0).emb.search(query, year=2024)
        np.testing.assert_array_equal(values.values, expected.values)


@pytest.mark.parametrize(
    ("question", "picture", "is_half"),
    [("search", "swipe", True), ("search", "left", False), ("change", "difference", True), ("change", "right", False)],
)
def test_the_code_gives_the_map_on_screen(question, picture, is_half, both):
    both.compression.param.update(picture=picture, question=question, bits=2, dims=16, rotate=True, recheck=50)
    if is_half:
        west, south, east, north = both.cube.emb.grid.bbox
        middle = (west + east) / 2
        ring = [[west, south], [middle, south], [middle, north], [west, north], [west, south]]
        both.area = {"type": "Polygon", "coordinates": [ring]}
    names: dict = {}
    code = "\n".join(line for line in both.to_code().splitlines() if not line.startswith("table"))
    exec(code, names)
    np.testing.assert_array_equal(names["shown"].values, both.values().values)
    assert names["kept"].found.tolist() == both.compression.hits.found.tolist()


def test_the_table_in_the_code_has_the_numbers_of_the_rail(both):
    mode = both.compression
    mode.measure(mode.right)
    line = next(line for line in both.to_code().splitlines() if line.startswith("table"))
    names = {"cube": both.cube}
    exec(line, names)
    row = names["table"].set_index("codec").loc["binary"]
    ours = mode.row("binary")
    for name in ("recall_at_10", "recall_at_10_low", "recall_at_10_high", "score_error", "change_flipped"):
        assert row[name] == ours[name]


def test_what_was_not_measured_has_no_row(both):
    mode = both.compression
    mode.choose("pca12+int3")
    assert mode.row(mode.right) is None
    mode.measure(mode.right)
    assert 0 < mode.row(mode.right)["recall_at_10"] < mode.row(mode.right, 200)["recall_at_10"] <= 1
    mode.queries = 20
    assert mode.row(mode.right) is None, "fewer queries are another question"


def test_another_session_of_the_cube_has_what_was_measured(both, island):
    both.compression.measure("int2")
    other = ex.Explorer(island)
    assert other.compression.row("int2") == both.compression.row("int2")
    assert other.compression.book.codec("int2") is both.compression.book.codec("int2")


def test_the_cubes_own_code_is_the_truth_and_is_not_encoded_again(both):
    mode = both.compression
    assert mode.book.own == "alphaearth"
    mode.left = "alphaearth"
    np.testing.assert_array_equal(mode.sides()[0].values, both.similar.score.values)
    assert mode.row("alphaearth")["recall_at_10"] == 1
    assert "left = cube\n" in both.to_code()


def test_the_same_code_on_both_sides_loses_nothing(both):
    mode = both.compression
    mode.choose("int8")
    assert mode.hits.found.all()
    assert mode.changed_sides == 0
    assert "keeps 20 of the 20 best places at the same bytes" in mode.finding()


def test_re_checking_keeps_at_least_as_many_and_in_the_end_all(both):
    mode = both.compression
    mode.left = mode.book.own
    found = []
    for number in (0, 50, 400):
        mode.recheck = number
        found.append(int(mode.hits.found.sum()))
    assert found == sorted(found)
    assert found[-1] == 20
    assert "with 400 re-checked" in mode.finding()


def test_thresholds_pictures_and_re_checks_never_encode_again(both):
    mode = both.compression
    mode.finding()
    scans = both.answers.scans
    for picture in ("left", "right", "swipe"):
        mode.picture = picture
        both.values()
    both.similar.threshold = 0.9
    mode.recheck = 100
    mode.finding()
    assert both.answers.scans == scans + 1, "re-checking asks the exact map once"


def test_the_difference_is_right_minus_left_and_its_colors_are_even(both):
    mode = both.compression
    mode.picture = "difference"
    left, right = mode.sides()
    np.testing.assert_array_equal(both.values().values, (right - left).values)
    painted = mode.layers()[-1].paint(np.array([[-mode.limit, 0, mode.limit, np.nan]], np.float32))
    assert painted.pixels.tolist() == [[1, 128, 255, 0]]


@pytest.mark.parametrize("picture", ["swipe", "difference"])
def test_a_picture_keeps_the_settings_that_it_was_made_with(picture, both):
    mode = both.compression
    mode.picture = picture
    layer = mode.layers()[-1]
    values = both.values(layer).values
    before = layer.paint(values).pixels
    both.similar.threshold = 0.99
    both.ramp = "gray"
    mode.slide(bits=4)
    again = layer.paint(values)
    np.testing.assert_array_equal(again.pixels, before)
    assert picture == "difference" or (mode.layers()[-1].paint(values).pixels != before).any()


def test_fitting_is_done_beside_the_page_and_then_all_is_quick(both):
    mode = both.compression
    mode.slide(bits=3, dims=7)
    assert not mode.is_quick
    mode.sides()
    assert mode.is_quick
    mode.choose("alphaearth")
    assert mode.is_quick, "the cube's own code needs no fit"


def test_codecs_are_fitted_side_by_side(both, monkeypatch):
    """A slow fit holds nobody up who asks for another codec; who asks for the same gets the same one."""
    lab, slow = both.compression.book, Event()
    real = labbook.make_codec

    class Slow:
        def fit(self, vectors, **options):
            assert slow.wait(30)
            return real("int3").fit(vectors, **options)

    monkeypatch.setattr(labbook, "make_codec", lambda name: Slow() if name == "slow" else real(name))
    with ThreadPoolExecutor(2) as pool:
        twice = [pool.submit(lab.codec, "slow") for _ in range(2)]
        assert lab.codec("pca5+int2").spec == "pca5+int2"
        assert not any(each.done() for each in twice)
        slow.set()
        assert twice[0].result() is twice[1].result()


def test_pixels_that_change_side_are_those_across_the_threshold(both):
    left, right = (values.values for values in both.compression.sides())
    cut = np.float32(both.similar.cut)
    known = np.isfinite(left)
    expected = ((left > cut) != (right > cut))[known].mean()
    assert both.compression.changed_sides == expected


def test_change_is_compared_beyond_the_noise(both, island):
    mode = both.compression
    mode.question = "change"
    first, second = both.change.span
    expected = island.emb.encode("binary", random_state=0).emb.change(first, second)
    np.testing.assert_array_equal(mode.sides()[1].values, expected.values)
    hits = mode.hits
    best = island.emb.top(mode.sides()[0], k=20, min_distance=150)
    assert hits.geometry.tolist() == best.geometry.tolist()
    assert 0 < hits.found.sum() < len(hits)
    assert f"keeps {hits.found.sum()} of the 20 largest changes, and" in mode.finding()
    assert "cross the noise" in mode.finding()
    assert "within the usual noise" in str(mode.legend())


def test_settings_survive_sharing_undo_and_reset(both, island):
    both.compression.choose("pca24+rotate+int3")
    both.compression.recheck = 200
    again = ex.Explorer(island, view=both.share())
    assert again.compression.right == "pca24+rotate+int3"
    assert again.compression.recheck == 200
    both.undo()
    assert (both.compression.recheck, both.compression.right) == (0, "pca24+rotate+int3")
    both.undo()
    assert both.compression.right == "binary"


def test_a_whole_codec_survives_sharing_and_undo_and_is_in_the_code(both, island):
    both.compression.choose("rabitq-lite")
    again = ex.Explorer(island, view=both.share())
    assert again.compression.right == "rabitq-lite"
    assert 'emb.encode("rabitq-lite", random_state=0)' in both.to_code()
    both.compression.slide(dims=16)
    both.undo()
    assert both.compression.right == "rabitq-lite"
    both.undo()
    assert both.compression.right == "binary"
    state = both.state()
    state["compression"] = {"codec": "int9"}
    with pytest.raises(InvalidInput, match="int9"):
        both.restore(state)


def test_an_area_too_small_to_measure_on_is_a_sentence(both):
    lon, lat = both.pinned
    ring = [[lon + x, lat + y] for x, y in ((0, 0), (5e-4, 0), (5e-4, 5e-4), (0, 5e-4), (0, 0))]
    both.area = {"type": "Polygon", "coordinates": [ring]}
    with pytest.raises(InvalidInput, match="Take a larger area"):
        both.compression.measure("int4")
    assert both.compression.row("int4") is None


@pytest.fixture
def few(monkeypatch):
    """Reports of both sides alone."""
    monkeypatch.setattr(compression, "PRESETS", ())


def told(mode, *, stop=False):
    said = []
    return mode.report(lambda *counts: said.append(counts), lambda: stop), said


@pytest.mark.usefixtures("few")
def test_the_report_is_the_trade_off_of_the_command_line(both, island):
    mode = both.compression
    mode.left = mode.book.own
    report, said = told(mode)
    expected = island.emb.tradeoff(["binary"], recheck=200, weigh=ex.written_bytes, random_state=0)
    assert said == [(0, 1)], "the cube's own code is the truth, and is not measured"
    columns = [
        "codec",
        "bytes_on_disk",
        "recall_at_10",
        "recall_at_10_low",
        "score_error",
        "change_flipped",
        "color_difference",
    ]
    assert report.table[columns].equals(expected[columns])
    assert report.html().startswith("<!doctype html>")
    assert "http" not in report.html()
    assert report.about["labels"] is None


@pytest.mark.usefixtures("few")
def test_what_a_report_has_measured_is_not_measured_again(both, monkeypatch):
    mode = both.compression
    first, _ = told(mode)
    monkeypatch.setattr(trial, "measure", None)
    again, _ = told(mode)
    pd.testing.assert_frame_equal(again.table, first.table)


@pytest.mark.usefixtures("few")
def test_a_report_is_of_the_area_and_says_which_labels_were_too_few(both):
    west, south, east, north = both.cube.emb.grid.bbox
    middle = (west + east) / 2
    ring = [[west, south], [middle, south], [middle, north], [west, north], [west, south]]
    both.area = {"type": "Polygon", "coordinates": [ring]}
    both.labels.load_places()
    report, _ = told(both.compression)
    assert report.about["shape"] == list(both.part.emb.grid.shape)
    assert report.about["aoi"] == "the area that was drawn"
    assert "Label more places" in report.about["labels"]
    assert "Label more places" in report.html()


@pytest.mark.usefixtures("few")
def test_a_report_tells_classes_where_labels_are_enough(both):
    classes = ex.null_island_truth().classes.sel(time=2024)[::6, ::6].to_series().rename("class").reset_index()
    places = gpd.points_from_xy(classes.x, classes.y, crs=both.cube.emb.crs).to_crs("EPSG:4326")
    points = gpd.GeoDataFrame({"label": classes["class"].astype(str)}, geometry=places)
    both.labels.load(points[classes["class"].isin([2, 3])])
    report, _ = told(both.compression)
    assert set(report.about["classes"]) == {"2", "3"}
    assert report.table.knn_accuracy.notna().any()


@pytest.mark.usefixtures("few")
def test_a_report_stops_before_the_next_codec(both):
    with pytest.raises(Cancelled):
        told(both.compression, stop=True)
