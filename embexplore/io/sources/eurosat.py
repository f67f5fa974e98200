"""EuroSAT-style exports of AlphaEarth: the signed-square code shifted by 127 into uint8.

They are `clip(round(sign(x)·√|x|·127.5), −127, 127) + 127`: taking 127 off gives AlphaEarth's codes
exactly, with nothing lost. What they cannot say is *no data*: the exporter wrote some vector there
(127 in every band, the zero vector, where it wrote zeros). A pixel of 127 in all bands is no data here,
because a zero vector has no direction.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.cube.grid import BBox
from embexplore.cube.schema import NODATA
from embexplore.errors import InvalidInput
from embexplore.io.sources.alphaearth import BANDS, DIMENSIONS, provenance, require_bands, require_unit_norms
from embexplore.io.sources.base import Block
from embexplore.io.sources.mosaic import Mosaic
from embexplore.io.sources.raster import Raster

ZERO = 127
"""The uint8 value of 0; 254 is the largest, 255 does not occur."""


def looks_like(raster: Raster) -> bool:
    """Whether a file is such an export: 64 uint8 bands whose decoded vectors have unit length."""
    if raster.dtype != "uint8" or len(raster.bands) != DIMENSIONS:
        return False
    first = (slice(*raster.row_edges[:2]), slice(*raster.column_edges[:2]))
    try:
        _clean(raster.values(*first), raster)
    except InvalidInput:
        return False
    return True


def open_eurosat(rasters: Mapping[int, Sequence[Raster]], *, bbox: BBox | None = None) -> Mosaic:
    """The Source of EuroSAT-style uint8 exports by year, in AlphaEarth's own codes.

    Raises InvalidInput for other than 64 uint8 bands, the value 255, or vectors that are not of unit length.
    """
    for raster in (raster for year in rasters for raster in rasters[year]):
        require_bands(raster, DIMENSIONS, "uint8")
        raster.clean = partial(_clean)
    return Mosaic(
        "eurosat",
        rasters,
        codec=make_codec("alphaearth"),
        bands=BANDS,
        provenance=provenance("uint8 exports of AlphaEarth (value + 127)"),
        bbox=bbox,
    )


def _clean(values: NDArray[np.generic], raster: Raster) -> Block:
    if (values == 255).any():
        raise InvalidInput(f"{raster.file} holds the value 255, which is no AlphaEarth code + 127 (0…254).")
    codes = (values.astype(np.int16) - ZERO).astype(np.int8)
    codes = np.where((codes == 0).all(axis=0), np.int8(NODATA), codes)
    require_unit_norms(codes, raster.file)
    return Block(codes)
