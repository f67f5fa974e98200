"""The loop that finds the nearest entry of a codebook: all entries are tried, 16 pixels at once."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel

Floats = NDArray[np.float32]

TILE = 256
"""64 bands of a tile take 64 KiB."""


def nearest_twin(
    vectors: Floats, entries: Floats, farther: Floats, starts: NDArray[np.int64], out: NDArray[np.uint8]
) -> None:
    """The entry of smallest |x − c|² + `farther` in each part of `vectors (n, d)`, into `out (n, parts)`.

    `entries (d, 256)` holds the codebooks of all parts, `farther (parts, 256)` what is added to the distance of an
    entry, `starts (parts + 1,)` the parts' first bands. Differences are squared one by one: x·c − |c|²/2 would lose
    what tells near entries apart.
    """
    for part, (first, stop) in enumerate(pairwise(starts)):
        for p in range(0, len(vectors), TILE):
            here = slice(p, p + TILE)
            apart = farther[part] + ((vectors[here, first:stop, None] - entries[first:stop]) ** 2).sum(axis=1)
            out[here, part] = np.where(np.isnan(apart), np.inf, apart).argmin(axis=1)


@kernel(twin=nearest_twin)
def nearest_entries(  # noqa: C901 - one fused loop, since kernels call no kernels
    vectors: Floats, entries: Floats, farther: Floats, starts: NDArray[np.int64], out: NDArray[np.uint8]
) -> None:
    """`nearest_twin` on tiles of pixels, turned so that a band's pixels lie side by side; four bands a pass."""
    d = vectors.shape[1]
    turned = np.empty((d, TILE), np.float32)
    apart, least = np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    which = np.empty(TILE, np.int32)
    for p in range(0, len(vectors), TILE):
        m = min(TILE, len(vectors) - p)
        for i in range(m):
            for band in range(d):
                turned[band, i] = vectors[p + i, band]
        for part in range(len(starts) - 1):
            first, stop = starts[part], starts[part + 1]
            least[:] = np.float32(np.inf)
            which[:] = np.int32(0)
            for entry in range(farther.shape[1]):
                more, band = farther[part, entry], first
                for i in range(m):
                    apart[i] = more
                while band + 4 <= stop:
                    c0, c1 = entries[band, entry], entries[band + 1, entry]
                    c2, c3 = entries[band + 2, entry], entries[band + 3, entry]
                    t0, t1, t2, t3 = turned[band], turned[band + 1], turned[band + 2], turned[band + 3]
                    for i in range(m):
                        apart0, apart1, apart2, apart3 = t0[i] - c0, t1[i] - c1, t2[i] - c2, t3[i] - c3
                        apart[i] += (apart0 * apart0 + apart1 * apart1) + (apart2 * apart2 + apart3 * apart3)
                    band += 4
                while band < stop:
                    c0, t0 = entries[band, entry], turned[band]
                    for i in range(m):
                        apart[i] += (t0[i] - c0) * (t0[i] - c0)
                    band += 1
                number = np.int32(entry)
                for i in range(m):
                    is_nearer = apart[i] < least[i]
                    least[i] = apart[i] if is_nearer else least[i]
                    which[i] = number if is_nearer else which[i]
            for i in range(m):
                out[p + i, part] = np.uint8(which[i])
