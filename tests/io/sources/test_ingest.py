"""Files in, answers out: the real chip and a look-alike of the published COGs, against float64 arithmetic."""

import numpy as np
import pytest
import rasterio
from archive import unit_codes, write_tiff
from pyproj import Transformer

from embexplore.analysis.change import change
from embexplore.analysis.place import at
from embexplore.analysis.search import search
from embexplore.analysis.top import top
from embexplore.cube.build import grid_of
from embexplore.errors import AlreadyExists, CRSMismatch, InvalidInput, NoData, VariantMismatch
from embexplore.io.ingest import ingest
from embexplore.io.open import open_cube

PLACE = {"crs": "EPSG:32616", "left": 300_000.0, "top": 4_900_000.0}
# float32 dot products of 64 terms of unit vectors: 64 roundings of products and sums, and of the norms.
SCORE_BOUND = 3 * 64 * np.finfo(np.float32).eps


def unit_vectors(codes):
    """Decoded unit vectors `(64, …)` in float64; NaN where there is no data."""
    wide = codes.astype(np.float64)
    vectors = np.where((codes == -128).any(axis=0), np.nan, np.sign(wide) * (wide / 127.5) ** 2)
    return vectors / np.sqrt((vectors**2).sum(axis=0))


@pytest.fixture
def chip(real_data):
    path = real_data / "aef_wisconsin_2024_utm16n_10m.tif"
    with rasterio.open(path) as dataset:
        yield path, dataset.read(), dataset.transform


def test_the_real_chip_answers_as_float64_does(chip, tmp_path):
    path, codes, transform = chip
    cube = open_cube(ingest(tmp_path / "w.zarr", [path], year=2024))
    raw = np.sign(codes.astype(float)) * (codes / 127.5) ** 2
    norms = np.sqrt((raw**2).sum(axis=0))
    assert 0.99 < norms.min() <= norms.max() < 1.01

    row, column = 40, 60
    x, y = transform.c + 10 * (column + 0.5), transform.f - 10 * (row + 0.5)
    lon, lat = Transformer.from_crs("EPSG:32616", "EPSG:4326", always_xy=True).transform(x, y)
    query = at(cube, lon=lon, lat=lat, year=2024)
    vectors = unit_vectors(codes)
    np.testing.assert_allclose(query, vectors[:, row, column], rtol=0, atol=4 * np.finfo(np.float32).eps)
    score = search(cube, query, year=2024).compute()
    oracle = np.einsum("dyx,d->yx", vectors, vectors[:, row, column])
    assert np.abs(score.values - oracle).max() <= SCORE_BOUND
    assert np.unravel_index(int(score.values.argmax()), score.shape) == (row, column)

    hits = top(cube, score, k=20)
    best = np.argsort(-oracle, axis=None, kind="stable")[:20]
    assert np.abs(np.sort(hits["similarity"])[::-1] - oracle.ravel()[best]).max() <= SCORE_BOUND
    back = Transformer.from_crs("EPSG:4326", "EPSG:32616", always_xy=True).transform(hits.geometry.x, hits.geometry.y)
    rows, columns = np.floor((transform.f - back[1]) / 10), np.floor((back[0] - transform.c) / 10)
    assert np.abs(back[0] - hits["x"]).max() < 5, "half a pixel"
    assert np.abs(back[1] - hits["y"]).max() < 5
    assert (oracle[rows.astype(int), columns.astype(int)] >= oracle.ravel()[best[-1]] - SCORE_BOUND).all()


def test_two_years_of_published_cogs_over_http_give_float64s_change(chip, tmp_path, serve, rng):
    """South-up, bands apart, 1024-blocks, ZSTD, ModelTransformation; −128 somewhere in each year."""
    _, first, transform = chip
    vectors = unit_vectors(first) + rng.normal(scale=0.02, size=first.shape)
    vectors /= np.sqrt((vectors**2).sum(axis=0))
    second = np.clip(np.round(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127).astype(np.int8)
    first, gone = first.copy(), (slice(None), slice(10, 14), slice(20, 31))
    first[gone] = -128
    second[7, 50, 51] = -128
    place = {"crs": "EPSG:32616", "left": transform.c, "top": transform.f}
    for year, codes in ((2023, first), (2024, second)):
        path = write_tiff(tmp_path / "annual" / str(year) / "16N" / "a.tiff", codes, **place)
        with rasterio.open(path) as dataset:
            assert dataset.transform.e > 0
            assert dataset.block_shapes[0] == (1024, 1024)
            assert dataset.interleaving.name == "band"
            assert dataset.compression.name == "zstd"
        with path.open("rb") as stream:
            assert b"\xd8\x85" in stream.read(4096), "tag 34264, ModelTransformation, little-endian"
    server = serve(tmp_path / "annual")
    files = [f"{server.url}/{year}/16N/a.tiff" for year in (2023, 2024)]
    cube = open_cube(ingest(tmp_path / "c.zarr", files))
    assert list(cube.time) == [2023, 2024]
    assert grid_of(cube).transform == (10, 0, transform.c, 0, -10, transform.f)

    answer = change(cube, 2023, 2024).compute().values
    oracle = 1 - (unit_vectors(first) * unit_vectors(second)).sum(axis=0)
    missing = np.isnan(oracle)
    assert missing.sum() == 4 * 11 + 1
    np.testing.assert_array_equal(np.isnan(answer), missing)
    assert np.abs(answer - oracle)[~missing].max() <= SCORE_BOUND
    for year, codes in ((2023, first), (2024, second)):
        none = (codes == -128).any(axis=0)
        score = search(cube, unit_vectors(first)[:, 0, 0].astype(np.float32), year=year).compute().values
        np.testing.assert_array_equal(np.isnan(score), none)


def test_years_are_added_one_by_one_and_replaced_only_when_asked(tmp_path, rng):
    codes = {year: unit_codes(rng, 20, 30) for year in (2020, 2021)}
    files = {
        year: write_tiff(tmp_path / str(year) / "a.tiff", values, block=16, **PLACE) for year, values in codes.items()
    }
    out = ingest(tmp_path / "c.zarr", files[2021])
    with pytest.raises(AlreadyExists, match=r"already has 2021.*--overwrite"):
        ingest(out, files[2021])
    ingest(out, files[2020])
    np.testing.assert_array_equal(open_cube(out).embeddings.values, [codes[2020], codes[2021]])
    ingest(out, files[2020], year=2021, overwrite=True)
    np.testing.assert_array_equal(open_cube(out).embeddings.values, [codes[2020], codes[2020]])


def test_what_does_not_fit_a_cube_is_refused_and_leaves_it_as_it_was(tmp_path, rng):
    out = ingest(
        tmp_path / "c.zarr", write_tiff(tmp_path / "a.tiff", unit_codes(rng, 20, 30), block=16, **PLACE), year=2020
    )
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    moved = PLACE | {"left": PLACE["left"] + 10}
    shifted = write_tiff(tmp_path / "b.tiff", unit_codes(rng, 20, 30), block=16, **moved)
    other = write_tiff(
        tmp_path / "f.tiff", rng.normal(size=(64, 20, 30)).astype(np.float32), block=16, nodata=None, **PLACE
    )
    with pytest.raises(CRSMismatch):
        ingest(out, shifted, year=2021)
    with pytest.raises(VariantMismatch):
        ingest(out, other, year=2021)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_bad_files_leave_nothing_behind(tmp_path, rng):
    empty = write_tiff(tmp_path / "empty.tiff", np.full((64, 20, 30), -128, np.int8), block=16, **PLACE)
    linear = write_tiff(
        tmp_path / "linear.tiff", rng.integers(-20, 20, (64, 20, 30)).astype(np.int8), block=16, **PLACE
    )
    for number, (file, error, said) in enumerate(
        [(empty, NoData, r"every pixel of alphaearth is no data"), (linear, InvalidInput, r"not AlphaEarth's")]
    ):
        with pytest.raises(error, match=said):
            ingest(tmp_path / f"{number}.zarr", file, year=2024)
        assert not list(tmp_path.glob(f"{number}.zarr*"))
        good = write_tiff(tmp_path / "good.tiff", unit_codes(rng, 20, 30), block=16, **PLACE)
        ingest(tmp_path / f"{number}.zarr", good, year=2024)


def test_a_neighbor_zone_is_said_and_stamped_on_the_cube(tmp_path, rng):
    a = write_tiff(
        tmp_path / "2024/a.tiff", unit_codes(rng, 40, 40), crs="EPSG:32616", left=740_200, top=4_876_000, block=16
    )
    left, top = Transformer.from_crs("EPSG:32616", "EPSG:32617", always_xy=True).transform(740_500, 4_876_000)
    b = write_tiff(
        tmp_path / "2024/b.tiff",
        unit_codes(rng, 60, 60),
        crs="EPSG:32617",
        left=round(left, -1),
        top=round(top, -1),
        block=16,
    )
    lon, lat = Transformer.from_crs("EPSG:32616", "EPSG:4326", always_xy=True).transform(740_400, 4_875_800)
    bbox = (lon - 0.002, lat - 0.001, lon + 0.004, lat + 0.001)
    said = []
    out = ingest(tmp_path / "c.zarr", [a, b], bbox=bbox, say=said.append)
    assert "1 file of another grid (EPSG:32617) read onto EPSG:32616 with nearest." in said
    assert "with nearest" in open_cube(out).attrs["embexplore"]["provenance"]["source"]
    with pytest.warns(UserWarning, match=r"with nearest"):
        ingest(tmp_path / "d.zarr", [a, b], bbox=bbox)


def test_a_year_has_four_digits(tmp_path):
    with pytest.raises(InvalidInput, match="year=99999: expected a calendar year of four digits"):
        ingest(tmp_path / "w.zarr", [tmp_path / "tile.tif"], year=99999)
