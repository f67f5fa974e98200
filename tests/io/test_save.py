"""Any cube can be saved: what is opened again is what was given; `repack` keeps int8 only where asked."""

import numpy as np
import pytest
import shapely
import xarray as xr

from embexplore.core.codecs import make_codec
from embexplore.cube import schema
from embexplore.cube.build import grid_of, make_cube
from embexplore.cube.chunks import map_chunks
from embexplore.errors import AlreadyExists, InvalidInput, NotACube, OutOfBounds
from embexplore.io.open import open_cube
from embexplore.io.repack import repack
from embexplore.io.save import save_cube
from embexplore.io.verify import bytes_on_disk, verify
from embexplore.io.write import write

KINDS = ("alphaearth", "float32", "tessera", "bits", "both", "per chunk")


@pytest.fixture
def stored(tmp_path, sample):
    def make(kind, **options):
        given = sample(kind, **options)
        return write(tmp_path / "given.zarr", given.plan, given.read)

    return make


@pytest.mark.parametrize("is_lazy", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_cube_is_the_cube(tmp_path, stored, kind, is_lazy):
    cube = open_cube(stored(kind))
    cube = cube if is_lazy else cube.load()
    saved = open_cube(save_cube(cube, tmp_path / "saved.zarr"))
    xr.testing.assert_identical(saved.load(), cube.load())


def test_a_saved_cube_holds_the_tiers_that_precision_names_whatever_lies_in_its_arrays(tmp_path, stored):
    cube = open_cube(stored("both")).load()
    named = np.full_like(cube.precision, schema.BOTH)
    named.flat[::3], named.flat[1::3], named.flat[-1] = schema.BITS_ONLY, schema.INT8, schema.NONE
    cube = cube.assign(precision=(cube.precision.dims, np.where(cube.precision == schema.BOTH, named, cube.precision)))
    assert {schema.BITS_ONLY, schema.INT8} < set(cube.precision.values.ravel())
    saved = open_cube(save_cube(cube, tmp_path / "saved.zarr"))
    np.testing.assert_array_equal(saved.precision, cube.precision)
    for year in cube.time.values:
        given, again = (
            map_chunks(c, [year], lambda view: view.decode()[..., 0], dtype=np.float32) for c in (cube, saved)
        )
        np.testing.assert_array_equal(again, given)


def test_compression_is_chosen_when_saving(tmp_path, stored):
    cube = open_cube(stored("alphaearth"))
    sizes = {}
    for compression in ("none", "default", "small", "archive"):
        path = save_cube(cube, tmp_path / f"{compression}.zarr", compression=compression)
        again = open_cube(path)
        np.testing.assert_array_equal(again.embeddings, cube.embeddings)
        sizes[compression] = bytes_on_disk(path)["embeddings"]
        told = again.attrs["embexplore"]
        assert told["compression"] == compression
        assert ("readers" in told) == (compression == "archive")
    assert sizes["archive"] < sizes["small"] < sizes["default"] < sizes["none"]


def test_slices_years_and_cubes_made_in_memory_can_be_saved(tmp_path, stored, sample):
    cube = open_cube(stored("alphaearth"))
    part = cube.isel(y=slice(5, 40), x=slice(3, 30)).sel(time=[2021]).drop_vars("precision")
    again = open_cube(save_cube(part, tmp_path / "part.zarr"))
    np.testing.assert_array_equal(again.embeddings, part.embeddings)
    assert grid_of(again) == grid_of(part)
    given = sample("float32", years=(2020,))
    made = make_cube(
        given.arrays[2020]["embeddings"][None],
        codec=make_codec("float32"),
        grid=given.plan.grid,
        years=(2020,),
        provenance=given.plan.provenance,
        chunk=16,
    )
    np.testing.assert_array_equal(open_cube(save_cube(made, tmp_path / "made.zarr")).embeddings, made.embeddings)


@pytest.mark.parametrize("kind", ["alphaearth", "tessera", "bits"])
def test_outside_a_clipped_area_a_saved_cube_is_empty(tmp_path, stored, kind):
    cube = open_cube(stored(kind))
    inside = np.zeros((72, 56), bool)
    inside[20:50, 10:40] = True
    path = save_cube(cube.assign_coords(inside=(("y", "x"), inside)), tmp_path / "clipped.zarr")
    np.testing.assert_array_equal(first_band(open_cube(path)), np.where(inside, first_band(cube), np.nan))


def first_band(cube):
    return map_chunks(cube, [2020], lambda view: view.decode()[..., 0], dtype=np.float32).values


@pytest.mark.parametrize("kind", ["both", "per chunk"])
def test_slices_that_cut_through_chunks_of_their_own_kind_are_refused(tmp_path, stored, kind):
    cube = open_cube(stored(kind))
    with pytest.raises(InvalidInput, match="cuts through its chunks of 16 pixels"):
        save_cube(cube.isel(y=slice(5, 40)), tmp_path / "part.zarr")
    whole = cube.isel(y=slice(16, 48), x=slice(16, 56))
    saved = open_cube(save_cube(whole, tmp_path / "whole.zarr"))
    np.testing.assert_array_equal(saved.embeddings, whole.embeddings)
    name = next(name for name in saved if name.startswith(("embeddings_", "precision")))
    np.testing.assert_array_equal(saved[name], cube[name].isel(chunk_y=slice(1, 3), chunk_x=slice(1, 4)))


def test_what_is_no_cube_or_already_there_is_not_saved(tmp_path, stored):
    cube = open_cube(stored("alphaearth"))
    with pytest.raises(NotACube):
        save_cube(cube.drop_vars("embeddings"), tmp_path / "x.zarr")
    with pytest.raises(AlreadyExists):
        save_cube(cube, tmp_path / "given.zarr")


def box_of(cube, rows, columns):
    """A polygon in degrees just inside a window of pixels."""
    grid = grid_of(cube).crop(rows, columns)
    left, bottom, right, top = grid.bounds
    lon, lat = grid.lonlat([left + 1, right - 1], [bottom + 1, top - 1])
    return shapely.box(lon[0], lat[0], lon[1], lat[1])


@pytest.mark.parametrize("kind", ["alphaearth", "tessera", "per chunk", "both"])
def test_repack_keeps_int8_in_the_chunks_that_an_area_touches_and_bits_in_the_others(tmp_path, stored, kind):
    path = stored(kind)
    cube = open_cube(path)
    area = box_of(cube, slice(20, 60), slice(20, 30))
    out = repack(cube, tmp_path / "small.zarr", area)
    small = open_cube(out)
    expected = np.full((2, 5, 4), 2)
    expected[:, 1:4, 1] = 1
    expected[:, 0, 0] = 0
    np.testing.assert_array_equal(small.precision, expected)
    kept = {"y": slice(16, 64), "x": slice(16, 32)}
    np.testing.assert_array_equal(small.embeddings.isel(kept), cube.embeddings.isel(kept))

    np.testing.assert_array_equal(np.isnan(first_band(small)), np.isnan(first_band(cube)))
    assert verify(out) == []
    before, after = (sum(bytes_on_disk(p).get(n, 0) for n in ("embeddings", "bits", "scales")) for p in (path, out))
    assert after < before


def test_repack_says_when_the_area_misses_the_cube(tmp_path, stored):
    cube = open_cube(stored("alphaearth"))
    with pytest.raises(OutOfBounds, match="touches nothing of this cube"):
        repack(cube, tmp_path / "small.zarr", shapely.box(50, 50, 51, 51))
    assert not list(tmp_path.glob("small*"))
