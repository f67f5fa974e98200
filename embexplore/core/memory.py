"""How codes lie in memory: flat storage and strides, so that kernels scan views without copying them.

A band-first chunk seen through `np.moveaxis`, a window of a larger array and a pixel-major table all
become one `Pixels`; kernels take its fields and have a fast path for each of the two orders.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Memory = tuple[NDArray[np.generic], int, int, int, int]
"""`flat, band, row, column, width` of `Pixels`: what kernels take."""


@dataclass(frozen=True)
class Pixels:
    """Codes of n pixels as flat memory: pixel p's code b is `flat[p // width * row + p % width * column + b * band]`.

    Attributes
    ----------
    flat : ndarray of shape (span,)
        Read-only and contiguous: from the first to the last element in use.
    band, row, column : int
        Strides in elements. Band-first memory has `column == 1`, pixel-major memory `band == 1`.
    width : int
        Pixels in a row; all of them where rows follow each other without a gap.
    n : int
        Number of pixels.
    bands : int
        Codes of one pixel.
    """

    flat: NDArray[np.generic]
    band: int
    row: int
    column: int
    width: int
    n: int
    bands: int

    @property
    def is_band_first(self) -> bool:
        """Whether neighbors in memory are pixels of one band."""
        return self.column == 1

    @property
    def memory(self) -> Memory:
        """The fields that kernels take."""
        return self.flat, self.band, self.row, self.column, self.width


def window(memory: Memory, start: int, stop: int, bands: int) -> NDArray[np.generic]:
    """Codes `(stop - start, bands)` of a range of pixels: what the numpy twins of kernels work on."""
    flat, band, row, column, width = memory
    if start // max(width, 1) == (stop - 1) // max(width, 1):  # in one row: a view is enough
        first = start // max(width, 1) * row + start % max(width, 1) * column
        steps = (column * flat.itemsize, band * flat.itemsize)
        return np.lib.stride_tricks.as_strided(flat[first:], (stop - start, bands), steps, writeable=False)
    rows, columns = np.divmod(np.arange(start, stop), max(width, 1))
    return np.asarray(flat[(rows * row + columns * column)[:, None] + np.arange(bands) * band])


def pixels(codes: NDArray[np.generic]) -> Pixels:
    """The memory of `codes (..., d)`; copied only where neither pixels nor bands are neighbors in it."""
    if codes.ndim != 3:
        height = int(np.prod(codes.shape[:-2]))
        codes = codes.reshape(height, *codes.shape[-2:]) if codes.ndim > 3 else np.atleast_2d(codes)[None]
    if not _is_scannable(codes):
        codes = np.ascontiguousarray(codes, codes.dtype.newbyteorder("="))
    height, width, bands = codes.shape
    row, column, band = (stride // codes.itemsize for stride in codes.strides)
    if column != 1 and band != 1:  # numpy leaves the strides of axes of length 1 arbitrary
        column, band = (1, band) if width == 1 else (column, 1)
    if height == 1 or row == width * column:
        row, width = 0, height * width
    n = height * codes.shape[1]
    span = 0
    if codes.size:
        span = 1 + sum(
            (size - 1) * step // codes.itemsize for size, step in zip(codes.shape, codes.strides, strict=True)
        )
    flat = np.lib.stride_tricks.as_strided(codes, (span,), (codes.itemsize,), writeable=False)
    return Pixels(flat, band, row, column, width, n, bands)


def _is_scannable(codes: NDArray[np.generic]) -> bool:
    """Whether strides are whole and forward, and pixels or bands are neighbors."""
    steps = [step for size, step in zip(codes.shape, codes.strides, strict=True) if size > 1]
    is_forward = all(step >= 0 and step % codes.itemsize == 0 for step in steps)
    _, columns, bands = (
        size == 1 or step == codes.itemsize for size, step in zip(codes.shape, codes.strides, strict=True)
    )
    return is_forward and (columns or bands) and codes.dtype.isnative and codes.flags.aligned
