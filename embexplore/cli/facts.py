"""What is known about a stored cube, as plain JSON with stable keys."""

from typing import Any

import numpy as np
import xarray as xr

from embexplore.cli.answer import bytes_on_disk
from embexplore.cube import schema
from embexplore.cube.build import crs_of, grid_of, provenance_of
from embexplore.cube.pieces import TIERS, dimension_of
from embexplore.cube.years import years_of
from embexplore.errors import CorruptChunk

SCANNED = 1 << 28
"""Bytes of codes that `info` reads to count pixels with data (a quarter of a second); of larger cubes it counts chunks."""


def facts(cube: xr.Dataset, path: str, *, verify: bool = False) -> dict[str, Any]:
    """Everything that `info` says; `verify` reads every chunk and names the broken ones."""
    ours, grid = cube.attrs[schema.ATTRS], grid_of(cube)
    years, dimensions = years_of(cube), dimension_of(cube)
    stored = bytes_on_disk(path)
    codes = sum(cube[name].nbytes for name in (*TIERS, schema.SCALES, schema.VALID) if name in cube.variables)
    float32 = 4 * dimensions * len(years) * grid.shape[0] * grid.shape[1]
    found: dict[str, Any] = {
        "path": path,
        "schema": ours.get("schema"),
        **provenance_of(cube).to_dict(),
        "years": list(years),
        "dimensions": dimensions,
        "crs": crs_of(cube),
        "resolution": list(grid.resolution),
        "shape": list(grid.shape),
        "bbox": [round(edge, 6) for edge in grid.bbox],
        "quantization": cube.attrs.get("geoemb:quantization"),
        "tiers": {name: _tier(cube, name) for name in TIERS if name in cube.variables},
        "chunk": _chunk(cube),
        "compression": ours.get("compression", "unknown"),
        "readers": ours.get("readers", "any Zarr v3 reader"),
        "bytes_on_disk": stored,
        "bytes_as_codes": codes,
        "bytes_as_float32": float32,
        "ratio": round(float32 / stored, 3) if stored else None,
        "ratio_of_codes": round(codes / stored, 3) if stored else None,
        "chunks": _chunks_by_year(cube),
        "coverage": _coverage(cube) if (stored and codes <= SCANNED) or verify else dict.fromkeys(map(str, years)),
    }
    if verify:
        from embexplore.io.verify import verify as broken

        found["broken_chunks"] = list(broken(path))
    return found


def _tier(cube: xr.Dataset, name: str) -> dict[str, Any]:
    codec = {key: value for key, value in cube.attrs[schema.ATTRS]["codecs"][name].items() if key != "parameters"}
    per_pixel = int(np.prod([cube.sizes[dim] for dim in cube[name].dims if dim in (schema.BAND, schema.CODE)]))
    return {"codec": codec, "dtype": str(cube[name].dtype), "bytes_per_pixel": per_pixel * cube[name].dtype.itemsize}


def _chunk(cube: xr.Dataset) -> list[int]:
    """Rows and columns of a chunk."""
    counts = [np.bincount(cube[name].values).max() for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN)]
    return [int(count) for count in counts]


def _chunks_by_year(cube: xr.Dataset) -> dict[str, dict[str, int]]:
    """How many chunks of each year hold int8, bits, both or nothing."""
    if schema.PRECISION not in cube.variables:
        return {}
    names = {schema.INT8: "codes", schema.BITS_ONLY: "bits", schema.BOTH: "both", schema.NONE: "none"}
    table = cube[schema.PRECISION].transpose(schema.TIME, ...).values
    rows = zip(years_of(cube), table, strict=True)
    return {str(year): {name: int((row == value).sum()) for value, name in names.items()} for year, row in rows}


def _coverage(cube: xr.Dataset) -> dict[str, float | None]:
    """Share of pixels with data in each year: those that a search can score; None where a chunk is broken."""
    from embexplore.analysis.search import search

    query = np.eye(1, dimension_of(cube), dtype=np.float32)[0]
    shares: dict[str, float | None] = {}
    for year in years_of(cube):
        try:
            score = search(cube, query, year=year)
            shares[str(year)] = round(float(np.isfinite(np.asarray(score.data)).mean()), 6)
        except CorruptChunk:
            shares[str(year)] = None
    return shares
