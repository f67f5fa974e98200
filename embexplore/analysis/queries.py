"""Exemplars in, unit queries out: what `search` and `nearest` accept as positives and negatives."""

from typing import Any, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.query import combine as combined
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of
from embexplore.errors import InvalidInput

Combine = Literal["mean", "max", "min", "contrast"]
"""How several exemplars become one score; `search` says what each means."""


def queries_of(cube: xr.Dataset, positives: Any, negatives: Any, combine: Combine) -> NDArray[np.float32]:
    """The unit queries `(m, d)` whose scores answer a search: one, or for `max` and `min` one a positive.

    Raises InvalidInput for exemplars of the wrong dimension, NaN, infinity, zero, or that cancel out.
    """
    if combine not in get_args(Combine):
        raise InvalidInput(f"combine={combine!r}: choose one of {', '.join(get_args(Combine))}.")
    d = dimension_of(cube)
    towards = _exemplars(positives, d, "positives")
    away = None if negatives is None else _exemplars(negatives, d, "negatives")
    if combine in ("mean", "contrast"):
        return combined(towards, away, combine)[np.newaxis]
    return np.stack([combined(one, away) for one in towards])


def _exemplars(vectors: Any, d: int, name: str) -> NDArray[np.float64]:
    """Vectors `(n, d)`: a DataArray has them on dim `band`, an array on its last axis, a list holds either."""
    if isinstance(vectors, (list, tuple)) and any(np.ndim(vector) for vector in vectors):
        return np.concatenate([_exemplars(vector, d, name) for vector in vectors])
    if isinstance(vectors, xr.DataArray) and schema.BAND in vectors.dims:
        vectors = vectors.transpose(..., schema.BAND)
    try:
        values = np.asarray(vectors, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(())
    if values.ndim == 0:
        raise InvalidInput(f"{name} is a {type(vectors).__name__}: expected vectors of {d} bands.")
    if values.size == 0:
        raise InvalidInput(f"{name} is empty: give at least one vector of {d} bands.")
    if values.shape[-1] != d:
        raise InvalidInput(f"{name} has {values.shape[-1]} bands: this cube has {d}.")
    return values.reshape(-1, d)
