"""Random numbers by address: a value depends only on its key and coordinates, never on an order of drawing.

That makes every window of the island equal to the same window of the whole. Integers only (SplitMix64),
so the numbers are the same on every processor and with every numpy.
"""

import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MASK = (1 << 64) - 1
_STEP, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
BELL_STD = float(np.sqrt(4 * (256**2 - 1) / 12))
"""Standard deviation of `bell`: a sum of four uniform bytes."""


def key(seed: int, *words: object) -> int:
    """A 64-bit key of a seed and a purpose, such as `key(0, "texture", 2019)`."""
    text = "/".join(map(str, (seed, *words))).encode()
    return zlib.crc32(text) << 32 | zlib.crc32(text[::-1] + b"#")


def hashed(key: int, *coordinates: ArrayLike) -> NDArray[np.uint64]:
    """SplitMix64 of a key and integer coordinates that broadcast against each other."""
    state = np.full(1, key & _MASK, np.uint64)
    for coordinate in coordinates:
        state = _mix(state ^ (np.atleast_1d(coordinate).astype(np.int64).view(np.uint64) * np.uint64(_STEP)))
    return _mix(state)


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + np.uint64(_STEP)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_MIX_1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_MIX_2)
    return state ^ (state >> np.uint64(31))


def uniform(key: int, *coordinates: ArrayLike) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1)."""
    return (hashed(key, *coordinates) >> np.uint64(11)) * 2.0**-53


def draw(key: int, *coordinates: int) -> float:
    """One uniform number in [0, 1)."""
    return float(uniform(key, *coordinates)[0])


def bell(key: int, *coordinates: ArrayLike) -> NDArray[np.float64]:
    """Bell-shaped whole numbers in [-510, 510] with mean 0 and standard deviation `BELL_STD`.

    Whole, so that sums of products with whole weights are exact in float64, in any order.
    """
    lanes = hashed(key, *coordinates)
    total = np.zeros(lanes.shape, np.int64)
    for shift in (0, 16, 32, 48):
        total += ((lanes >> np.uint64(shift)) & np.uint64(255)).astype(np.int64)
    return (total - 510).astype(np.float64)
