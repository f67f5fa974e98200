"""What codecs are fitted on: a seeded sample of a cube's unit vectors, read from a bounded number of chunks."""

from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.views import part_of, units_of
from embexplore.cube import schema
from embexplore.cube.build import with_chunk_grid
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import years_of
from embexplore.errors import InvalidInput

SAMPLE = 100_000
"""Vectors that a codec is fitted on: range and mean of 64 bands hardly move beyond it."""
SAMPLED_CHUNKS = 64
"""Chunks that they come from: what fitting reads, whatever the cube's size."""


def sample(cube: xr.Dataset, *, random_state: int | None = None, size: int = SAMPLE) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of up to `size` random pixels with data, of 64 random chunks over all years.

    Where those hold no data, other chunks are read until one does; InvalidInput when none does.
    """
    rng = np.random.default_rng(random_state or 0)
    cube = on_chunk_grid(cube)
    places = [(year, row, column) for year in years_of(cube) for row, column in chunk_windows(cube)]
    order = rng.permutation(len(places)).tolist()
    share = -(-size // min(SAMPLED_CHUNKS, len(places)))
    found = [_some(cube, places[place], share, rng) for place in order[:SAMPLED_CHUNKS]]
    if not any(map(len, found)):
        later = (_some(cube, places[place], size, rng) for place in order[SAMPLED_CHUNKS:])
        found = [next((vectors for vectors in later if len(vectors)), found[0])]
    vectors = np.concatenate(found)
    if not len(vectors):
        raise InvalidInput("this cube has no data to fit a codec on.")
    return vectors


def on_chunk_grid(cube: xr.Dataset) -> xr.Dataset:
    """The cube with its chunk grid; one of the usual size for a Dataset that brings none."""
    has_grid = schema.CHUNK_ROW in cube.coords and schema.CHUNK_COLUMN in cube.coords
    return cube if has_grid else with_chunk_grid(cube, schema.CHUNK)


def chunk_windows(cube: xr.Dataset) -> list[tuple[slice, slice]]:
    """Rows and columns of every chunk of a cube that has its chunk grid."""
    rows, columns = (_runs(cube.coords[name].values) for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN))
    return [(row, column) for row in rows for column in columns]


def _runs(index: NDArray[np.integer]) -> list[slice]:
    """Slices of equal neighbors."""
    edges = np.flatnonzero(np.diff(index)) + 1
    return [slice(*pair) for pair in pairwise([0, *edges.tolist(), len(index)])]


def _some(
    cube: xr.Dataset, place: tuple[int, slice, slice], size: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Unit vectors of up to `size` random pixels of one chunk, row by row whatever blocks it is read in."""
    year, rows, columns = place
    part = cube.isel({schema.Y: rows, schema.X: columns})
    shape = (part.sizes[schema.Y], part.sizes[schema.X])
    chosen = np.zeros(shape, bool)
    chosen.reshape(-1)[rng.permutation(chosen.size)[:size]] = True
    if schema.INSIDE in part.coords:
        chosen &= part.coords[schema.INSIDE].values
    marked = part.assign_coords({schema.INSIDE: ((schema.Y, schema.X), chosen)})
    vectors = np.full((*shape, dimension_of(cube)), np.nan, np.float32)
    for view in iterate_chunks(marked, year):
        pixels = np.nonzero(view.inside)
        vectors[view.rows, view.columns][pixels] = units_of(part_of(view, *pixels))
    return vectors[~np.isnan(vectors[..., 0])]
