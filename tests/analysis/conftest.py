"""Small cubes with planted truth: what every pixel holds is known in float64."""

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
    "degrees": Grid("EPSG:4326", (1e-4, 0.0, 15.0, 0.0, -1e-4, 60.0), (70, 90)),
}
CHUNKINGS = {
    "numpy": None,
    "aligned": {"time": 1, "y": CHUNK, "x": CHUNK},
    "unaligned": {"time": 2, "band": 5, "code": 1, "y": 50, "x": 37},
}


@dataclass(frozen=True)
class Planted:
    """A cube, and the float64 unit vectors `(time, y, x, d)` that its codes decode to, NaN for no data."""

    cube: xr.Dataset
    truth: np.ndarray
    grid: Grid

    def at(self, row: int, column: int, year: int) -> np.ndarray:
        return self.truth[YEARS.index(year), row, column]

    def lonlat(self, row: float, column: float) -> dict[str, float]:
        """The center of a pixel, in degrees."""
        lon, lat = self.grid.lonlat(self.grid.x[int(column)], self.grid.y[int(row)])
        return {"lon": float(lon), "lat": float(lat)}


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def planted_vectors(seed: int = 0, shape: tuple[int, int] = (70, 90), d: int = 16) -> np.ndarray:
    """Unit vectors `(time, y, x, d)`: a few land covers with noise, drifting by year, holes of no data."""
    rng = np.random.default_rng(seed)
    covers = rng.normal(size=(5, d)) + 1.0
    where = rng.integers(0, 5, (shape[0] // 10 + 1, shape[1] // 10 + 1)).repeat(10, 0).repeat(10, 1)
    base = covers[where[: shape[0], : shape[1]]]
    vectors = unit(base + rng.normal(0, 0.3, (len(YEARS), *shape, d)))
    vectors[rng.random(vectors.shape[:3]) < 0.02] = np.nan
    vectors[1, 5:20, 40:60] = np.nan
    return vectors


def planted(
    codec: str | Codec = "alphaearth", *, grid: Grid | str = "north", seed: int = 0, d: int = 16, chunk: int = CHUNK
) -> Planted:
    """A cube in memory of one codec, and its truth: the codes decoded plainly."""
    grid = GRIDS[grid] if isinstance(grid, str) else grid
    vectors = planted_vectors(seed, grid.shape, d).astype(np.float32)
    has_data = np.isfinite(vectors).all(axis=-1)
    codec = make_codec(codec) if isinstance(codec, str) else codec
    codec = codec if codec.is_fitted and codec.name != "binary-sign" else codec.fit(vectors[has_data], random_state=0)
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
    return Planted(cube, unit(decoded), grid)


def rechunked(cube: xr.Dataset, name: str) -> xr.Dataset:
    """The cube in memory, or as dask arrays in one of two chunkings."""
    chunks = CHUNKINGS[name]
    return cube if chunks is None else cube.chunk({dim: size for dim, size in chunks.items() if dim in cube.sizes})


@pytest.fixture(params=list(CHUNKINGS))
def chunking(request) -> Callable[[xr.Dataset], xr.Dataset]:
    """Turns a cube into one of: numpy, dask on the chunk grid, dask across it."""
    return lambda cube: rechunked(cube, request.param)


def is_lazy(array: xr.DataArray) -> bool:
    return hasattr(array.data, "dask")
