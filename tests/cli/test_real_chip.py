"""The whole way on real AlphaEarth embeddings: file in; info, search, colors out."""

import json

import duckdb
import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rio_cogeo.cogeo import cog_validate

CHIP = "aef_wisconsin_2024_utm16n_10m.tif"
pytestmark = pytest.mark.real
ROUNDING = 130 * float(np.finfo(np.float32).eps)
"""A float32 dot product of 64 terms and two norms: at most 64 + 2 × 33 roundings of numbers below 1."""


@pytest.fixture(scope="module")
def chip(real_data):
    """Codes (64, rows, columns), transform and CRS, as rasterio reads them."""
    with rasterio.open(real_data / CHIP) as file:
        return file.read(), file.transform, file.crs


@pytest.fixture(scope="module")
def cube(real_data, tmp_path_factory, program):
    out = tmp_path_factory.mktemp("chip") / "w.zarr"
    result = program("ingest", out, real_data / CHIP, "--year", 2024)
    assert result.code == 0, result.err
    return out


@pytest.fixture(scope="module")
def place(chip):
    """A pixel inside, and its center in degrees."""
    codes, transform, crs = chip
    row, column = codes.shape[1] // 2, codes.shape[2] // 3
    x, y = (
        transform @ (column + 0.5, row + 0.5)
        if hasattr(transform, "__matmul__")
        else transform * (column + 0.5, row + 0.5)
    )
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return row, column, lon, lat


def oracle(chip, row, column):
    """Cosine similarity in float64 with one pixel, by AlphaEarth's own formula."""
    codes = chip[0].astype(np.float64)
    vectors = np.sign(codes) * (codes / 127.5) ** 2
    vectors /= np.linalg.norm(vectors, axis=0)
    return np.einsum("b,byx->yx", vectors[:, row, column], vectors)


@pytest.fixture(scope="module")
def searched(cube, place, program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    scores, hits = folder / "scores.tif", folder / "hits.parquet"
    _, _, lon, lat = place
    result = program("search", cube, "--at", f"{lon},{lat}", "--top", 20, "--out", scores, "--hits", hits)
    assert result.code == 0, result.err
    return result, scores, hits


def test_info_says_what_the_chip_is(cube, run):
    found = json.loads(run("info", cube, "--json", "--verify").out)
    assert found["years"] == [2024]
    assert found["dimensions"] == 64
    assert found["crs"] == "EPSG:32616"
    assert found["shape"] == [97, 98]
    assert found["tiers"]["embeddings"]["codec"]["name"] == "alphaearth"
    assert found["coverage"] == {"2024": 1.0}
    assert "Google DeepMind" in found["attribution"]
    assert found["bytes_as_codes"] == 64 * 97 * 98
    assert found["ratio"] > 4
    assert found["broken_chunks"] == []


def test_scores_are_the_oracles_in_a_valid_cog_on_the_chips_own_pixels(searched, chip, place):
    _, scores, _ = searched
    _, transform, crs = chip
    assert cog_validate(str(scores), strict=True) == (True, [], [])
    with rasterio.open(scores) as file:
        values = file.read(1)
        assert (file.transform, file.crs) == (transform, crs)
        assert "Google DeepMind" in file.tags()["TIFFTAG_COPYRIGHT"]
    expected = oracle(chip, *place[:2])
    assert np.abs(values - expected).max() < ROUNDING


def test_the_query_pixel_ranks_first_and_the_list_is_the_oracles(searched, chip, place):
    _, _, path = searched
    hits = gpd.read_parquet(path)
    row, column, lon, lat = place
    assert len(hits) == 20
    first = hits.iloc[0]
    assert first["rank"] == 1
    assert first["similarity"] == pytest.approx(1, abs=ROUNDING)
    assert (first.geometry.x, first.geometry.y) == pytest.approx((lon, lat), abs=1e-9)
    best = np.sort(oracle(chip, row, column), axis=None)[::-1][:20]
    np.testing.assert_allclose(hits["similarity"], best, atol=ROUNDING)


def test_every_hit_lies_within_half_a_pixel_of_its_pixel_after_a_round_trip(searched, chip, place):
    _, _, path = searched
    _, transform, crs = chip
    hits = gpd.read_parquet(path)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(hits.geometry.x, hits.geometry.y)
    rows, columns = rasterio.transform.rowcol(transform, x, y)
    center_x, center_y = rasterio.transform.xy(transform, rows, columns)
    assert np.abs(x - center_x).max() < 5
    assert np.abs(y - center_y).max() < 5
    np.testing.assert_allclose(np.column_stack([x, y]), hits[["x", "y"]], atol=1e-3)
    scores = oracle(chip, *place[:2])[rows, columns]
    np.testing.assert_allclose(scores, hits["similarity"], atol=ROUNDING)


def test_duckdb_reads_the_hits(searched):
    _, _, path = searched
    ((count, best),) = duckdb.execute("select count(*), max(similarity) from read_parquet(?)", [str(path)]).fetchall()
    assert count == 20
    assert best == pytest.approx(1, abs=1e-5)


def test_the_printed_table_lists_the_hits(searched):
    result, scores, hits = searched
    lines = result.out.splitlines()
    assert lines[1].split() == ["rank", "similarity", "lon", "lat", "x", "y"]
    assert lines[2].split()[:2] == ["1", "1.0000"]
    assert len(lines) == 22
    assert scores.name in result.err
    assert hits.name in result.err


def test_colors_are_a_valid_cog_of_three_bytes_a_pixel(cube, run, tmp_path):
    out = tmp_path / "rgb.tif"
    assert run("rgb", cube, "--out", out).code == 0
    assert cog_validate(str(out), strict=True) == (True, [], [])
    with rasterio.open(out) as file:
        colors = file.read()
        assert file.nodata == 0
        assert (file.count, file.dtypes[0], file.shape) == (3, "uint8", (97, 98))
    assert colors.min() >= 1
    assert all(np.ptp(band) > 200 for band in colors), "each component uses its stretch"


def test_places_typed_as_they_are_written_work_without_an_equals_sign(cube, run, place):
    """`--at -88.7,44.2` is no option."""
    _, _, lon, lat = place
    assert lon < 0
    assert run("search", cube, "--at", f"{lon:.5f},{lat:.5f}", "--top", 1).code == 0


def test_a_box_that_begins_with_a_minus_crops_an_ingest(real_data, run, tmp_path, place):
    _, _, lon, lat = place
    box = f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}"
    assert run("ingest", tmp_path / "small.zarr", real_data / CHIP, "--year", 2024, "--bbox", box).code == 0
    found = json.loads(run("info", tmp_path / "small.zarr", "--json").out)
    # 0.002° are 160 m by 222 m here, and pixels of 10 m that touch the box are kept.
    assert 16 <= found["shape"][1] <= 19
    assert 22 <= found["shape"][0] <= 25


def test_a_binary_chip_is_searched_with_the_same_words(cube, run, tmp_path, place):
    _, _, lon, lat = place
    small = tmp_path / "bits.zarr"
    assert run("encode", cube, small, "--codec", "binary").code == 0
    result = run("search", small, "--at", f"{lon},{lat}", "--top", 3)
    assert result.code == 0, result.err
    assert result.out.splitlines()[2].split()[0] == "1"
