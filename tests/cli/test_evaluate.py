"""`evaluate` on a small Null Island: the rows of the accessor, printed and as JSON."""

import json

import geopandas as gpd
import numpy as np
import pytest

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
    assert "cannot be read" in run("evaluate", island, tmp_path / "none.geojson").sentence
    assert "one block" in run("evaluate", island, labels, "--block", "10000000").sentence
