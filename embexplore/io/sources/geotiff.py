"""Plain multi-band GeoTIFFs: every pixel's bands are a vector, kept as float32."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.cube.grid import BBox
from embexplore.cube.schema import Provenance
from embexplore.errors import InvalidInput
from embexplore.io.sources.base import Block
from embexplore.io.sources.mosaic import Mosaic
from embexplore.io.sources.raster import Raster


def open_geotiff(rasters: Mapping[int, Sequence[Raster]], *, bbox: BBox | None = None) -> Mosaic:
    """The Source of plain GeoTIFFs by year, as float32 vectors.

    A pixel that is the nodata value or NaN in any band has no data. The bands' scale and offset are applied.

    Raises
    ------
    InvalidInput
        Files of different numbers of bands; complex numbers; when read: infinite values.
    CRSMismatch
        Several CRS or lattices, and no `bbox` that chooses one.
    """
    every = [raster for year in rasters for raster in rasters[year]]
    first = every[0]
    for raster in every:
        raster.clean = partial(_clean)
        if np.dtype(raster.dtype).kind not in "iuf":
            raise InvalidInput(f"{raster.file} holds {raster.dtype}, expected real numbers.")
        if len(raster.bands) != len(first.bands):
            raise InvalidInput(
                f"{first.file} has {len(first.bands)} bands, {raster.file} has {len(raster.bands)}: "
                "the vectors of a cube have one length."
            )
    if len(first.bands) < 2:
        raise InvalidInput(f"{first.file} has one band: a vector needs at least two.")
    return Mosaic(
        "geotiff",
        rasters,
        codec=make_codec("float32"),
        bands=band_names(first.bands),
        provenance=Provenance("GeoTIFF files", "unknown model"),
        bbox=bbox,
    )


def band_names(descriptions: Sequence[str]) -> tuple[str, ...]:
    """The file's own band names where it has different ones, else B00, B01, …."""
    if all(descriptions) and len(set(descriptions)) == len(descriptions):
        return tuple(descriptions)
    digits = max(2, len(str(len(descriptions) - 1)))
    return tuple(f"B{band:0{digits}d}" for band in range(len(descriptions)))


def require_finite(vectors: NDArray[np.float32], file: str) -> None:
    """InvalidInput where `vectors (d, rows, columns)` hold an infinite value."""
    infinite = np.isinf(vectors).any(axis=0)
    if infinite.any():
        raise InvalidInput(
            f"{file}: {int(infinite.sum())} pixels hold infinite values, which have no direction. "
            "Set them to the nodata value or NaN."
        )


def mask_nan(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors `(d, rows, columns)` with NaN in all bands wherever any band is NaN."""
    missing = np.isnan(vectors).any(axis=0)
    return np.where(missing, np.float32(np.nan), vectors) if missing.any() else vectors


def _clean(values: NDArray[np.generic], raster: Raster) -> Block:
    vectors = values.astype(np.float32)
    if any(scale != 1 for scale in raster.scales) or any(offset != 0 for offset in raster.offsets):
        shape = (-1, 1, 1)
        scaled = vectors * np.reshape(raster.scales, shape) + np.reshape(raster.offsets, shape)
        vectors = scaled.astype(np.float32)
    if raster.nodata is not None and not np.isnan(raster.nodata):
        vectors[:, (values == np.array(raster.nodata, values.dtype)).any(axis=0)] = np.nan
    require_finite(vectors, raster.file)
    return Block(mask_nan(vectors))
