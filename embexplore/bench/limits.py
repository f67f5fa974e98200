"""What no program can do without: reading its input once."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.parallel import in_tiles


def add_up_twin(words: NDArray[np.uint64], start: int, stop: int) -> int:
    """Sum of `words[start:stop]`, modulo 2⁶⁴."""
    return int(words[start:stop].sum())


@kernel(twin=add_up_twin)
def add_up(words: NDArray[np.uint64], start: int, stop: int) -> int:
    """`add_up_twin`, which takes as long as memory needs to deliver the words."""
    total = np.uint64(0)
    part = words[start:stop]
    for i in range(len(part)):
        total += part[i]
    return total


def read(array: NDArray[np.generic], threads: int | None) -> None:
    """Read an array once."""
    flat = array.reshape(-1)
    words = flat[: len(flat) // 8 * 8].view(np.uint64)
    in_tiles(lambda start, stop: add_up(words, start, stop), len(words), threads)
