"""Chunk mapping: numpy and dask agree, each chunk is read from its best tier, areas and slices are respected."""

import numpy as np
import pytest
import xarray as xr

from embexplore.core.codecs import make_codec
from embexplore.core.normalize import normalize
from embexplore.cube import schema
from embexplore.cube.build import make_cube, with_codec
from embexplore.cube.chunks import iterate_chunks, map_chunks
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import ChunkView
from embexplore.cube.schema import Provenance
from embexplore.cube.years import describe_years, resolve_year
from embexplore.errors import InvalidInput, NotACube

D, HEIGHT, WIDTH, CHUNK = 16, 60, 70, 32
GRID = Grid("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 10_000.0), (HEIGHT, WIDTH))
MADE = Provenance("test", "test model")


@pytest.fixture
def vectors(rng: np.random.Generator) -> np.ndarray:
    """Two years of unit vectors `(time, y, x, band)`, one pixel without data."""
    made = normalize(rng.standard_normal((2, HEIGHT, WIDTH, D)).astype(np.float32))
    made[:, 3, 4] = np.nan
    return made


@pytest.fixture
def cube(vectors: np.ndarray) -> xr.Dataset:
    codec = make_codec("alphaearth")
    codes = np.ascontiguousarray(np.moveaxis(codec.encode(vectors), -1, 1))
    return make_cube(codes, codec=codec, grid=GRID, years=[2020, 2021], provenance=MADE, chunk=CHUNK)


@pytest.fixture
def mixed(cube: xr.Dataset, vectors: np.ndarray) -> xr.Dataset:
    """Chunk (0, 0) has int8 alone, (0, 1) bits alone, (1, 0) both, the others nothing."""
    codec = make_codec("binary-sign").fit(vectors[:, ::5, ::5].reshape(-1, D)[1:])
    precision = np.tile(np.array([[1, 2, 0], [3, 0, 0]], np.uint8), (2, 1, 1))
    bits = np.moveaxis(codec.encode(np.nan_to_num(vectors)), -1, 1)
    cube = cube.assign(
        bits=(("time", "code", "y", "x"), bits),
        valid=(("time", "y", "x"), np.isfinite(vectors[..., 0]).astype(np.uint8)),
        precision=(("time", "chunk_y", "chunk_x"), precision),
    )
    return with_codec(cube, codec)


def score(view: ChunkView) -> np.ndarray:
    return view.similarity(np.ones(D, np.float32))


@pytest.mark.parametrize("chunks", [{"y": 32, "x": 32}, {"y": 17, "x": 13}, {"y": -1, "x": 9, "band": 5}])
def test_dask_gives_what_numpy_gives(cube: xr.Dataset, chunks: dict[str, int]) -> None:
    eager = map_chunks(cube, [2020], score, dtype=np.float32)
    lazy = map_chunks(cube.chunk(chunks), [2020], score, dtype=np.float32)
    assert hasattr(lazy.data, "dask")
    np.testing.assert_array_equal(lazy.values, eager.values)
    assert np.isnan(eager.values[3, 4])
    assert np.isnan(eager.values).sum() == 1


@pytest.mark.parametrize("lazy", [False, True])
def test_a_slice_is_the_slice_of_the_whole(mixed: xr.Dataset, *, lazy: bool) -> None:
    whole = map_chunks(mixed, [2021], score, dtype=np.float32)
    window = {"y": slice(5, 50), "x": slice(7, 66)}
    part = mixed.isel(window)
    part = map_chunks(part.chunk(y=20, x=30) if lazy else part, [2021], score, dtype=np.float32)
    np.testing.assert_array_equal(part.values, whole.isel(window).values)
    np.testing.assert_array_equal(part.tier.values, whole.tier.isel(window).values)


@pytest.mark.parametrize("lazy", [False, True])
def test_each_chunk_answers_from_its_best_tier(mixed: xr.Dataset, *, lazy: bool) -> None:
    source = mixed.chunk(y=CHUNK, x=CHUNK) if lazy else mixed
    best = map_chunks(source, [2020], score, dtype=np.float32)
    exact = map_chunks(source, [2020], score, dtype=np.float32, tier="embeddings").values
    bits = map_chunks(source, [2020], score, dtype=np.float32, tier="bits").values
    np.testing.assert_array_equal(best.values[:32, :32], exact[:32, :32])
    np.testing.assert_array_equal(best.values[:32, 32:64], bits[:32, 32:64])
    np.testing.assert_array_equal(best.values[32:, :32], exact[32:, :32])
    assert np.isnan(best.values[32:, 32:]).all()
    assert np.isnan(exact[:32, 32:]).all()
    assert set(np.unique(best.tier[:32, :64])) == {schema.INT8, schema.BITS_ONLY}


def test_a_lazy_map_reads_only_the_tier_it_uses(mixed: xr.Dataset) -> None:
    reads: list[tuple[str, int, int]] = []

    class Counting:
        def __init__(self, name: str) -> None:
            self.name, self.values = name, mixed[name].values
            self.shape, self.dtype, self.ndim = self.values.shape, self.values.dtype, 4

        def __getitem__(self, key: tuple[slice, ...]) -> np.ndarray:
            reads.append((self.name, key[2].start // CHUNK, key[3].start // CHUNK))
            return self.values[key]

    import dask.array as da

    lazy = mixed.copy()
    for name in ("embeddings", "bits"):
        chunks = (1, mixed[name].shape[1], CHUNK, CHUNK)
        meta = np.empty((0,) * 4, mixed[name].dtype)
        array = da.from_array(Counting(name), chunks, asarray=False, meta=meta, name=f"counting-{name}")
        lazy[name] = (mixed[name].dims, array)
    map_chunks(lazy, [2020], score, dtype=np.float32).compute(scheduler="synchronous")
    assert sorted(reads) == [("bits", 0, 1), ("embeddings", 0, 0), ("embeddings", 1, 0)]


@pytest.mark.parametrize("lazy", [False, True])
def test_outside_an_area_there_is_no_data(cube: xr.Dataset, *, lazy: bool) -> None:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[10:40, 20:30] = True
    clipped = cube.assign_coords(inside=(("y", "x"), inside))
    clipped = clipped.chunk(y=20, x=20) if lazy else clipped
    result = map_chunks(clipped, [2020], score, dtype=np.float32).values
    whole = map_chunks(cube, [2020], score, dtype=np.float32).values
    np.testing.assert_array_equal(result, np.where(inside, whole, np.nan))
    assert sum(len(view.vectors()) for view in iterate_chunks(clipped, 2020)) == inside.sum()


def test_iterating_gives_every_vector_once(cube: xr.Dataset) -> None:
    for source in (cube, cube.chunk(y=17, x=23)):
        found = np.zeros((HEIGHT, WIDTH), int)
        for view in iterate_chunks(source, 2021):
            found[view.rows, view.columns] += 1
            assert view.vectors().shape[1] == D
        assert (found == 1).all()
        assert sum(len(view.vectors()) for view in iterate_chunks(source, 2021)) == HEIGHT * WIDTH - 1


def test_two_years_are_seen_side_by_side(cube: xr.Dataset) -> None:
    def difference(first: ChunkView, second: ChunkView) -> np.ndarray:
        return np.abs(second.decode() - first.decode()).sum(axis=-1)

    result = map_chunks(cube, [2020, 2021], difference, dtype=np.float32)
    assert (result.values[np.isfinite(result.values)] > 0).all()
    same = map_chunks(cube, [2021, 2021], difference, dtype=np.float32)
    assert (same.values[np.isfinite(same.values)] == 0).all()


def test_one_selected_year_needs_no_time_dim(cube: xr.Dataset) -> None:
    one = cube.sel(time=2021)
    expected = map_chunks(cube, [2021], score, dtype=np.float32)
    np.testing.assert_array_equal(map_chunks(one, [2021], score, dtype=np.float32), expected)


def test_parameters_that_differ_by_chunk_are_bound_to_their_chunk(cube: xr.Dataset) -> None:
    scale = np.ones((2, 2, 3, D), np.float32)
    scale[0, 1, 2] = 3.0
    dims = ("time", "chunk_y", "chunk_x", "band")
    affine = cube.assign(embeddings_scale=(dims, scale), embeddings_offset=(dims, np.zeros_like(scale)))
    ours = dict(affine.attrs["embexplore"])
    names = {"scale": "embeddings_scale", "offset": "embeddings_offset"}
    ours["codecs"] = {"embeddings": {"name": "int8", "parameters": names}}
    affine.attrs["embexplore"] = ours

    def first_band(view: ChunkView) -> np.ndarray:
        return view.decode()[..., 0]

    codes = cube.embeddings.values[0, 0].astype(np.float32)
    codes[3, 4] = np.nan
    codes[32:, 64:] *= 3
    for source in (affine, affine.chunk(y=25, x=25)):
        np.testing.assert_array_equal(map_chunks(source, [2020], first_band, dtype=np.float32).values, codes)


def test_wrong_years_and_tiers_are_refused_with_a_sentence(cube: xr.Dataset) -> None:
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2020, 2021\."):
        resolve_year(cube, 2016)
    assert resolve_year(cube) == 2021
    with pytest.raises(InvalidInput, match="tier='bits': this cube has embeddings"):
        map_chunks(cube, [2020], score, dtype=np.float32, tier="bits")
    with pytest.raises(NotACube, match="names no codec"):
        map_chunks(cube.drop_attrs(), [2020], score, dtype=np.float32)


def test_a_run_of_years_is_written_as_a_range() -> None:
    assert describe_years(range(2017, 2025)) == "2017–2024"
    assert describe_years([2021, 2017, 2019]) == "2017, 2019, 2021"
