"""`evaluate` on a small Null Island: the rows of the accessor, printed and as JSON."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import embexplore as ex
from embexplore.io.labels import write_labels


@pytest.fixture
def points():
    """Sixty places of the small island, east and west."""
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(0.1175, 0.1225, 60), rng.uniform(0.1075, 0.1125, 60)
    label = np.where(lon < 0.12, "west", "east")
    return gpd.GeoDataFrame({"label": label}, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def test_evaluate_prints_and_writes_what_the_cube_answers(run, island, points, tmp_path):
    out, labels = tmp_path / "rows.json", write_labels(points, tmp_path / "labels.geojson")
    done = run("evaluate", island, labels, "--codecs", "float32,int2", "--block", "80", "--json", out)
    assert done.code == 0, done.err
    expected = ex.open_cube(island).emb.evaluate(points, codecs=["float32", "int2"], block=80, random_state=0)
    rows = json.loads(out.read_text())["rows"]
    assert [row["accuracy"] for row in rows] == pytest.approx(expected.accuracy.to_list(), rel=1e-14)
    assert [row["worst_class"] for row in rows] == expected.worst_class.to_list()
    shown = done.out.splitlines()
    assert shown[0].split()[:3] == ["codec", "bytes", "method"]
    assert len(shown) == 1 + len(expected) == 9
    assert f"{expected.attrs['points']} points in {expected.attrs['groups']} blocks" in done.err


def test_evaluate_refuses_what_it_cannot_do(run, island, points, tmp_path):
    labels = write_labels(points, tmp_path / "labels.geojson")
    assert "int9" in run("evaluate", island, labels, "--codecs", "int9").sentence
    assert ".json" in run("evaluate", island, labels, "--json", tmp_path / "rows.csv").sentence
    assert "no such file" in run("evaluate", island, tmp_path / "none.geojson").sentence
    assert "one block" in run("evaluate", island, labels, "--block", "10000000").sentence


@pytest.fixture
def fields(points):
    """The same places as squares of 40 m, a row for each class of `points`."""
    return points.set_geometry(points.to_crs("EPSG:32631").buffer(20, cap_style="square").to_crs("EPSG:4326"))


@pytest.mark.parametrize("ending", ["geojson", "parquet"])
def test_polygons_count_once_with_the_mean_of_their_pixels(run, island, points, fields, tmp_path, ending):
    out, labels = tmp_path / "rows.json", tmp_path / f"fields.{ending}"
    named = fields.rename(columns={"label": "class"})
    named.to_parquet(labels) if ending == "parquet" else named.to_file(labels)
    options = ["--codecs", "float32,int2", "--block", "80", "--json", out]
    done = run("evaluate", island, labels, *options)
    assert done.code == 0, done.err
    expected = ex.open_cube(island).emb.evaluate(fields, codecs=["float32", "int2"], block=80, random_state=0)
    rows = json.loads(out.read_text())["rows"]
    # The same squares but for seven digits of a degree, a centimeter: no pixel's center lies so close to an edge.
    assert [row["accuracy"] for row in rows] == pytest.approx(expected.accuracy.to_list(), rel=1e-14)
    of_points = ex.open_cube(island).emb.evaluate(points, codecs=["float32", "int2"], block=80, random_state=0)
    assert expected.accuracy.to_list() != of_points.accuracy.to_list()
    assert f"{len(fields)} polygons in {expected.attrs['groups']} blocks of 80 m." in done.err


def test_points_and_polygons_may_lie_in_one_file(run, island, points, fields, tmp_path):
    both = pd.concat([points, fields], ignore_index=True)
    both.to_file(tmp_path / "both.geojson")
    done = run("evaluate", island, tmp_path / "both.geojson", "--codecs", "float32", "--block", "80")
    assert (done.code, "120 points and polygons" in done.err) == (0, True)


def test_polygons_that_cannot_be_cut_out_are_named(run, island, fields, tmp_path):
    path = tmp_path / "fields.geojson"
    sliver = fields.geometry.iloc[1].centroid.buffer(1e-7)
    wrong = {
        f"polygon 2 ({fields.label[1]}): This area holds no pixel center": sliver,
        f"polygon 2 ({fields.label[1]}): This area, (50.0000": shapely.box(50, 50, 51, 51),
        "fields.geojson, feature 2 is no area (Self-intersection": shapely.Polygon(
            [(0.119, 0.109), (0.121, 0.111), (0.121, 0.109), (0.119, 0.111)]
        ),
        "fields.geojson, feature 2 is a LineString; nothing loaded. Expected points or polygons": shapely.LineString(
            [(0.119, 0.109), (0.121, 0.111)]
        ),
    }
    for words, shape in wrong.items():
        fields.loc[1, "geometry"] = shape
        fields.to_file(path)
        assert words in run("evaluate", island, path).sentence
    fields.drop(columns="label").drop(index=1).to_file(path)
    assert "feature 1 has no class" in run("evaluate", island, path).sentence
