"""AlphaEarth Foundations: 64 signed-square int8 bands, as published COGs or as anything cut from them.

The code is a power law, `x = sign(v) (v / 127.5)²`: read linearly, recall@10 falls to 0.67–0.79. Unit
length tells them apart: real vectors decode to norms of 0.992–1.008, the wrong reading to about 2.5.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.core.normalize import norms
from embexplore.core.normcheck import NORM_TOLERANCE, median_norm
from embexplore.cube.grid import BBox
from embexplore.cube.schema import NODATA, Provenance
from embexplore.errors import InvalidInput, VariantMismatch
from embexplore.io.sources.base import Block
from embexplore.io.sources.mosaic import Mosaic
from embexplore.io.sources.raster import Raster

DIMENSIONS = 64
BANDS = tuple(f"A{band:02d}" for band in range(DIMENSIONS))
SAMPLE = 4096
"""Pixels of a block whose norms are checked: enough for a median, 0.4 % of a block."""

ATTRIBUTION = "The AlphaEarth Foundations Satellite Embedding dataset is produced by Google and Google DeepMind."
_VERSION = re.compile(r"(?:satellite_embedding|tge-labs/aef)/(v[\d.]+)/", re.IGNORECASE)


def provenance(source: str, version: str = "v1") -> Provenance:
    """Where AlphaEarth vectors come from; `v1` is the one version that was published."""
    return Provenance(source, "AlphaEarth Foundations", version, ATTRIBUTION, "CC-BY-4.0")


def looks_like(raster: Raster) -> bool:
    """Whether a file is AlphaEarth's by its header: 64 int8 bands with nodata −128, whatever size and names."""
    return raster.dtype == "int8" and raster.nodata == NODATA and len(raster.bands) == DIMENSIONS


def open_alphaearth(rasters: Mapping[int, Sequence[Raster]], *, bbox: BBox | None = None) -> Mosaic:
    """The Source of AlphaEarth files by year.

    Raises
    ------
    InvalidInput
        Not 64 int8 bands; when read: vectors that are not of unit length.
    VariantMismatch
        Files of different published versions.
    CRSMismatch
        Several CRS or lattices, and no `bbox` that chooses one.
    """
    every = [raster for year in rasters for raster in rasters[year]]
    for raster in every:
        require_bands(raster, DIMENSIONS, "int8")
        raster.clean = partial(_clean)
    version = _one_version([raster.file for raster in every])
    return Mosaic(
        "alphaearth",
        rasters,
        codec=make_codec("alphaearth"),
        bands=BANDS,
        provenance=provenance("AlphaEarth COGs", version),
        bbox=bbox,
    )


def require_bands(raster: Raster, bands: int, dtype: str) -> None:
    """InvalidInput unless a raster has so many bands of a type."""
    if len(raster.bands) != bands:
        raise InvalidInput(
            f"{raster.file} has {len(raster.bands)} bands, AlphaEarth has {bands}. "
            "Take a file with all of them, or --source geotiff (source='geotiff') to read it as plain numbers."
        )
    if raster.dtype != dtype:
        raise InvalidInput(f"{raster.file} holds {raster.dtype}, expected {dtype} codes.")


def require_unit_norms(codes: NDArray[np.int8], file: str) -> None:
    """InvalidInput unless most of the vectors of `codes (64, rows, columns)` decode to norms of 1 ± 0.02."""
    sample = _sample(codes)
    if len(sample) == 0:
        return
    norm = median_norm(make_codec("alphaearth"), sample)
    if abs(norm - 1) <= NORM_TOLERANCE:
        return
    linear = float(np.median(norms(sample / np.float32(127.5))))
    reading = "they look linear" if abs(linear - 1) <= 2 * NORM_TOLERANCE else "they are of another quantizer"
    raise InvalidInput(
        f"{file}: these codes are not AlphaEarth's: {reading}. Decoded as sign(v)·(v/127.5)² their norm is "
        f"{norm:.2f} (v/127.5: {linear:.2f}), expected 1 ± {NORM_TOLERANCE}. "
        "Use the published int8 values, or --source geotiff (source='geotiff') to read plain numbers."
    )


def mask_partial(codes: NDArray[np.int8]) -> NDArray[np.int8]:
    """The codes with every pixel that is −128 in any band made −128 in all bands."""
    missing = (codes == NODATA).any(axis=0)
    if missing.any():
        codes = np.where(missing, np.int8(NODATA), codes)
    return codes


def _clean(values: NDArray[np.generic], raster: Raster) -> Block:
    codes = mask_partial(values.astype(np.int8, copy=False))
    require_unit_norms(codes, raster.file)
    return Block(codes)


def _sample(codes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Codes `(n, 64)` of up to 4,096 pixels with data, spread evenly over a block."""
    where = np.flatnonzero(codes[0] != NODATA)
    where = where[:: max(1, len(where) // SAMPLE)]
    return codes.reshape(len(codes), -1)[:, where].T


def _one_version(files: Sequence[str]) -> str:
    found = {match[1].lower(): file for file in files if (match := _VERSION.search(file))}
    if len(found) > 1:
        told = ", ".join(f"{version} ({file})" for version, file in sorted(found.items()))
        raise VariantMismatch(f"AlphaEarth versions {told} cannot share a cube: their vectors are not comparable.")
    return next(iter(found), "v1")
