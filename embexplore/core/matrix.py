"""Vectors times a matrix, by ranges that threads share: BLAS itself would wait for its threads by spinning."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.parallel import GRAIN, in_tiles, one_thread


def times(
    vectors: NDArray[np.float32], matrix: NDArray[np.float32], plus: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """`vectors @ matrix + plus`, `(..., k)`, of vectors `(..., d)`, a matrix `(d, k)` and a vector `(k,)`."""
    flat = vectors.reshape(-1, vectors.shape[-1])
    out = np.empty((len(flat), matrix.shape[1]), np.float32)

    def work(start: int, stop: int) -> None:
        np.matmul(flat[start:stop], matrix, out=out[start:stop])
        if plus is not None:
            out[start:stop] += plus

    with one_thread():
        in_tiles(work, len(flat), grain=GRAIN)
    return out.reshape((*vectors.shape[:-1], matrix.shape[1]))
