"""One raster file that GDAL reads, always handed out north-up; AlphaEarth's COGs lie south-up on disk."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput
from embexplore.io.sources.address import Stat, gdal_environment, gdal_name, is_remote, stat, with_retries
from embexplore.io.sources.base import Block
from embexplore.io.sources.blocks import edges, group_shape
from embexplore.io.sources.tiff_header import BlockSizes, read_block_sizes

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

R = TypeVar("R")

REMOTE_HANDLES = 8
"""Range requests under way at once for one remote file, each on its own GDAL handle."""

LOCAL_HANDLES = 2

Clean = Callable[[NDArray[np.generic], "Raster"], Block]
"""Turns raw values `(bands, rows, columns)` of a file into codes of the source's codec."""


def _plain(values: NDArray[np.generic], _: "Raster") -> Block:
    return Block(values)


@dataclass(eq=False)
class Raster:
    """A described raster file, read from several threads through its own handles.

    Attributes
    ----------
    file : str
        Path or address.
    grid : Grid
        North-up, whatever the file's order of rows.
    bands : tuple of str
        Band descriptions; `""` where a band has none.
    interleaved_by_band : bool
        Whether each band lies in blocks of its own.
    """

    file: str
    stat: Stat
    grid: Grid
    is_south_up: bool
    bands: tuple[str, ...]
    driver: str
    dtype: str
    nodata: float | None
    block: tuple[int, int]
    interleaved_by_band: bool
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    clean: Clean = _plain
    _handles: "queue.LifoQueue[DatasetReader]" = field(default_factory=queue.LifoQueue, repr=False)
    _free: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(REMOTE_HANDLES), repr=False)

    def __post_init__(self) -> None:
        rows, columns = self.grid.shape
        pixel = len(self.bands) * np.dtype(self.dtype).itemsize
        down, across = group_shape(self.block, self.grid.shape, pixel)
        self.row_edges = edges(rows, self.block[0], group=down, reverse=self.is_south_up)
        self.column_edges = edges(columns, self.block[1], group=across)

    def load(self, rows: slice, columns: slice) -> Block:
        """Cleaned codes of a window; SourceUnavailable when the file or its server does not answer."""
        return self.clean(self.values(rows, columns), self)

    def values(self, rows: slice, columns: slice) -> NDArray[np.generic]:
        """The file's own values `(bands, rows, columns)` of a window, north-up."""
        top = self.grid.shape[0] - rows.stop if self.is_south_up else rows.start
        height, width = rows.stop - rows.start, columns.stop - columns.start
        values = np.empty((len(self.bands), height, width), self.dtype)
        window = ((top, top + height), (columns.start, columns.stop))

        def read(bands: Sequence[int]) -> None:
            values[[band - 1 for band in bands]] = with_retries(lambda: self._read(bands, window), self.file)

        parts = self._band_parts()
        if len(parts) == 1:
            read(parts[0])
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(read, parts))
        return values[:, ::-1] if self.is_south_up else values

    def stored_bytes(self, rows: slice, columns: slice) -> int:
        """Compressed bytes of the blocks that a window touches, in all bands, as the file's header lists them.

        A block that a sparse file leaves out counts as 0.
        """
        top = self.grid.shape[0] - rows.stop if self.is_south_up else rows.start
        return self._block_sizes.window(slice(top, top + rows.stop - rows.start), columns)

    @cached_property
    def _block_sizes(self) -> BlockSizes:
        return read_block_sizes(self.file)

    def _band_parts(self) -> list[list[int]]:
        bands = list(range(1, len(self.bands) + 1))
        if not self.interleaved_by_band:
            return [bands]
        threads = REMOTE_HANDLES if is_remote(self.file) else LOCAL_HANDLES
        return [part for part in (bands[first::threads] for first in range(threads)) if part]

    def _read(self, bands: Sequence[int], window: tuple[tuple[int, int], tuple[int, int]]) -> NDArray[np.generic]:
        def read(dataset: "DatasetReader") -> NDArray[np.generic]:
            values = dataset.read(list(bands), window=window)
            if self._is_remote_tiff:
                self._require_block_index(dataset, bands, window)
            return values

        return self._with_handle(read)

    @cached_property
    def _is_remote_tiff(self) -> bool:
        return is_remote(self.file) and self.driver == "GTiff"

    def _require_block_index(
        self, dataset: "DatasetReader", bands: Sequence[int], window: tuple[tuple[int, int], tuple[int, int]]
    ) -> None:
        """OSError where GDAL took blocks for left out that the file has.

        Measured with GDAL 3.10: when the server dies while GDAL reads a TIFF's block index, the blocks
        count as sparse, and the read gives nodata without an error.
        """
        sizes = self._block_sizes
        down, across = sizes.touched(*(slice(*edge) for edge in window))
        for band in bands if self.interleaved_by_band else (1,):
            for row, column in product(down, across):
                is_there = sizes.counts[band - 1, row, column] > 0
                if is_there and dataset.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band) is None:
                    raise OSError("its block index was not read")

    def _with_handle(self, work: Callable[["DatasetReader"], R]) -> R:
        with self._free, gdal_environment(self.file):
            try:
                handle = self._handles.get_nowait()
            except queue.Empty:
                handle = _open(self.file)
            try:
                answer = work(handle)
            except BaseException:
                handle.close()  # with its cache of what failed
                raise
            self._handles.put(handle)
            return answer


def open_raster(file: str, clean: Clean = _plain) -> Raster:
    """Describe a raster file.

    Raises
    ------
    SourceUnavailable
        There is no such file, or its server does not answer.
    InvalidInput
        It is no raster, or has no CRS, or is rotated.
    """
    status = stat(file)
    with gdal_environment(file):
        dataset = with_retries(lambda: _open(file), file)
        raster = _describe(file, status, dataset, clean)
        raster._handles.put(dataset)  # noqa: SLF001 (the constructor of this class)
    return raster


def _open(file: str) -> "DatasetReader":
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # `_describe` raises a sentence instead
        try:
            return rasterio.open(gdal_name(file))
        except RasterioIOError as error:
            if is_remote(file) and "not recognized" not in str(error):
                raise
            raise InvalidInput(f"{file} is not a raster that GDAL can read ({error}). Expected a GeoTIFF.") from error


def _describe(file: str, status: Stat, dataset: "DatasetReader", clean: Clean) -> Raster:
    if dataset.crs is None:
        raise InvalidInput(
            f"{file} has no CRS, so its pixels lie nowhere. Give it one, e.g. `gdal_edit.py -a_srs EPSG:32616 FILE`."
        )
    if len(set(dataset.dtypes)) > 1:
        raise InvalidInput(
            f"{file}: bands of different types ({', '.join(sorted(set(dataset.dtypes)))}), expected one."
        )
    grid, is_south_up = _north_up(dataset)
    return Raster(
        file=file,
        stat=status,
        grid=grid,
        is_south_up=is_south_up,
        bands=tuple(text or "" for text in dataset.descriptions),
        driver=dataset.driver,
        dtype=dataset.dtypes[0],
        nodata=dataset.nodata,
        block=dataset.block_shapes[0],
        interleaved_by_band=dataset.interleaving is not None and dataset.interleaving.name == "band",
        scales=dataset.scales,
        offsets=dataset.offsets,
        clean=clean,
    )


def _north_up(dataset: "DatasetReader") -> tuple[Grid, bool]:
    """The file's grid with rows running south, and whether they run north on disk."""
    epsg = dataset.crs.to_epsg()
    crs = f"EPSG:{epsg}" if epsg else dataset.crs.to_wkt()
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    if e > 0:
        return Grid(crs, (a, b, c, d, -e, f + e * dataset.height), dataset.shape), True
    return Grid(crs, (a, b, c, d, e, f), dataset.shape), False
