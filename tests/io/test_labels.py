"""Labels on disk: a round trip keeps every name as text, and whatever is wrong is a sentence."""

import json

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embexplore.cube.grid import Grid
from embexplore.errors import AlreadyExists, InvalidInput, OutOfBounds, SourceUnavailable
from embexplore.io.labels import labels_geojson, read_labels, write_labels

NASTY = ["<img src=x onerror=alert(1)>", "Réservoir № 1", '"quoted", and\\back', "水", "a\tb"]


def feature(lon=0.12, lat=0.11, kind="Point", **properties):
    coordinates = [lon, lat] if kind == "Point" else [[lon, lat], [lon + 1, lat]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features, **members):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def table(names):
    shapes = gpd.points_from_xy([0.1 + number / 1000 for number in range(len(names))], [0.11] * len(names))
    return gpd.GeoDataFrame({"label": names, "year": [2024] * len(names)}, geometry=shapes, crs="EPSG:4326")


def test_names_come_back_as_they_were(tmp_path):
    points = table(NASTY)
    path = write_labels(points, tmp_path / "points.geojson", provenance={"source": "a test"})
    found = read_labels(path)
    assert list(found.label) == NASTY
    assert list(found.year) == [2024] * len(NASTY)
    assert found.crs == "EPSG:4326"
    assert found.geometry.geom_equals(points.geometry).all()
    assert json.loads(path.read_text())["embexplore"] == {"source": "a test"}


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), min_size=1, max_size=5))
def test_any_text_is_a_name(names):
    names = [name for name in names if name.strip()] or ["a"]
    found = read_labels(labels_geojson(table(names)).encode())
    assert list(found.label) == [name.strip() for name in names]


def test_points_in_another_crs_are_written_in_degrees(tmp_path):
    path = write_labels(table(["a"]).to_crs("EPSG:32631"), tmp_path / "points.geojson")
    assert read_labels(path).geometry.x[0] == pytest.approx(0.1, abs=1e-9)


def test_the_class_may_be_called_class_or_name():
    found = read_labels(collection(feature(**{"class": "lake"}), feature(name="sea"), feature(label=3, name="no")))
    assert list(found.label) == ["lake", "sea", "3"]
    assert "year" not in found


def test_one_feature_is_a_file_too():
    assert list(read_labels(json.dumps(feature(label="lake")).encode()).label) == ["lake"]


def test_a_file_is_not_overwritten_unless_asked(tmp_path):
    path = write_labels(table(["a"]), tmp_path / "points.geojson")
    with pytest.raises(AlreadyExists):
        write_labels(table(["b"]), path)
    write_labels(table(["b"]), path, overwrite=True)
    assert list(read_labels(path).label) == ["b"]
    assert [each.name for each in tmp_path.iterdir()] == ["points.geojson"]


WRONG = {
    "no JSON": (b"lon,lat,label\n1,2,a\n", "labels is not GeoJSON; nothing loaded"),
    "no text": (b"\x89PNG\xff\xfe", "labels is not GeoJSON; nothing loaded"),
    "deeply nested": (b"[" * 100_000, "labels is not GeoJSON; nothing loaded"),
    "another JSON": (b'{"a": 1}', "labels is not GeoJSON of labeled places; nothing loaded"),
    "a list": (b"[1, 2]", "labels is not GeoJSON of labeled places; nothing loaded"),
    "features that are none": (b'{"type": "FeatureCollection", "features": 5}', "is not GeoJSON of labeled places"),
    "nothing": (collection(), "labels holds 0 points; nothing loaded. Expected 1 to 100,000"),
    "lines": (collection(feature(kind="LineString", label="a")), "labels, point 1 is a LineString; nothing loaded"),
    "no geometry": (
        collection(feature(label="a"), {"type": "Feature", "properties": {"label": "b"}, "geometry": None}),
        "labels, point 2 is a feature without geometry; nothing loaded. Expected points",
    ),
    "no numbers": (
        collection({**feature(label="a"), "geometry": {"type": "Point", "coordinates": ["x", None]}}),
        "labels, point 1 has no readable coordinates",
    ),
    "meters": (collection(feature(lon=179_390, lat=12_170, label="a")), "lies at 179390, 12170; nothing loaded"),
    "not a number": (
        b'{"type": "Feature", "properties": {"label": "a"}, "geometry": {"type": "Point", "coordinates": [NaN, 0]}}',
        "lies at nan, 0; nothing loaded. Expected longitude and latitude in degrees",
    ),
    "another CRS": (
        collection(feature(label="a"), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}),
        "labels is in urn:ogc:def:crs:EPSG::32631; nothing loaded",
    ),
    "no class": (collection(feature(color="red")), "labels, point 1 has no class; nothing loaded"),
    "an empty class": (collection(feature(label="  ")), "labels, point 1 has no class"),
    "a class that is a list": (collection(feature(label=["a"])), "labels, point 1 has no class"),
    "a novel": (collection(feature(label="a" * 81)), "has a class of 81 characters; nothing loaded"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_a_sentence(what):
    content, message = WRONG[what]
    with pytest.raises(InvalidInput, match=message):
        read_labels(content)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"gone.geojson cannot be read: No such file"):
        read_labels(tmp_path / "gone.geojson")
    (tmp_path / "labels.txt").write_text("hello")
    with pytest.raises(InvalidInput, match=r"labels.txt is not GeoJSON; nothing loaded\."):
        read_labels(tmp_path / "labels.txt")


def test_points_off_the_cube_are_told():
    grid = Grid("EPSG:32631", (10.0, 0.0, 179_390.0, 0.0, -10.0, 12_180.0), (10, 10))
    lon, lat = (float(value) for value in grid.lonlat(grid.x[3], grid.y[3]))
    inside = feature(lon=lon, lat=lat, label="here")
    assert len(read_labels(collection(inside), grid=grid)) == 1
    with pytest.raises(
        OutOfBounds, match=r"field\.geojson: 1 of 2 points lie outside this cube, the first \(Paris\) at"
    ):
        read_labels(collection(inside, feature(2.35, 48.86, label="Paris")), grid=grid, name="field.geojson")


def test_a_table_without_labels_is_a_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="points have the columns geometry: expected `label`"):
        write_labels(table(["a"])[["geometry"]], tmp_path / "points.geojson")
