"""`fetch` from a localhost archive of AlphaEarth's own layout: what is said, asked for, resumed and written."""

import csv
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from archive import ANNUAL, BUCKET, SIZE, unit_codes, write_sparse_tile
from pyproj import Transformer

from embexplore.cube.build import grid_of
from embexplore.errors import InvalidInput, OutOfBounds, SourceUnavailable
from embexplore.io import index
from embexplore.io.fetch import fetch
from embexplore.io.open import open_cube
from embexplore.io.sources import address

ROOT = f"{BUCKET}/{ANNUAL}"
YEARS = range(2018, 2025)
SEAM_X, SEAM_Y = Transformer.from_crs("EPSG:4326", "EPSG:32616", always_xy=True).transform(-84, 44)
EAST_X, EAST_Y = Transformer.from_crs("EPSG:4326", "EPSG:32617", always_xy=True).transform(-84, 44)
# Tile a ends 1,500 m west of the seam at 84°W, where tile b begins, 37 pixels further north; c lies in zone 17.
B_LEFT, B_TOP = round(SEAM_X - 1500, -1), round(SEAM_Y + 12_000, -1)
A_LEFT, A_TOP = B_LEFT - 10 * SIZE, B_TOP - 370
C_LEFT, C_TOP = round(EAST_X - 5000, -1), round(EAST_Y + 12_000, -1)
BBOX = (-84.03, 43.995, -83.99, 44.005)


def degrees(crs, left, top):
    corners = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform_bounds(
        left, top - 10 * SIZE, left + 10 * SIZE, top
    )
    return dict(zip(index.EDGES, corners, strict=True))


TILES = {
    "a": ("16N", "EPSG:32616", A_LEFT, A_TOP),
    "b": ("16N", "EPSG:32616", B_LEFT, B_TOP),
    "c": ("17N", "EPSG:32617", C_LEFT, C_TOP),
}


def index_rows(rng, count=1000):
    """All years of the three tiles, and files elsewhere up to `count`."""
    rows = []
    for number in range(count):
        year, place = (YEARS[number // 3], "abc"[number % 3]) if number < 3 * len(YEARS) else (2018 + number % 7, None)
        if place:
            zone, crs, left, top = TILES[place]
            edges = degrees(crs, left, top)
        else:
            zone, west, south = "33N", rng.uniform(0, 100), rng.uniform(-60, 60)
            edges = dict(zip(index.EDGES, (west, south, west + 1, south + 1), strict=True))
        key = f"{year}/{zone}/{place or f'x{number}'}-0000000000-0000000000.tiff"
        rows.append(
            {"fid": number, "year": year, "utm_zone": zone, "path": f"s3://{ROOT}/{key}", **edges}
            | {"geometry": shapely.box(*(edges[edge] for edge in index.EDGES)).segmentize(0.02)}
        )
    return rows


@pytest.fixture(scope="module")
def patches():
    """Codes around the seam by year and tile: (row, column, codes)."""
    rng = np.random.default_rng(0)
    width = int((SEAM_X - B_LEFT) // 10) + 20  # tile b's data end about 200 m east of the seam
    return {
        year: {
            "a": (1100, SIZE - 120, unit_codes(rng, 140, 120)),
            "b": (1130, 0, unit_codes(rng, 150, width)),
            "c": (1100, 400, unit_codes(rng, 200, 250)),
        }
        for year in (2018, 2019)
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory, patches):
    folder = tmp_path_factory.mktemp("archive")
    root = folder / ROOT
    for year in YEARS:
        for name, (zone, crs, left, top) in TILES.items():
            key = f"{zone}/{name}-0000000000-0000000000.tiff"
            if year in patches:
                write_sparse_tile(root / str(year) / key, crs=crs, left=left, top=top, patches=[patches[year][name]])
            else:
                (root / str(year) / zone).mkdir(parents=True, exist_ok=True)
                os.link(root / "2018" / key, root / str(year) / key)
    rows = index_rows(np.random.default_rng(1))
    table = pa.Table.from_pylist([row | {"geometry": shapely.to_wkb(row["geometry"])} for row in rows])
    pq.write_table(table, root / "aef_index.parquet", row_group_size=200)
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEXPLORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(address, "FIRST_WAIT", 0.01)


def expected(grid, patches):
    """What the cube must hold: tiles a and b copied, c by the pixel that contains each center."""
    rows, columns = grid.shape
    whole = np.full((64, rows, columns), -128, np.int8)
    x, y = np.meshgrid(grid.x, grid.y)
    u, v = Transformer.from_crs(grid.crs, "EPSG:32617", always_xy=True).transform(x, y)
    for name, px, py in (("c", u, v), ("b", x, y), ("a", x, y)):
        _, _, left, top = TILES[name]
        row, column, codes = patches[name]
        r = np.floor((top - py) / 10).astype(int) - row
        c = np.floor((px - left) / 10).astype(int) - column
        inside = (r >= 0) & (r < codes.shape[1]) & (c >= 0) & (c < codes.shape[2])
        whole[:, inside] = codes[:, r[inside], c[inside]]
    return whole


def test_a_place_on_a_zone_edge_is_fetched_and_its_cost_is_said_before(archive, serve, tmp_path, patches):
    server = serve(archive)
    said, read_before = [], []

    def say(text):
        said.append(text)
        read_before.append(server.bytes)

    out = fetch(
        "alphaearth", tmp_path / "c.zarr", bbox=BBOX, years=range(2017, 2020), root=f"{server.url}/{ROOT}", say=say
    )
    cube = open_cube(out)
    grid = grid_of(cube)
    assert list(cube.time) == [2018, 2019]
    assert grid.crs == "EPSG:32616"
    for year in (2018, 2019):
        codes = expected(grid, patches[year])
        np.testing.assert_array_equal(cube.embeddings.sel(time=year).values, codes)
        sources = {
            name: (
                expected(grid, patches[year] | {k: (0, 0, v[2][:, :0]) for k, v in patches[year].items() if k != name})[
                    0
                ]
                != -128
            ).sum()
            for name in "abc"
        }
        assert min(sources.values()) > 1000, "each of the three tiles is needed"

    assert said[0] == "2017 is not in the archive: starting with 2018, its first year here."
    columns, rows = grid.shape[1], grid.shape[0]
    assert f"2018, 2019: {columns} × {rows} pixels × 2 years" in said[1]
    assert "6 files" in said[1]
    assert said[2] == "2 files of another grid (EPSG:32617) read onto EPSG:32616 with nearest."
    assert "2 files of another grid" in cube.attrs["embexplore"]["provenance"]["source"]

    stated = float(said[1].split("about ")[1].split(" MB")[0]) * 1e6
    headers = read_before[1]
    blocks = len(server.gets("tiff"))
    downloaded = server.bytes - headers
    figures = f"stated {stated:,.0f} bytes; headers {headers:,}, data {downloaded:,} in {blocks} requests"
    print(f"\n{figures}")
    # A block costs up to one 16 kB page at either end; handles beyond a file's first read its header again.
    assert downloaded <= stated + 50_000 + blocks * 2 * 16_384
    assert headers <= 6 * 4 * 131_072 + (archive / ROOT / "aef_index.parquet").stat().st_size
    assert not [entry for entry in server.gets("tiff") if not ("/2018/" in entry["path"] or "/2019/" in entry["path"])]
    assert all("embexplore" in entry["agent"] for entry in server.log)


def test_only_the_columns_of_the_index_that_matter_are_read_and_once(archive, serve):
    server = serve(archive)
    file = f"{server.url}/{ROOT}/aef_index.parquet"
    entries = index.read_index(file, BBOX)
    assert {(entry.year, entry.path[-28]) for entry in entries} == {(year, tile) for year in YEARS for tile in "abc"}
    size = (archive / ROOT / "aef_index.parquet").stat().st_size
    first = server.bytes
    print(f"\nindex of {size:,} bytes: {first:,} bytes read in {server.requests} requests")
    assert first < size
    assert index.read_index(file, BBOX) == entries
    assert server.bytes == first, "the second time, only its ETag is asked for"
    os.utime(archive / ROOT / "aef_index.parquet")
    index.read_index(file, BBOX)
    assert server.bytes > first


@pytest.mark.parametrize("variant", ["csv", "csv without bounds", "geom", "gpkg", "gs"])
def test_every_variant_of_the_index_answers_the_same(archive, tmp_path, variant):
    rows = index_rows(np.random.default_rng(1))
    wanted = index.read_index(str(archive / ROOT / "aef_index.parquet"), BBOX)
    if variant == "gpkg":
        import geopandas

        file = tmp_path / "aef_index.gpkg"
        geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326").to_file(file)
    elif variant.startswith("csv"):
        file = tmp_path / "aef_index.csv"
        dropped = {"geometry"} if variant == "csv" else {"geometry", *index.EDGES}
        with file.open("w", newline="") as stream:
            told = [{k: v for k, v in row.items() if k not in dropped} | {"WKT": row["geometry"].wkt} for row in rows]
            writer = csv.DictWriter(stream, told[0].keys())
            writer.writeheader()
            writer.writerows(told)
    else:
        file = tmp_path / "aef_index.parquet"
        told = [{k: v for k, v in row.items() if k not in ("geometry", *index.EDGES)} for row in rows]
        path = "location" if variant == "gs" else "path"
        table = [
            row | {"geom": shapely.to_wkb(old["geometry"]), path: row["path"]}
            for row, old in zip(told, rows, strict=True)
        ]
        pq.write_table(pa.Table.from_pylist(table), file)
    found = index.read_index(str(file), BBOX)
    assert [(entry.year, entry.path) for entry in found] == [(entry.year, entry.path) for entry in wanted]
    np.testing.assert_allclose([entry.bbox for entry in found], [entry.bbox for entry in wanted], rtol=0, atol=1e-12)


def test_an_index_without_the_columns_names_what_is_missing(tmp_path):
    pq.write_table(pa.table({"fid": [1], "year": [2018], "crs": ["EPSG:32616"]}), tmp_path / "aef_index.parquet")
    with pytest.raises(InvalidInput, match=r"lacks path, wgs84_west… or geometry"):
        index.read_index(str(tmp_path / "aef_index.parquet"), BBOX)
    with pytest.raises(SourceUnavailable, match="holds no index"):
        index.find_index(str(tmp_path / "nowhere"))


def test_keys_of_the_index_are_found_under_any_root():
    path = "gs://alphaearth_foundations/satellite_embedding/v1/annual/2018/10N/x2-0000000000-0000000000.vrt"
    assert index.address_under("/mirror/", path) == "/mirror/2018/10N/x2-0000000000-0000000000.tiff"
    assert index.address_under("s3://b/k", path).startswith("s3://b/k/2018/10N/")


def test_years_and_places_that_the_archive_lacks_are_said(archive, tmp_path):
    root = str(archive / ROOT)
    with pytest.raises(InvalidInput, match=r"years 2030: the archive has 2018–2024 here"):
        fetch("alphaearth", tmp_path / "c.zarr", bbox=BBOX, years=2030, root=root)
    with pytest.raises(OutOfBounds, match="AlphaEarth has no data there"):
        fetch("alphaearth", tmp_path / "c.zarr", bbox=(-30, 0, -29, 1), years=2018, root=root)
    with pytest.raises(InvalidInput, match="cannot be fetched: choose one of alphaearth"):
        fetch("sentinel", tmp_path / "c.zarr", bbox=BBOX, years=2018, root=root)
    assert not list(tmp_path.glob("c.zarr*"))


def test_a_fetch_whose_server_dies_resumes_and_ends_the_same(archive, serve, tmp_path, patches):
    server = serve(archive)
    options = {"bbox": BBOX, "years": (2018, 2019), "root": f"{server.url}/{ROOT}"}
    whole = fetch("alphaearth", tmp_path / "whole.zarr", **options)
    total = server.bytes
    deaths = 0
    for share in (0.4, 0.75):
        server.die(after=int(share * total))
        with pytest.raises(SourceUnavailable, match="does not answer"):
            fetch("alphaearth", tmp_path / "c.zarr", **options)
        deaths += 1
        assert not (tmp_path / "c.zarr").exists()
        server.revive()
    out = fetch("alphaearth", tmp_path / "c.zarr", **options)
    assert deaths == 2

    def content(folder):
        return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    assert content(out) == content(whole)
    np.testing.assert_array_equal(
        open_cube(out).embeddings.sel(time=2019).values, expected(grid_of(open_cube(out)), patches[2019])
    )


def test_a_later_fetch_adds_the_years_that_the_cube_lacks(archive, tmp_path):
    options = {"bbox": BBOX, "root": str(archive / ROOT)}
    fetch("alphaearth", tmp_path / "c.zarr", years=2018, **options)
    out = fetch("alphaearth", tmp_path / "c.zarr", years=(2019, 2024), **options)
    assert list(open_cube(out).time) == [2018, 2019, 2024]
