"""Every verb on Null Island: what it prints and writes is what the package computes."""

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from PIL import Image
from rio_cogeo.cogeo import cog_validate

import embexplore as ex
from embexplore.io.open import open_cube

INSIDE = "0.12,0.11"
LON, LAT = 0.12, 0.11


@pytest.fixture(scope="module")
def cube(island):
    return open_cube(island)


@pytest.fixture
def west(tmp_path, cube):
    """A polygon over the western half of the island, as a file, and its eastern edge."""
    from embexplore.cube.build import grid_of

    left, south, right, north = grid_of(cube).bbox
    middle = (left + right) / 2
    ring = [[left, south], [middle, south], [middle, north], [left, north], [left, south]]
    path = tmp_path / "west.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return path, middle


def test_demo_makes_a_cube_of_the_size_and_years_that_were_asked_for(program, tmp_path):
    result = program("demo", tmp_path / "a.zarr", "--size", 32, "--seed", 1, "--years", "2020-2021")
    assert result.code == 0, result.err
    assert "a.zarr" in result.err
    made = open_cube(tmp_path / "a.zarr")
    assert dict(made.sizes) | {"time": 2, "y": 32, "x": 32} == dict(made.sizes)
    assert made["time"].values.tolist() == [2020, 2021]
    assert np.isfinite(made.emb.at(lon=LON, lat=LAT, year=2020).values).all()


def test_info_prints_what_it_says_as_json(run, island):
    said, found = run("info", island).out, json.loads(run("info", island, "--json").out)
    assert found["model"] == "Null Island"
    assert found["years"] == [2022, 2023, 2024]
    for part in ("2022–2024", "EPSG:32631", "alphaearth", "64 × 64 pixels of 10 m", found["attribution"]):
        assert part in said
    assert found["bytes_on_disk"] == sum(path.stat().st_size for path in island.rglob("*") if path.is_file())
    assert found["ratio"] == pytest.approx(found["bytes_as_float32"] / found["bytes_on_disk"], abs=1e-3)


def test_info_names_columns_before_rows_and_no_digits_beyond_sense(run, island, tmp_path):
    area, bits = tmp_path / "area.zarr", tmp_path / "bits.zarr"
    ex.save_cube(open_cube(island).isel(y=slice(0, 40)), area)
    said = run("info", area).out
    assert "64 × 40 pixels of 10 m" in said
    assert "chunks       64 × 40 pixels" in said
    assert "uncompressed codes" in said
    assert run("encode", island, bits, "--codec", "binary").code == 0
    assert "binary, length=1, around=mean\n" in run("info", bits).out


def test_info_counts_pixels_with_data_in_every_year(run, island, cube):
    found = json.loads(run("info", island, "--json").out)
    for year, codes in zip(found["years"], cube["embeddings"].values, strict=True):
        assert found["coverage"][str(year)] == pytest.approx((codes[0] != -128).mean(), abs=1e-6)


def test_search_writes_the_scores_and_hits_that_the_package_computes(run, island, cube, tmp_path):
    scores, hits = tmp_path / "scores.tif", tmp_path / "hits.geojson"
    arguments = ["--at", INSIDE, "--year", 2023, "--top", 7, "--min-distance", 50, "--out", scores, "--hits", hits]
    assert run("search", island, *arguments).code == 0
    expected = cube.emb.search(cube.emb.at(lon=LON, lat=LAT, year=2023), year=2023)
    with rasterio.open(scores) as file:
        np.testing.assert_array_equal(file.read(1), expected.values)
        assert "Similarity to 0.12,0.11 in 2023" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        assert file.tags()["EMBEXPLORE_YEARS"] == "2023"
    table = gpd.read_file(hits)
    best = cube.emb.top(expected, k=7, min_distance=50)
    np.testing.assert_allclose(table["similarity"], best["similarity"], rtol=1e-6)
    np.testing.assert_allclose(table.geometry.x, best.geometry.x, rtol=0, atol=1e-9)


def test_several_places_like_and_unlike_are_one_query(run, island, cube):
    said = run(
        "search",
        island,
        "--at",
        INSIDE,
        "--at",
        "0.1201,0.1102",
        "--not",
        "0.118,0.108",
        "--top",
        1,
        "--combine",
        "contrast",
    )
    assert said.code == 0, said.err
    like = [cube.emb.at(lon=LON, lat=LAT, year=2024), cube.emb.at(lon=0.1201, lat=0.1102, year=2024)]
    unlike = [cube.emb.at(lon=0.118, lat=0.108, year=2024)]
    expected = cube.emb.search(like, negatives=unlike, combine="contrast", year=2024)
    assert said.out.splitlines()[2].split()[1] == f"{float(expected.max()):.4f}"
    assert "unlike 0.118,0.108" in said.out


def test_an_area_restricts_search_change_and_colors(run, island, tmp_path, west):
    path, middle = west
    outputs = {verb: tmp_path / f"{verb}.tif" for verb in ("search", "change", "rgb")}
    assert (
        run(
            "search", island, "--at", INSIDE, "--aoi", path, "--out", outputs["search"], "--hits", tmp_path / "h.csv"
        ).code
        == 0
    )
    assert run("change", island, 2022, 2024, "--aoi", path, "--out", outputs["change"]).code == 0
    assert run("rgb", island, "--aoi", path, "--out", outputs["rgb"]).code == 0
    for out in outputs.values():
        with rasterio.open(out) as file:
            assert file.width < 40, "cropped to the area"
    lon = np.genfromtxt(tmp_path / "h.csv", delimiter=",", names=True, usecols=range(6))["lon"]
    assert lon.max() < middle


def test_change_writes_and_tells_of_two_years(run, island, cube, tmp_path):
    out = tmp_path / "change.tif"
    said = run("change", island, 2022, 2024, "--out", out)
    assert said.code == 0, said.err
    expected = cube.emb.change(2022, 2024).values
    with rasterio.open(out) as file:
        np.testing.assert_array_equal(file.read(1), expected)
        assert file.descriptions == ("2022–2024",)
    row = said.out.splitlines()[2].split()
    assert row[0] == "2022–2024"
    assert float(row[1]) == pytest.approx(np.nanmedian(expected), abs=2e-4)
    assert row[3] == f"{np.nanmax(expected):.4f}"


def test_change_of_all_years_tells_the_year_of_largest_change(run, island, cube, tmp_path):
    out = tmp_path / "all.tif"
    said = run("change", island, "--all", "--out", out)
    assert said.code == 0, said.err
    largest = cube.emb.largest_change()
    with rasterio.open(out) as file:
        assert file.descriptions == ("2022–2023", "2023–2024", "largest change", "year of largest change")
        np.testing.assert_array_equal(file.read(3), largest["change"].values)
        np.testing.assert_array_equal(file.read(4), largest["year"].values)
        np.testing.assert_array_equal(file.read([1, 2]), cube.emb.change().values)
    assert cog_validate(str(out), strict=True) == (True, [], [])
    years = largest["year"].values
    shares = {year: np.mean(years[np.isfinite(years)] == year) for year in (2023, 2024)}
    for year, share in shares.items():
        assert f"{year}  {100 * share:.1f} %" in said.out
    assert "Year of largest change: 202" in said.out


def test_rgb_writes_the_same_colors_as_map_and_as_picture(run, island, cube, tmp_path):
    said = run("rgb", island, "--year", 2023, "--out", tmp_path / "rgb.tif")
    assert run("rgb", island, "--year", 2023, "--out", tmp_path / "rgb.png").code == 0
    expected = cube.emb.pca_rgb(cube.emb.fit_pca(3, random_state=0), year=2023).values
    with rasterio.open(tmp_path / "rgb.tif") as file:
        np.testing.assert_array_equal(np.moveaxis(file.read(), 0, -1), expected)
    with Image.open(tmp_path / "rgb.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture)[..., :3], expected)
        assert picture.text["Copyright"] == ex.Provenance.from_dict(cube.attrs["embexplore"]["provenance"]).attribution
    assert " % of the variance" in said.out


def test_encode_writes_a_cube_that_every_verb_takes(run, island, tmp_path):
    small = tmp_path / "bits.zarr"
    said = run("encode", island, small, "--codec", "binary")
    assert said.code == 0, said.err
    assert "before" in said.out
    found = json.loads(run("info", small, "--json").out)
    assert found["tiers"]["bits"]["bytes_per_pixel"] == 8
    assert found["dimensions"] == 64
    for arguments in (
        ["search", small, "--at", INSIDE],
        ["change", small, 2022, 2024],
        ["rgb", small, "--out", tmp_path / "a.png"],
    ):
        result = run(*arguments)
        assert result.code == 0, (arguments, result.err)


def test_encode_onto_itself_tells_the_bytes_that_were_there(run, island, tmp_path):
    own = tmp_path / "own.zarr"
    run("encode", island, own, "--codec", "int8")
    there = run("encode", own, tmp_path / "copy.zarr", "--codec", "binary").out.split("before ")[1]
    assert run("encode", own, own, "--codec", "binary").code == 1
    assert run("encode", own, own, "--codec", "binary", "--overwrite").out.split("before ")[1] == there


def test_repack_prints_the_bytes_before_and_after_and_keeps_the_area(run, island, west, tmp_path):
    out = tmp_path / "small.zarr"
    said = run("repack", island, out, "--keep", west[0])
    assert said.code == 0, said.err
    before, after = (line.split(maxsplit=1)[0] for line in said.out.splitlines()[:2])
    assert (before, after) == ("before", "after")
    assert run("search", out, "--at", INSIDE).code == 0


def test_fetch_says_what_it_will_cost_and_makes_a_cube(run, tmp_path):
    """A folder with the archive's layout stands for the archive."""
    import pandas as pd

    from embexplore.cube.grid import Grid

    key = "2024/31N/tile-0000000000-0000000000.tiff"
    file = tmp_path / "archive" / key
    file.parent.mkdir(parents=True)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(64, 64, 64))
    vectors /= np.linalg.norm(vectors, axis=0)
    codes = np.clip(np.rint(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127).astype(np.int8)
    grid = Grid("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0), (64, 64))
    south_up = rasterio.Affine(10, 0, 500_000, 0, 10, 5_000_000 - 640)
    options = {"dtype": "int8", "count": 64, "width": 64, "height": 64, "nodata": -128, "interleave": "band"}
    with rasterio.open(file, "w", driver="GTiff", crs="EPSG:32631", transform=south_up, **options) as tiff:
        tiff.write(codes[:, ::-1])
    west, south, east, north = grid.bbox
    row = {"year": 2024, "path": f"s3://bucket/tge-labs/aef/v1/annual/{key}", "crs": "EPSG:32631", "utm_zone": "31N"}
    row |= {"wgs84_west": west, "wgs84_south": south, "wgs84_east": east, "wgs84_north": north}
    row |= dict(zip(("utm_west", "utm_south", "utm_east", "utm_north"), grid.bounds, strict=True))
    pd.DataFrame([row]).to_csv(tmp_path / "archive" / "aef_index.csv", index=False)

    out, box = tmp_path / "out.zarr", f"{west + 1e-4},{south + 1e-4},{east - 1e-4},{north - 1e-4}"
    said = run("fetch", "alphaearth", out, "--bbox", box, "--years", 2024, "--root", tmp_path / "archive")
    assert said.code == 0, said.err
    assert "MB" in said.err or "kB" in said.err
    fetched = open_cube(out)
    rows, columns = grid.window(tuple(float(edge) for edge in box.split(",")))
    np.testing.assert_array_equal(fetched["embeddings"].values[0], codes[:, rows, columns])


def test_quiet_leaves_the_result_alone(run, island, tmp_path):
    said = run("search", island, "--at", INSIDE, "--out", tmp_path / "a.tif", "--quiet")
    assert said.err == ""
    assert said.out.startswith("Similarity to")


def test_a_map_too_large_to_keep_gives_the_same_files(run, island, tmp_path, monkeypatch):
    """Maps above a gigabyte stay lazy: here, all of them."""
    commands = {
        "search.tif": ["search", island, "--at", INSIDE],
        "change.tif": ["change", island, "--all"],
        "rgb.tif": ["rgb", island],
    }
    for name, command in commands.items():
        kept = run(*command, "--out", tmp_path / name)
        with monkeypatch.context() as patch:
            patch.setattr("embexplore.cli.progress.IN_MEMORY", 0)
            lazy = run(*command, "--out", tmp_path / f"lazy-{name}")
        assert (kept.code, lazy.code) == (0, 0), lazy.err
        assert kept.out == lazy.out
        assert (tmp_path / name).read_bytes() == (tmp_path / f"lazy-{name}").read_bytes()


def test_a_cube_on_a_server_is_read_by_its_address(run, island):
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Nothing on stderr: it belongs to the command."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(island.parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{island.name}"
        there, here = run("search", address, "--at", INSIDE), run("search", island, "--at", INSIDE)
        found = json.loads(run("info", address, "--json").out)
        server.shutdown()
    assert there.code == 0, there.err
    assert there.out == here.out
    assert found["bytes_on_disk"] is None
    assert found["coverage"] == {"2022": None, "2023": None, "2024": None}
