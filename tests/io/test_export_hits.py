"""Hits in each format, read back by the programs that users have: geopandas, DuckDB, pandas, a JSON parser."""

import json

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from embexplore.errors import AlreadyExists, InvalidInput
from embexplore.io.export import write_hits

STAMP = {"source": "made for a test", "model": "Null Island", "years": "2024", "attribution": '© Nobody, "quoted"'}


@pytest.fixture
def hits():
    lon, lat = np.array([0.12, 0.121, -0.5]), np.array([0.11, 0.111, -45.25])
    columns = {"rank": [1, 2, 3], "similarity": np.float32([1, 0.9, 0.8]), "x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def test_geoparquet_reads_back_in_geopandas_as_it_was(tmp_path, hits):
    path = write_hits(hits, tmp_path / "hits.parquet", provenance=STAMP)
    back = gpd.read_parquet(path)
    assert_geodataframe_equal(back, hits)
    assert back.crs.to_epsg() == 4326


def test_geoparquet_has_a_true_geometry_column_as_duckdb_and_the_specification_see_it(tmp_path, hits):
    path = write_hits(hits, tmp_path / "hits.parquet", provenance=STAMP)
    footer = dict(duckdb.execute("select key::blob, value::blob from parquet_kv_metadata(?)", [str(path)]).fetchall())
    geo = json.loads(footer[b"geo"])
    column = geo["columns"][geo["primary_column"]]

    assert geo["primary_column"] == "geometry"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Point"]
    assert column["crs"]["id"] in ({"authority": "EPSG", "code": 4326}, {"authority": "OGC", "code": "CRS84"})
    assert json.loads(footer[b"embexplore"]) == STAMP

    options = "binary_as_string=false"
    rows = duckdb.execute(
        f"select rank, geometry::blob from read_parquet(?, {options}) order by rank", [str(path)]
    ).fetchall()
    points = [shapely.from_wkb(bytes(wkb)) for _, wkb in rows]
    assert [(point.x, point.y) for point in points] == [(0.12, 0.11), (0.121, 0.111), (-0.5, -45.25)]


def test_geojson_is_rfc_7946_with_provenance_beside_the_features(tmp_path, hits):
    path = write_hits(hits, tmp_path / "hits.geojson", provenance=STAMP)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    assert content["embexplore"] == STAMP
    first = content["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [0.12, 0.11]}
    assert first["properties"] == {"rank": 1, "similarity": 1.0, "x": 1.0, "y": 4.0}
    back = gpd.read_file(path)
    assert back.crs.to_epsg() == 4326
    np.testing.assert_array_equal(back.geometry.x, hits.geometry.x)


def test_csv_has_longitude_latitude_and_the_attribution_in_plain_columns(tmp_path, hits):
    path = write_hits(hits, tmp_path / "hits.csv", provenance=STAMP)
    back = pd.read_csv(path)
    assert list(back.columns) == ["rank", "similarity", "x", "y", "lon", "lat", *STAMP]
    np.testing.assert_array_equal(back[["lon", "lat"]], np.column_stack([hits.geometry.x, hits.geometry.y]))
    assert set(back["attribution"]) == {STAMP["attribution"]}


@pytest.mark.parametrize("ending", ["parquet", "geojson", "csv"])
def test_hits_in_another_crs_are_written_in_degrees(tmp_path, hits, ending):
    path = write_hits(hits.to_crs("EPSG:3857"), tmp_path / f"hits.{ending}", provenance=STAMP)
    if ending == "csv":
        table = pd.read_csv(path)
        lon, lat = table["lon"], table["lat"]
    else:
        table = gpd.read_parquet(path) if ending == "parquet" else gpd.read_file(path)
        lon, lat = table.geometry.x, table.geometry.y
    # A round trip through Mercator in float64: nanodegrees, a tenth of a millimeter.
    np.testing.assert_allclose(lon, hits.geometry.x, atol=1e-9)
    np.testing.assert_allclose(lat, hits.geometry.y, atol=1e-9)


@pytest.mark.parametrize("ending", ["parquet", "geojson", "csv"])
def test_no_hits_are_an_empty_file_that_still_reads(tmp_path, hits, ending):
    path = write_hits(hits.iloc[:0], tmp_path / f"none.{ending}", provenance=STAMP)
    read = {"parquet": gpd.read_parquet, "geojson": gpd.read_file, "csv": pd.read_csv}[ending]
    assert len(read(path)) == 0


def test_the_same_hits_give_the_same_bytes(tmp_path, hits):
    for ending in ("parquet", "geojson", "csv"):
        first = write_hits(hits, tmp_path / f"a.{ending}", provenance=STAMP)
        second = write_hits(hits, tmp_path / f"b.{ending}", provenance=STAMP)
        assert first.read_bytes() == second.read_bytes()


def test_another_ending_or_an_existing_file_is_refused_with_a_sentence(tmp_path, hits):
    with pytest.raises(
        InvalidInput, match=r"hits\.xlsx: hits are written as \.parquet, \.geojson or \.csv, not as \.xlsx"
    ):
        write_hits(hits, tmp_path / "hits.xlsx", provenance=STAMP)
    path = write_hits(hits, tmp_path / "hits.csv", provenance=STAMP)
    with pytest.raises(AlreadyExists, match="already exists"):
        write_hits(hits, path, provenance=STAMP)
    write_hits(hits.iloc[:1], path, provenance=STAMP, overwrite=True)
    assert len(pd.read_csv(path)) == 1
    assert list(tmp_path.iterdir()) == [path]
