"""Which chunks of which variable a cube says it holds: the one rule that writer, reader and check share."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.io.stored_array import StoredArray

_BIT = {schema.EMBEDDINGS: schema.INT8, schema.CODES: schema.INT8, schema.BITS: schema.BITS_ONLY}


def precision_mask(name: str, codecs: Iterable[Codec]) -> int | None:
    """The bits of `precision` that a variable's chunks hang on; None for variables that are always written."""
    if name in _BIT:
        return _BIT[name]
    if name == schema.SCALES:
        return _either(codec.variable for codec in codecs if codec.has_scales)
    if name == schema.VALID:
        return _either(codec.variable for codec in codecs if codec.nodata is None and not codec.has_scales)
    return None


def _either(variables: Iterable[str]) -> int:
    mask = 0
    for variable in variables:
        mask |= _BIT[variable]
    return mask


def presence(array: StoredArray, mask: int | None, precision: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which chunks of an array were written, on its own chunk grid.

    Parameters
    ----------
    precision : ndarray of shape (time, chunk_y, chunk_x)
        In physical order.
    """
    if mask is None:
        return np.ones(array.chunk_grid, bool)
    written = (precision & mask) != 0
    between = (1,) * (len(array.chunk_grid) - 3)
    return written.reshape(written.shape[0], *between, *written.shape[1:])


def has_data(codec: Codec, codes: NDArray[Any], scales: NDArray[Any] | None, valid: NDArray[Any] | None) -> bool:
    """Whether any pixel of a chunk holds something; water (a NaN scale) does."""
    if codec.has_scales:
        return scales is None or not np.isposinf(scales).all()
    if codec.nodata is None:
        return valid is None or bool(valid.any())
    if isinstance(codec.nodata, float) and np.isnan(codec.nodata):
        return not np.isnan(codes).all()
    return bool((codes != codec.nodata).any())
