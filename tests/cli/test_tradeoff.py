"""`tradeoff` from the command line: the table, the JSON that programs read, the page, and what is refused."""

import json

import pytest

import embexplore as ex
from embexplore.io.weigh import written_bytes

CODECS = "float32,int8,int2,binary"


@pytest.fixture(scope="module")
def told(program, island, tmp_path_factory):
    """One run with everything asked for: what it said, its JSON and its page."""
    folder = tmp_path_factory.mktemp("tradeoff")
    files = {"--json": folder / "out.json", "--html": folder / "out.html"}
    options = [part for pair in files.items() for part in pair]
    result = program("tradeoff", island, "--codecs", CODECS, "--queries", 60, *options)
    assert result.code == 0, result.err
    return result, json.loads(files["--json"].read_text()), files["--html"].read_text()


def test_json_rows_are_scalars_with_unique_names(told):
    _, found, _ = told
    names = [row["codec"] for row in found["rows"]]
    assert len(set(names)) == len(names)
    assert {"float32", "int8", "binary"} <= set(names)
    for row in found["rows"]:
        assert all(value is None or isinstance(value, str | int | float | bool) for value in row.values())
    exact = found["rows"][names.index("float32")]
    assert (exact["recall_at_10"], exact["recall_at_10_low"], exact["recall_at_10_high"]) == (1, 1, 1)
    assert exact["change_auc"] is None  # NaN is not JSON


def test_bytes_on_disk_are_those_of_a_cube_that_is_really_written(told, island):
    _, found, _ = told
    rows = {row["codec"]: row for row in found["rows"]}
    year = ex.open_cube(island).sel(time=[2024])
    assert rows["binary"]["bytes_on_disk"] == pytest.approx(written_bytes(year.emb.encode("binary")), rel=0.02)
    assert rows["float32"]["bytes_on_disk"] > rows["int8"]["bytes_on_disk"] > rows["binary"]["bytes_on_disk"]


def test_a_search_in_two_stages_counts_both_tiers(told, island):
    _, found, _ = told
    rows = {row["codec"]: row for row in found["rows"]}
    one, two = rows["binary"], rows["binary, 200 re-checked"]
    assert (one["bytes_per_pixel"], two["bytes_per_pixel"], two["bytes_scanned_per_pixel"]) == (8, 72, 8)
    own = written_bytes(ex.open_cube(island).sel(time=[2024]))
    assert two["bytes_on_disk"] == pytest.approx(one["bytes_on_disk"] + own, rel=0.01)


def test_the_table_fits_a_hundred_columns_and_says_what_the_json_says(told):
    result, found, _ = told
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 100
    assert "…" not in result.out
    for row in found["rows"]:
        assert any(f"{row['recall_at_10']:.3f}" in line for line in lines)
    assert "Intrinsic dimension" in result.out


def test_the_page_stands_alone_and_says_what_it_was_measured_on(told):
    _, found, html = told
    assert html.startswith("<!doctype html>")
    assert "http" not in html
    for words in (
        f"{found['about']['tested_pixels']:,} pixels",
        "EPSG:32631",
        "int2",
        found["about"]["versions"]["numpy"],
    ):
        assert words in html


def test_labels_add_accuracies_the_worst_class_and_a_control(run, island, tmp_path):
    truth = ex.null_island_truth()
    places = truth.classes.sel(time=2024).isel(y=slice(64, 128, 2), x=slice(64, 128, 2))
    points = places.to_series().rename("label").reset_index()
    import geopandas as gpd

    table = gpd.GeoDataFrame(
        {"label": [places.attrs["classes"][number] for number in points.label]},
        geometry=gpd.points_from_xy(points.x, points.y),
        crs=ex.null_island().emb.crs,
    )
    ex.write_labels(table, tmp_path / "labels.geojson")
    out = tmp_path / "out.json"
    result = run(
        "tradeoff", island, "--codecs", "float32,binary", "--labels", tmp_path / "labels.geojson", "--json", out
    )
    assert result.code == 0, result.err
    assert "Shuffled labels, as a control" in result.out
    assert max(map(len, result.out.splitlines())) <= 100
    found = json.loads(out.read_text())
    row = found["rows"][0]
    assert row["knn_accuracy_low"] <= row["knn_accuracy"] <= row["knn_accuracy_high"]
    assert row["linear_worst_class"] in found["about"]["classes"]


def test_a_codec_compared_with_itself_is_refused(run, island, tmp_path):
    assert "compared with itself" in run("tradeoff", island, "--codecs", "alphaearth").sentence
    ex.save_cube(ex.open_cube(island).emb.encode("int8"), tmp_path / "int8.zarr")
    result = run("tradeoff", tmp_path / "int8.zarr", "--codecs", "float32,int8")
    assert (result.code, "compared with itself" in result.sentence) == (1, True)


def test_nothing_is_measured_for_a_file_that_cannot_be_written(run, island, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("mine")
    assert "already exists" in run("tradeoff", island, "--json", out).sentence
    assert "ends in .html" in run("tradeoff", island, "--html", tmp_path / "out.pdf").sentence
    assert out.read_text() == "mine"
