"""Overviews are means of decoded vectors, encoded again, kept in one tier a chunk, and named by the pyramid."""

import numpy as np
import pytest

from embexplore.core.downsample import halve
from embexplore.cube.build import codec_of, grid_of
from embexplore.cube.chunks import map_chunks
from embexplore.cube.conventions import read_levels
from embexplore.cube.validate import validate
from embexplore.io.open import open_cube
from embexplore.io.write import write

KINDS = ("alphaearth", "float32", "tessera", "bits", "both", "per chunk")


def decoded(cube, year):
    d = cube.sizes["band"]
    maps = map_chunks(
        cube, [year], lambda view: np.moveaxis(view.decode(), -1, 0), dtype=np.float32, leading={"band": d}
    )
    return np.moveaxis(maps.values, 0, -1)


@pytest.mark.parametrize("shard", [None, 32])
@pytest.mark.parametrize("kind", KINDS)
def test_each_level_is_the_mean_of_the_one_below(tmp_path, sample, kind, shard):
    given = sample(kind, shard=shard, years=(2020,))
    path = write(tmp_path / "c.zarr", given.plan, given.read)
    below = open_cube(path)
    assert read_levels(below.attrs) == (".", "1", "2", "3")
    for level in (1, 2, 3):
        cube = open_cube(path, level=level)
        validate(cube)
        expected = halve(decoded(below, 2020))
        found = decoded(cube, 2020)
        np.testing.assert_array_equal(np.isnan(found[..., 0]), np.isnan(expected[..., 0]))
        has_data = ~np.isnan(expected[..., 0])
        bound = np.empty(has_data.shape, np.float32)
        for (i, j), _ in np.ndenumerate(np.zeros(cube.precision.shape[1:])):
            part = np.s_[16 * i : 16 * i + 16, 16 * j : 16 * j + 16]
            variable = "bits" if kind == "bits" else "embeddings"
            bound[part] = codec_of(cube, variable, year=2020, chunk=(i, j)).error_bound(expected[part])
        off = np.abs(found - expected).max(axis=-1)
        assert (off[has_data] <= bound[has_data]).all()
        below = cube


def test_the_grid_of_a_level_covers_the_same_ground(tmp_path, sample):
    given = sample("alphaearth", years=(2020,))
    path = write(tmp_path / "c.zarr", given.plan, given.read)
    base = grid_of(open_cube(path))
    for level in (1, 2):
        grid = grid_of(open_cube(path, level=level))
        assert grid.resolution == (10.0 * 2**level, 10.0 * 2**level)
        assert (grid.bounds[0], grid.bounds[3]) == (base.bounds[0], base.bounds[3])


def test_a_map_in_one_chunk_has_no_overviews(tmp_path, sample):
    given = sample("alphaearth", years=(2020,), shape=(16, 12))
    path = write(tmp_path / "c.zarr", given.plan, given.read)
    cube = open_cube(path)
    assert "multiscales" not in cube.attrs
    assert not (path / "1").exists()
    np.testing.assert_array_equal(cube.embeddings[0], given.arrays[2020]["embeddings"])


def test_where_some_of_a_chunk_has_only_bits_its_overview_has_only_bits(tmp_path, sample):
    """Else the half that has int8 would hide the other half."""
    given = sample("both", years=(2020,), shape=(32, 64))

    def one_tier(year, rows, columns):
        values = dict(given.read(year, rows, columns))
        if columns.start < 16:
            values["embeddings"] = np.full_like(values["embeddings"], -128)
        else:
            values["valid"] = np.zeros_like(values["valid"])
        return values

    path = write(tmp_path / "c.zarr", given.plan, one_tier)
    assert open_cube(path).precision.values.tolist() == [[[0, 1, 1, 1], [2, 1, 1, 1]]]
    half = open_cube(path, level=1)
    assert half.precision.values.tolist() == [[[2, 1]]]
    full = halve(decoded(open_cube(path), 2020))
    np.testing.assert_array_equal(np.isnan(decoded(half, 2020)[..., 0]), np.isnan(full[..., 0]))
