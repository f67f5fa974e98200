"""COGs: valid by an independent judge, equal to the array, whole or absent, and bounded in memory."""

import subprocess
import sys
import textwrap

import dask.array as da
import numpy as np
import pytest
import rasterio
import xarray as xr
from rio_cogeo.cogeo import cog_validate

from embexplore.cube.build import with_crs
from embexplore.errors import AlreadyExists, CRSMismatch, EmbexploreError, InvalidInput, WriteFailed
from embexplore.io.export import write_cog
from embexplore.io.export.cog import _runs

STAMP = {
    "description": "Similarity to a place",
    "source": "made for a test",
    "model": "Null Island",
    "years": "2024",
    "attribution": "© Nobody — fictional",
    "software": "embexplore 0",
}


def map_of(values, dims=("y", "x"), **coords):
    """A map of 10 m pixels in UTM 16N."""
    height, width = values.shape[dims.index("y")], values.shape[dims.index("x")]
    array = xr.Dataset(
        {"similarity": (dims, values)},
        {"y": 5_000_000 - 10 * np.arange(height) - 5.0, "x": 500_000 + 10 * np.arange(width) + 5.0, **coords},
    )
    return with_crs(array, "EPSG:32616")["similarity"]


def scores(rng, height=300, width=217):
    values = rng.random((height, width), dtype=np.float32)
    values[20:40, :30] = np.nan
    return values


def is_valid_cog(path):
    valid, errors, warnings = cog_validate(str(path), strict=True)
    assert (valid, errors, warnings) == (True, [], [])
    return valid


def test_a_score_map_is_a_valid_cog_that_reads_back_equal_and_georeferenced(tmp_path, rng):
    values = scores(rng)
    path = write_cog(map_of(values), tmp_path / "scores.tif", provenance=STAMP)

    assert is_valid_cog(path)
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), values)
        assert np.isnan(file.nodata)
        assert file.crs.to_epsg() == 32616
        assert file.transform.to_gdal() == (500_000, 10, 0, 5_000_000, 0, -10)
        assert file.profile["tiled"]
        assert file.compression.name.lower() == "deflate"
        assert file.descriptions == ("similarity",)
        assert file.overviews(1)
        np.testing.assert_array_equal(file.read_masks(1) > 0, ~np.isnan(values))
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_map_carries_its_attribution_and_provenance_in_tags(tmp_path, rng):
    path = write_cog(map_of(scores(rng)), tmp_path / "scores.tif", provenance=STAMP)
    with rasterio.open(path) as file:
        tags = file.tags()
    assert tags["TIFFTAG_COPYRIGHT"] == STAMP["attribution"]
    assert tags["TIFFTAG_SOFTWARE"] == STAMP["software"]
    assert tags["TIFFTAG_IMAGEDESCRIPTION"] == STAMP["description"]
    assert {key: tags[f"EMBEXPLORE_{key.upper()}"] for key in STAMP} == STAMP


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (97, 98), (512, 512), (513, 1030)])
def test_a_map_of_any_shape_is_valid_and_has_an_overview(tmp_path, rng, shape):
    values = rng.random(shape, dtype=np.float32)
    path = write_cog(map_of(values), tmp_path / "scores.tif", provenance=STAMP)
    assert is_valid_cog(path)
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), values)
        assert file.overviews(1) or shape == (1, 1)


def test_overviews_average_data_and_leave_no_data_out(tmp_path):
    values = np.full((64, 64), 0.5, np.float32)
    values[::2, :] = np.nan
    path = write_cog(map_of(values), tmp_path / "half.tif", provenance=STAMP)
    with rasterio.open(path, overview_level=0) as overview:
        np.testing.assert_array_equal(overview.read(1), np.full((32, 32), 0.5))


def test_rgb_is_three_described_bands_whose_zero_is_no_data(tmp_path, rng):
    colors = rng.integers(1, 256, (120, 90, 3)).astype(np.uint8)
    colors[10:20, 5:9] = 0
    path = write_cog(map_of(colors, ("y", "x", "rgb")), tmp_path / "rgb.tif", provenance=STAMP)
    assert is_valid_cog(path)
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(np.moveaxis(file.read(), 0, -1), colors)
        assert file.nodata == 0
        assert file.descriptions == ("red", "green", "blue")
        assert [band.name for band in file.colorinterp] == ["red", "green", "blue"]
        np.testing.assert_array_equal(file.dataset_mask() > 0, colors.any(axis=-1))


def test_a_leading_dimension_becomes_bands_named_by_its_values(tmp_path, rng):
    values = rng.random((3, 40, 50), dtype=np.float32)
    array = map_of(values, ("time", "y", "x"), time=[2018, 2019, 2020])
    path = write_cog(array, tmp_path / "change.tif", provenance=STAMP)
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(), values)
        assert file.descriptions == ("2018", "2019", "2020")


def test_whole_numbers_keep_their_values_in_overviews(tmp_path, rng):
    years = rng.choice(np.array([2018, 2024], np.uint16), (128, 128))
    path = write_cog(map_of(years), tmp_path / "year.tif", provenance=STAMP, nodata=0)
    with rasterio.open(path, overview_level=0) as overview:
        assert set(np.unique(overview.read(1))) <= {2018, 2024}


@pytest.mark.parametrize("chunks", [(256, 256), (100, 33)])
def test_lazy_equals_eager(tmp_path, rng, chunks):
    values = scores(rng, 700, 600)
    eager = write_cog(map_of(values), tmp_path / "eager.tif", provenance=STAMP)
    lazy = write_cog(map_of(da.from_array(values, chunks=chunks)), tmp_path / "lazy.tif", provenance=STAMP)
    assert lazy.read_bytes() == eager.read_bytes()


def test_no_chunk_is_computed_twice_and_progress_reaches_its_total(tmp_path):
    seen, told = [], []

    def block(block_info=None):
        seen.append(block_info[None]["chunk-location"])
        return np.zeros(block_info[None]["chunk-shape"], np.float32)

    lazy = da.map_blocks(
        block, chunks=((300, 300, 100), (5000, 70)), dtype=np.float32, meta=np.empty((0, 0), np.float32)
    )
    write_cog(map_of(lazy), tmp_path / "a.tif", provenance=STAMP, progress=lambda *report: told.append(report[:2]))
    assert sorted(seen) == [(row, column) for row in range(3) for column in range(2)]
    assert told[-1][0] == told[-1][1] == len(told)


def test_runs_join_chunks_up_to_a_size_and_cover_the_axis():
    assert _runs((256, 256, 256, 44), 512) == [slice(0, 512), slice(512, 812)]
    assert _runs((2000, 30), 512) == [slice(0, 2000), slice(2000, 2030)]
    assert _runs((1,) * 5, 512) == [slice(0, 5)]


def test_an_existing_file_stays_without_overwrite_and_is_replaced_with_it(tmp_path, rng):
    path = tmp_path / "scores.tif"
    path.write_text("precious")
    with pytest.raises(AlreadyExists, match=r"scores\.tif already exists: .*--overwrite"):
        write_cog(map_of(scores(rng)), path, provenance=STAMP)
    assert path.read_text() == "precious"
    write_cog(map_of(scores(rng)), path, provenance=STAMP, overwrite=True)
    assert is_valid_cog(path)


def test_an_error_while_computing_leaves_the_old_file_and_nothing_else(tmp_path):
    def broken(_):
        raise EmbexploreError("chunk c/0/0 is broken")

    lazy = da.zeros((600, 600), chunks=200, dtype=np.float32).map_blocks(broken, meta=np.empty((0, 0), np.float32))
    path = tmp_path / "scores.tif"
    path.write_text("precious")
    with pytest.raises(EmbexploreError, match="is broken"):
        write_cog(map_of(lazy), path, provenance=STAMP, overwrite=True)
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == {"scores.tif": "precious"}


def test_an_array_without_crs_or_with_other_dims_is_refused_with_a_sentence(tmp_path):
    values = xr.DataArray(np.zeros((4, 4), np.float32), dims=("y", "x"), name="score")
    with pytest.raises(CRSMismatch, match="score has no CRS"):
        write_cog(values, tmp_path / "a.tif", provenance=STAMP)
    with pytest.raises(InvalidInput, match="expected y and x"):
        write_cog(map_of(np.zeros((2, 2, 4, 4)), ("time", "band", "y", "x")), tmp_path / "a.tif", provenance=STAMP)
    with pytest.raises(InvalidInput, match="dtype complex64"):
        write_cog(map_of(np.zeros((4, 4), np.complex64)), tmp_path / "a.tif", provenance=STAMP)
    with pytest.raises(WriteFailed, match="does not exist"):
        write_cog(map_of(np.zeros((4, 4))), tmp_path / "missing" / "a.tif", provenance=STAMP)
    assert list(tmp_path.iterdir()) == []


def run_python(code, folder):
    """Run code with `map_of` and `write_cog` at hand in a process of its own."""
    head = f"""
import resource, runpy, sys
names = runpy.run_path({str(__file__)!r})
map_of, write_cog, STAMP = names["map_of"], names["write_cog"], names["STAMP"]
import dask.array as da, numpy as np
"""
    script = head + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, timeout=120, check=False
    )


@pytest.mark.parametrize("limit", [2_000, 400_000, 1_060_000, 1_500_000, 2_000_000])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, limit):
    """A file-size limit refuses writes as a full disk does: while streaming (1 MB), in overviews, in the copy."""
    result = run_python(
        f"""
        array = map_of(np.random.default_rng(0).random((700, 700), dtype=np.float32))
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        from embexplore.errors import WriteFailed
        try:
            write_cog(array, "scores.tif", provenance=STAMP)
        except WriteFailed as error:
            print(error)
        """,
        tmp_path,
    )
    assert "scores.tif was not written" in result.stdout, result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_map(tmp_path):
    """151 MB of scores are written within the cache, one window and its compressed tiles, not within 151 MB."""
    result = run_python(
        """
        write_cog(map_of(da.zeros((600, 600), chunks=256, dtype=np.float32)), "warm.tif", provenance=STAMP)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        lazy = da.zeros((6144, 6144), chunks=512, dtype=np.float32) + da.arange(6144, chunks=512, dtype=np.float32)
        write_cog(map_of(lazy), "large.tif", provenance=STAMP)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        """,
        tmp_path,
    )
    grown = int(result.stdout) * (1 if sys.platform == "darwin" else 1024)
    window = 512 * 4096 * 4
    # GDAL's cache, and a window three times: as computed, as converted, as copied by rasterio.
    assert grown < 64 * 2**20 + 3 * window, f"{grown / 2**20:.0f} MB"
    assert is_valid_cog(tmp_path / "large.tif")
