"""Areas from files: every kind that users have, and a sentence for each that cannot be used."""

import json

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, mapping

from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.areas import read_area

TOWN, FARM = box(0.10, 0.10, 0.11, 0.11), box(0.12, 0.10, 0.13, 0.11)


def feature(shape):
    return {"type": "Feature", "properties": {}, "geometry": mapping(shape) if shape is not None else None}


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection", "features": [feature(TOWN), feature(None), feature(FARM), feature(Point(0, 0))]},
        feature(MultiPolygon([TOWN, FARM])),
        mapping(MultiPolygon([TOWN, FARM])),
    ],
    ids=["collection", "feature", "geometry"],
)
def test_all_polygons_of_a_geojson_file_become_one_area(tmp_path, content):
    area = read_area(written(tmp_path / "area.geojson", content))
    assert area.equals(shapely.union(TOWN, FARM))


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet", "shp", "fgb"])
def test_an_area_in_another_crs_is_read_in_degrees_from_any_format(tmp_path, ending):
    table = gpd.GeoDataFrame({"name": ["town"]}, geometry=[TOWN], crs="EPSG:4326").to_crs("EPSG:32631")
    path = tmp_path / f"area.{ending}"
    if ending == "parquet":
        table.to_parquet(path)
    elif ending == "geojson":
        projected = json.loads(table.to_json()) | {
            "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
        }
        written(path, projected)
    else:
        table.to_file(path)
    # Every format keeps float64; a nanodegree, a tenth of a millimeter, is what the projection's inverse leaves.
    assert shapely.hausdorff_distance(read_area(path), TOWN) < 1e-9


def test_a_byte_order_mark_and_another_ending_do_no_harm(tmp_path):
    path = tmp_path / "area.txt"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(mapping(TOWN)).encode())
    assert read_area(path).equals(TOWN)


@pytest.mark.parametrize(
    "content",
    [
        "these are labels",
        "",
        "[1, 2]",
        "{}",
        '{"type": "FeatureCollection"}',
        '{"type": "Polygon", "coordinates": 3}',
        "null",
    ],
)
def test_a_file_that_is_not_geojson_is_named(tmp_path, content):
    with pytest.raises(InvalidInput, match=r"^labels\.txt is not GeoJSON; nothing was read"):
        read_area(written(tmp_path / "labels.txt", content))


def test_a_binary_file_is_not_geojson_either(tmp_path):
    path = tmp_path / "area.geojson"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(InvalidInput, match=r"area\.geojson is not GeoJSON"):
        read_area(path)


def test_each_unusable_area_is_refused_with_its_reason(tmp_path):
    bowtie = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    far = box(500_000, 0, 500_100, 100)
    for shape, sentence in [
        (Point(0, 0), "holds Point: expected at least one polygon"),
        (LineString([(0, 0), (1, 1)]), "holds LineString: expected"),
        (bowtie, "this area crosses itself .*draw it again"),
        (far, "expected degrees"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            read_area(written(tmp_path / "area.geojson", mapping(shape)))
    with pytest.raises(InvalidInput, match="holds nothing"):
        read_area(written(tmp_path / "area.geojson", {"type": "FeatureCollection", "features": []}))


def test_a_missing_file_and_broken_binary_formats_are_refused_by_name(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"missing\.geojson: no such file"):
        read_area(tmp_path / "missing.geojson")
    with pytest.raises(InvalidInput, match=r"a\.parquet is not GeoParquet"):
        read_area(written(tmp_path / "a.parquet", "nothing"))
    with pytest.raises(InvalidInput, match=r"a\.gpkg cannot be read"):
        read_area(written(tmp_path / "a.gpkg", "nothing"))
