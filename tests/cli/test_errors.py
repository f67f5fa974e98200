"""Bad input at the command line: exit code 1, one sentence that says what was given, expected and to do."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin


@pytest.fixture
def copy(island, tmp_path):
    """A small cube that a test may break."""
    return shutil.copytree(island, tmp_path / "copy.zarr")


INSIDE = "0.12,0.11"


def geotiff(path, *, bands=64, crs="EPSG:32616", left=300_000.0, size=8):
    """A GeoTIFF of random AlphaEarth codes of unit vectors."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(bands, size, size))
    vectors /= np.linalg.norm(vectors, axis=0)
    codes = np.clip(np.rint(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127).astype(np.int8)
    options = {"dtype": "int8", "count": bands, "width": size, "height": size, "nodata": -128}
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, transform=from_origin(left, 4_800_000, 10, 10), **options
    ) as file:
        file.write(codes)
    return path


def area(path, shape):
    path.write_text(json.dumps(shape))
    return path


def square(west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def refused(result, *parts):
    assert result.code == 1, result
    sentence = result.sentence
    assert sentence.startswith("embexplore: ")
    for part in parts:
        assert part in sentence
    assert not result.out
    return sentence


@pytest.mark.parametrize("verb", [["info"], ["search", "--at", INSIDE], ["change", "--all"]])
def test_what_is_not_a_cube_is_refused_by_name(run, tmp_path, verb):
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    folder = tmp_path / "folder.zarr"
    folder.mkdir()
    for path in (text, folder, tmp_path / "missing.zarr"):
        refused(run(verb[0], path, *verb[1:]), path.name)


def test_a_zarr_that_is_no_cube_is_refused(run, tmp_path):
    import zarr

    zarr.create_group(tmp_path / "other.zarr").create_array("a", shape=(2, 2), dtype="i1")
    refused(run("info", tmp_path / "other.zarr"), "other.zarr")


def test_a_year_that_the_cube_lacks_is_answered_with_the_years_it_has(run, island, tmp_path):
    expected = "year=2016: this cube has 2022–2024."
    refused(run("search", island, "--at", INSIDE, "--year", 2016), expected)
    refused(run("change", island, 2016, 2024), expected)
    refused(run("rgb", island, "--year", 2016, "--out", tmp_path / "a.tif"), expected)
    assert list(tmp_path.iterdir()) == []


def test_a_place_outside_is_answered_with_what_the_cube_covers(run, island):
    refused(run("search", island, "--at", "-89.4,43.1"), "lon=-89.4, lat=43.1 lies outside this cube, which covers")


def test_a_box_that_crosses_nothing_is_answered_with_what_the_data_covers(run, tmp_path):
    file = geotiff(tmp_path / "a.tif")
    out = tmp_path / "out.zarr"
    refused(run("ingest", out, file, "--year", 2024, "--bbox", "10,10,11,11"), "crosses nothing")
    assert not out.exists()


def test_an_area_that_crosses_nothing_is_refused(run, island, tmp_path):
    far = area(tmp_path / "far.geojson", square(10, 10, 11, 11))
    refused(run("search", island, "--at", INSIDE, "--aoi", far), "crosses nothing")


def test_an_area_that_is_not_geojson_is_named(run, island, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("forest")
    for arguments in (
        ["search", island, "--at", INSIDE, "--aoi", labels],
        ["change", island, "--all", "--aoi", labels],
        ["rgb", island, "--out", tmp_path / "a.tif", "--aoi", labels],
        ["repack", island, tmp_path / "a.zarr", "--keep", labels],
    ):
        refused(run(*arguments), "labels.txt is not GeoJSON")


def test_an_area_that_crosses_itself_is_sent_back(run, island, tmp_path):
    bowtie = {"type": "Polygon", "coordinates": [[[0.1, 0.1], [0.2, 0.2], [0.2, 0.1], [0.1, 0.2], [0.1, 0.1]]]}
    refused(
        run("search", island, "--at", INSIDE, "--aoi", area(tmp_path / "a.geojson", bowtie)),
        "crosses itself",
        "draw it again",
    )


def test_nothing_is_overwritten_without_asking(run, island, copy, tmp_path):
    taken = tmp_path / "taken.tif"
    table = tmp_path / "taken.parquet"
    for path in (taken, table):
        path.write_text("precious")
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    for arguments in (
        ["search", island, "--at", INSIDE, "--out", taken],
        ["search", island, "--at", INSIDE, "--hits", table],
        ["change", island, 2022, 2024, "--out", taken],
        ["rgb", island, "--out", taken],
        ["demo", copy, "--size", 48],
        ["encode", island, copy, "--codec", "binary"],
        ["repack", island, copy, "--keep", area(tmp_path / "all.geojson", square(0.11, 0.10, 0.13, 0.12))],
    ):
        refused(run(*arguments), "already exists", "--overwrite")
    assert taken.read_text() == table.read_text() == "precious"
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_a_year_that_is_there_already_needs_overwrite(run, tmp_path):
    file = geotiff(tmp_path / "a.tif")
    assert run("ingest", tmp_path / "out.zarr", file, "--year", 2024).code == 0
    refused(run("ingest", tmp_path / "out.zarr", file, "--year", 2024), "2024", "overwrite")
    assert run("ingest", tmp_path / "out.zarr", file, "--year", 2024, "--overwrite").code == 0


def test_a_geotiff_without_a_crs_is_refused(run, tmp_path):
    file = geotiff(tmp_path / "nowhere.tif", crs=None)
    refused(run("ingest", tmp_path / "out.zarr", file, "--year", 2024), "nowhere.tif", "CRS")
    assert not (tmp_path / "out.zarr").exists()


def test_files_of_several_crs_are_not_mixed_in_silence(run, tmp_path):
    files = [geotiff(tmp_path / "a.tif"), geotiff(tmp_path / "b.tif", crs="EPSG:32615")]
    refused(run("ingest", tmp_path / "out.zarr", *files, "--year", 2024), "32615", "32616")
    assert not (tmp_path / "out.zarr").exists()


def test_63_bands_are_not_alphaearth(run, tmp_path):
    file = geotiff(tmp_path / "short.tif", bands=63)
    refused(run("ingest", tmp_path / "out.zarr", file, "--year", 2024, "--source", "alphaearth"), "63", "64")
    assert not (tmp_path / "out.zarr").exists()


def test_an_unknown_codec_source_or_archive_is_answered_with_the_known_ones(run, island, tmp_path):
    refused(run("encode", island, tmp_path / "a.zarr", "--codec", "int9"), "'int9'", "binary")
    refused(run("ingest", tmp_path / "a.zarr", geotiff(tmp_path / "a.tif"), "--source", "maps"), "maps", "alphaearth")
    refused(run("fetch", "clay", tmp_path / "a.zarr", "--bbox", "0,0,1,1", "--years", 2024), "clay", "alphaearth")


def test_an_output_with_an_unknown_ending_is_refused_before_work(run, island, tmp_path):
    refused(run("search", island, "--at", INSIDE, "--out", tmp_path / "scores.jpg"), "scores.jpg", ".tif")
    refused(run("search", island, "--at", INSIDE, "--hits", tmp_path / "hits.xlsx"), "hits.xlsx", ".parquet")
    refused(run("rgb", island, "--out", tmp_path / "rgb.gif"), "rgb.gif", ".png")
    refused(run("rgb", island, "--out", tmp_path / "missing" / "rgb.png"), "does not exist")


def test_a_corrupted_chunk_is_named_and_none_of_it_is_read(run, copy, tmp_path):
    chunk = max(
        (path for path in copy.rglob("*") if path.is_file() and "embeddings" in str(path)),
        key=lambda path: path.stat().st_size,
    )
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    outputs = {year: tmp_path / f"scores-{year}.tif" for year in (2022, 2023, 2024)}

    results = {year: run("search", copy, "--at", INSIDE, "--year", year, "--out", out) for year, out in outputs.items()}
    assert sorted(result.code for result in results.values()) == [0, 0, 1]
    for year, result in results.items():
        assert outputs[year].exists() == (result.code == 0)
    refused(next(result for result in results.values() if result.code), "embeddings")

    checked = run("info", copy, "--verify")
    assert checked.code == 1
    assert "embeddings" in checked.sentence
    assert run("info", copy).code == 0, "info alone still says what it can"


def test_a_full_disk_leaves_no_output(island, tmp_path):
    """A limit on the size of files stands for the full disk."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "from embexplore.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "search", str(island), "--at", INSIDE, "--out", str(tmp_path / "scores.tif")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "scores.tif was not written" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
