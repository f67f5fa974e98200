"""Small cubes with planted truth: what every pixel holds is known in float64."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from embexplore.core.codecs import Codec, make_codec
from embexplore.cube.build import make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance

CHUNK = 32
YEARS = (2017, 2018, 2020)
PROVENANCE = Provenance("tests", "Planted", "1", "Made by a test.")
GRIDS = {
    "north": Grid("EPSG:32616", (10.0, 0.0, 300_000.0, 0.0, -10.0, 4_770_000.0), (70, 90)),
    "south": Grid("EPSG:32722", (10.0, 0.0, 600_000.0, 0.0, -10.0, 7_500_000.0), (70, 90)),
    "degrees": Grid("EPSG:4326", (2e-4, 0.0, 15.0, 0.0, -1e-4, 60.0), (70, 90)),
}
CHUNKINGS = {
    "numpy": None,
    "aligned": {"time": 1, "y": CHUNK, "x": CHUNK},
    "unaligned": {"time": 2, "band": 5, "code": 1, "y": 50, "x": 37},
}
UNIT_ROUNDOFF = 2.0**-24


@dataclass(frozen=True)
class Planted:
    """A cube, and the float64 unit vectors `(time, y, x, d)` that its codes decode to, NaN for no data."""

    cube: xr.Dataset
    truth: np.ndarray
    grid: Grid
    raw: np.ndarray
    years: tuple[int, ...] = YEARS

    def decoded(self, year: int) -> np.ndarray:
        """The vectors `(y, x, d)` of a year as they decode, not of unit length."""
        return self.raw[YEARS.index(year)]

    def at(self, row: int, column: int, year: int) -> np.ndarray:
        return self.truth[YEARS.index(year), row, column]

    def of(self, year: int) -> np.ndarray:
        """The vectors `(y, x, d)` of a year."""
        return self.truth[YEARS.index(year)]

    def lonlat(self, row: int, column: int) -> dict[str, float]:
        """The center of a pixel, in degrees."""
        lon, lat = self.grid.lonlat(self.grid.x[column], self.grid.y[row])
        return {"lon": float(lon), "lat": float(lat)}

    @property
    def cosine_error(self) -> float:
        """What float32 explains in a cosine of d bands: d roundings each in the dot product and in two
        lengths (half of them after the root), a few in decoding and dividing; |terms| sum to at most 1.
        """
        return (2 * self.truth.shape[-1] + 10) * UNIT_ROUNDOFF


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def planted_vectors(seed: int, shape: tuple[int, int], d: int) -> np.ndarray:
    """Unit vectors `(time, y, x, d)`: a few land covers with noise, other noise every year, holes of no data."""
    rng = np.random.default_rng(seed)
    covers = rng.normal(size=(5, d)) + 1.0
    where = rng.integers(0, 5, (shape[0] // 10 + 1, shape[1] // 10 + 1)).repeat(10, 0).repeat(10, 1)
    base = covers[where[: shape[0], : shape[1]]]
    vectors = unit(base + rng.normal(0, 0.3, (len(YEARS), *shape, d)))
    vectors[rng.random(vectors.shape[:3]) < 0.02] = np.nan
    vectors[1, 5:20, 40:60] = np.nan
    vectors[:, 30, 40] = unit(covers[0])  # one pixel that has data in every year, for queries
    return vectors


@functools.cache
def fitted(name: str, seed: int, shape: tuple[int, int], d: int) -> Codec:
    """A codec fitted on the planted vectors, once a session."""
    vectors = planted_vectors(seed, shape, d).astype(np.float32)
    return make_codec(name).fit(vectors[np.isfinite(vectors).all(axis=-1)], random_state=0)


def make_planted(
    codec: str | Codec = "alphaearth", *, grid: Grid | str = "north", seed: int = 0, d: int = 16, chunk: int = CHUNK
) -> Planted:
    """A cube in memory of one codec, and its truth: the codes decoded plainly."""
    grid = GRIDS[grid] if isinstance(grid, str) else grid
    vectors = planted_vectors(seed, grid.shape, d).astype(np.float32)
    has_data = np.isfinite(vectors).all(axis=-1)
    codec = fitted(codec, seed, grid.shape, d) if isinstance(codec, str) else codec
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    decoded = codec.decode(codes, scales).astype(np.float64)
    decoded[~has_data] = np.nan
    cube = make_cube(
        np.ascontiguousarray(np.moveaxis(codes, -1, 1)),
        codec=codec,
        grid=grid,
        years=YEARS,
        provenance=PROVENANCE,
        bands=[f"A{band:02d}" for band in range(d)],
        scales=scales,
        valid=has_data.astype(np.uint8) if codec.nodata is None and not codec.has_scales else None,
        chunk=chunk,
    )
    return Planted(cube, unit(decoded), grid, decoded)


@pytest.fixture(scope="session")
def plant() -> Callable[..., Planted]:
    """Makes a cube with known truth."""
    return make_planted


@pytest.fixture(scope="session", params=list(GRIDS))
def planted(request: pytest.FixtureRequest) -> Planted:
    """AlphaEarth codes in UTM north, UTM south and degrees."""
    return make_planted(grid=request.param)


@pytest.fixture(scope="session")
def north() -> Planted:
    """AlphaEarth codes in UTM north."""
    return make_planted()


@pytest.fixture(params=list(CHUNKINGS))
def chunked(request: pytest.FixtureRequest) -> Callable[[xr.Dataset], xr.Dataset]:
    """Turns a cube into one of: numpy, dask on the chunk grid, dask across it."""
    sizes = CHUNKINGS[request.param]

    def chunk(cube: xr.Dataset) -> xr.Dataset:
        return cube if sizes is None else cube.chunk({dim: size for dim, size in sizes.items() if dim in cube.sizes})

    chunk.is_lazy = sizes is not None  # type: ignore[attr-defined]
    return chunk


@pytest.fixture
def mixed(north: Planted) -> tuple[xr.Dataset, np.ndarray]:
    """A cube of both tiers, and its precision by hand `(time, chunk_y, chunk_x)`: int8, bits, both and none."""
    from embexplore.analysis.recode import with_bits

    precision = np.array([[1, 2, 3], [2, 1, 0], [3, 3, 2]], np.uint8)
    stored = np.stack([precision, precision, np.where(precision == 3, 1, precision)])
    cube = with_bits(north.cube)
    return cube.assign(precision=(("time", "chunk_y", "chunk_x"), stored)), stored


class Counted:
    """A numpy array that remembers which parts of it were read; for `dask.array.from_array`."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape, self.dtype, self.ndim = values, values.shape, values.dtype, values.ndim
        self.reads: list[tuple[slice, ...]] = []

    def __getitem__(self, index: tuple[slice, ...]) -> np.ndarray:
        part = self.values[index]
        if part.size:  # dask looks at an empty part to learn the type
            self.reads.append(index)
        return part


@pytest.fixture
def counted() -> Callable[[xr.Dataset, str], tuple[xr.Dataset, Counted]]:
    """The cube with a variable as dask blocks on the chunk grid, and the record of their reads."""

    def count(cube: xr.Dataset, name: str) -> tuple[xr.Dataset, Counted]:
        import dask.array as da

        source = Counted(cube[name].values)
        chunks = (1, *source.shape[1:-2], CHUNK, CHUNK)
        return cube.assign({name: (cube[name].dims, da.from_array(source, chunks=chunks, lock=True))}), source

    return count
