"""Write a map as a Cloud-Optimized GeoTIFF, streamed block by block: memory does not grow with the map."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.errors import CRSMismatch, InvalidInput, WriteFailed
from embexplore.io.export.whole import whole_file
from embexplore.io.progress import Progress

if TYPE_CHECKING:
    from rasterio.io import DatasetWriter

Window = tuple[slice, slice]

BLOCK = 512
"""Side of a COG tile; small maps get smaller tiles, so that they have overviews too."""
WIDTH = 4096
"""Columns computed at once: with `BLOCK` rows 8 MB of float32, 32 chunks that dask may compute in parallel."""
CACHE = 64
"""Megabytes of GDAL's block cache, which otherwise takes 5 % of the machine's memory."""


def write_cog(
    array: xr.DataArray,
    path: Path | str,
    *,
    provenance: Mapping[str, str],
    bands: Sequence[str] | None = None,
    nodata: float | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a map with x, y and a CRS as a tiled, compressed GeoTIFF with overviews, as rio-cogeo validates it.

    Parameters
    ----------
    array : DataArray of dims (y, x), (any, y, x) or (y, x, rgb)
        numpy or dask; dask is computed window by window, in chunks of the array's own.
    provenance : mapping of str
        What `stamp` gives: written as tags, the attribution also as the TIFF copyright.
    bands : sequence of str, optional
        A description of each band; by default the array's name, or the values of its leading coordinate.
    nodata : float, optional
        By default NaN for floats and 0 for RGB (whose data are 1…255); none for other integers.
    progress : callable (done, total, what), optional

    Raises
    ------
    AlreadyExists, WriteFailed
        As `whole_file` does: the file is whole or not there.
    CRSMismatch
        If the array has no CRS.
    """
    if schema.SPATIAL_REF not in array.coords:
        raise CRSMismatch(
            f"{array.name or 'this array'} has no CRS (no `spatial_ref` coordinate): export a cube's result."
        )
    is_rgb = array.dims[-1:] == ("rgb",)
    grid, layers = grid_of(array), _storable(_bands_first(array))
    if nodata is None:
        nodata = np.nan if np.issubdtype(layers.dtype, np.floating) else 0 if is_rgb else None
    with whole_file(path, overwrite=overwrite) as temporary:
        plain = temporary.with_suffix(".plain.tif")
        with _gdal(path):
            with _create(plain, grid, layers, nodata) as file:
                _describe(file, provenance, bands or _names(layers), is_rgb=is_rgb)
                _stream(file, layers, progress)
            averaged = is_rgb or np.issubdtype(layers.dtype, np.floating)
            _optimize(plain, temporary, grid.shape, "AVERAGE" if averaged else "NEAREST")
            _read_back(temporary)
    return Path(path)


def _bands_first(array: xr.DataArray) -> xr.DataArray:
    others = [dim for dim in array.dims if dim not in (schema.Y, schema.X)]
    if len(others) > 1 or not {schema.Y, schema.X} <= set(array.dims):
        raise InvalidInput(f"dims {array.dims}: expected y and x, and at most one dim more (its values become bands).")
    return array.transpose(*others, schema.Y, schema.X) if others else array.expand_dims("layer")


def _storable(layers: xr.DataArray) -> xr.DataArray:
    """The array in a type that GeoTIFF has: bool as uint8, float16 as float32."""
    kept = {"bool": "uint8", "float16": "float32"}.get(str(layers.dtype), str(layers.dtype))
    if kept not in {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"}:
        raise InvalidInput(f"dtype {layers.dtype}: a GeoTIFF holds integers of 8 to 32 bits, float32 and float64.")
    return layers.astype(kept, copy=False)


def _names(layers: xr.DataArray) -> list[str]:
    leading = layers.dims[0]
    if leading in layers.coords:
        return [str(value) for value in layers[leading].values]
    if leading == "rgb":
        return ["red", "green", "blue"]
    count = layers.sizes[leading]
    return [str(layers.name or "value")] if count == 1 else [f"{leading} {number}" for number in range(count)]


def _create(path: Path, grid: Grid, layers: xr.DataArray, nodata: float | None) -> "DatasetWriter":
    import rasterio
    from affine import Affine

    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=grid.shape[0],
        width=grid.shape[1],
        count=layers.shape[0],
        dtype=layers.dtype,
        crs=grid.crs,
        transform=Affine(*grid.transform),
        nodata=nodata,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
        BIGTIFF="IF_SAFER",
    )


def _describe(file: "DatasetWriter", provenance: Mapping[str, str], bands: Sequence[str], *, is_rgb: bool) -> None:
    from rasterio.enums import ColorInterp

    tiff = {"description": "IMAGEDESCRIPTION", "attribution": "COPYRIGHT", "software": "SOFTWARE"}
    file.update_tags(**{f"TIFFTAG_{tag}": provenance[key] for key, tag in tiff.items() if provenance.get(key)})
    file.update_tags(**{f"EMBEXPLORE_{key.upper()}": value for key, value in provenance.items() if value})
    if len(bands) != file.count:
        raise InvalidInput(f"{len(bands)} band descriptions for {file.count} bands.")
    for number, name in enumerate(bands, start=1):
        file.set_band_description(number, name)
    if is_rgb:
        file.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)


def _stream(file: "DatasetWriter", layers: xr.DataArray, progress: Progress | None) -> None:
    from rasterio.windows import Window as Place

    windows = list(_windows(layers))
    for done, (rows, columns) in enumerate(windows, start=1):
        block: NDArray[np.generic] = np.asarray(layers[:, rows, columns].data)
        file.write(block, window=Place.from_slices(rows, columns))
        if progress:
            progress(done, len(windows), "blocks written")


def _windows(layers: xr.DataArray) -> Iterator[Window]:
    """Windows that follow the array's own chunks, so that none is computed twice."""
    rows, columns = layers.chunks[1:] if layers.chunks else ((1,) * layers.shape[1], (1,) * layers.shape[2])
    return product(_runs(rows, BLOCK), _runs(columns, WIDTH))


def _runs(chunks: Sequence[int], size: int) -> list[slice]:
    """Neighboring chunks joined to runs of at most `size`, or of one chunk where that is larger."""
    edges, start, end = [0], 0, 0
    for chunk in chunks:
        if end + chunk - start > size and end > start:
            edges.append(end)
            start = end
        end += chunk
    return [slice(first, last) for first, last in pairwise([*edges, end])]


def _optimize(plain: Path, path: Path, shape: tuple[int, int], resampling: str) -> None:
    """Re-order the plain tiles as a COG; every map gets at least one overview."""
    from rasterio.shutil import copy

    block = BLOCK if max(shape) > 2 * BLOCK else 128
    levels = max(1, int(np.ceil(np.log2(max(shape) / block)))) if max(shape) > 1 else 0
    copy(
        plain,
        path,
        driver="COG",
        COMPRESS="DEFLATE",
        PREDICTOR="YES",
        BLOCKSIZE=block,
        OVERVIEW_COUNT=levels,
        OVERVIEW_RESAMPLING=resampling,
        BIGTIFF="IF_SAFER",
        NUM_THREADS="ALL_CPUS",
    )


def _read_back(path: Path) -> None:
    """Read every tile once: GDAL may report a full disk only on its log, leaving a file that opens."""
    import rasterio

    with rasterio.open(path) as file:
        for _, window in file.block_windows(1):
            file.read(window=window)


@contextmanager
def _gdal(path: Path | str) -> Iterator[None]:
    """GDAL with a small cache; what it cannot write (a full disk among others) becomes WriteFailed."""
    import rasterio
    from rasterio._err import CPLE_BaseError  # rasterio.shutil.copy raises it bare
    from rasterio.errors import RasterioError

    with rasterio.Env(GDAL_CACHEMAX=CACHE):
        try:
            yield
        except (CPLE_BaseError, RasterioError) as error:
            reason = error.__cause__ or error  # rasterio: "Write failed. See previous exception for details."
            raise WriteFailed(f"{path} was not written ({reason}); is the disk full? Nothing was left.") from error
