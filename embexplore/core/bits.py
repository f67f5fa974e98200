"""Binary codes: packing bits, counting the bits that differ, and finding the nearest codes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from embexplore.core.bits_kernels import hamming_16_words, hamming_planes, hamming_words, lookup, nearest
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.errors import InvalidInput


def pack(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Bits `(..., d)` packed big-endian into bytes `(..., ceil(d / 8))`; missing bits of the last byte are 0."""
    return np.packbits(bits, axis=-1)


def unpack(codes: NDArray[np.uint8], d: int) -> NDArray[np.bool_]:
    """The first `d` bits `(..., d)` of packed codes `(..., nbytes)`."""
    return np.unpackbits(codes, axis=-1, count=d).view(np.bool_)


def hamming(codes: NDArray[np.uint8], query: NDArray[np.uint8], *, threads: int | None = None) -> NDArray[np.uint16]:
    """Number of differing bits between every packed code and one query.

    Parameters
    ----------
    codes : ndarray of shape (..., nbytes), uint8
        Bits packed big-endian on the last axis, as `pack` makes them; any view.
    query : ndarray of shape (nbytes,), uint8
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray of shape (...), uint16
        In [0, 8 * nbytes].
    """
    out = np.empty(int(np.prod(codes.shape[:-1])), np.uint16)
    in_tiles(_count(np.asarray(codes, np.uint8), np.ascontiguousarray(query, np.uint8), out), len(out), threads)
    return out.reshape(codes.shape[:-1])


def hamming_scores(
    codes: NDArray[np.uint8], query: NDArray[np.uint8], table: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`table[hamming(codes, query)]`, `(...,)`: the cosine that a number of differing bits stands for."""
    out = np.empty(int(np.prod(codes.shape[:-1])), np.float32)
    apart, values = np.empty(len(out), np.uint16), np.ascontiguousarray(table, np.float32)
    count = _count(np.asarray(codes, np.uint8), np.ascontiguousarray(query, np.uint8), apart)

    def work(start: int, stop: int) -> None:
        count(start, stop)
        lookup(values, apart, start, stop, out)

    in_tiles(work, len(out))
    return out.reshape(codes.shape[:-1])


def _count(codes: NDArray[np.uint8], query: NDArray[np.uint8], out: NDArray[np.uint16]) -> Callable[[int, int], object]:
    """What puts the distances of a range of pixels into `out (n,)`: the fastest loop for this memory."""
    if query.shape != codes.shape[-1:]:
        raise InvalidInput(f"the query has {query.shape} bytes, the codes have {codes.shape[-1]}: they must agree.")
    if _has_words(codes):
        words, target = _words(codes), query.view(np.uint64)
        run = hamming_16_words if len(target) == 16 else hamming_words
        return lambda start, stop: run(words, target, start, stop, out)
    memory = pixels(codes).memory
    return lambda start, stop: hamming_planes(memory, query, start, stop, out)


def hamming_top_k(
    codes: NDArray[np.uint8], queries: NDArray[np.uint8], k: int, *, threads: int | None = None
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """The `k` nearest codes of every query, nearest first, ties in the order of the codes.

    Parameters
    ----------
    codes : ndarray of shape (n, nbytes), uint8
        Scanned in place where they are contiguous and nbytes is a multiple of 8, else copied.
    queries : ndarray of shape (m, nbytes), uint8
    k : int
        Fewer are returned where there are fewer codes.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    distances : ndarray of shape (m, k), uint16
        Ascending.
    indices : ndarray of shape (m, k), int64
        Rows of `codes`.
    """
    padding = ((0, 0), (0, -codes.shape[-1] % 8))
    rows = np.asarray(codes, np.uint8)
    words = _words(rows if _has_words(rows) else np.pad(rows, padding))
    targets = np.pad(np.asarray(queries, np.uint8), padding).view(np.uint64)
    k = max(0, min(k, len(words)))
    parts: list[tuple[NDArray[np.uint16], NDArray[np.int64]]] = []

    def work(start: int, stop: int) -> None:
        shape = (len(targets), min(k, stop - start))
        part = (np.empty(shape, np.uint16), np.empty(shape, np.int64))
        nearest(words, targets, start, stop, *part)
        parts.append(part)

    if k:
        in_tiles(work, len(words), threads)
    distances = np.concatenate([part[0] for part in parts] or [np.empty((len(targets), 0), np.uint16)], axis=1)
    indices = np.concatenate([part[1] for part in parts] or [np.empty((len(targets), 0), np.int64)], axis=1)
    order = np.lexsort((indices, distances), axis=1)[:, :k]
    return np.take_along_axis(distances, order, 1), np.take_along_axis(indices, order, 1)


def _has_words(codes: NDArray[np.uint8]) -> bool:
    """Whether codes are whole 64-bit words in memory, pixel after pixel."""
    return codes.shape[-1] % 8 == 0 and codes.flags.c_contiguous and codes.ctypes.data % 8 == 0


def _words(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The codes `(n, nbytes / 8)` as words; read-only, so that kernels compile once for all inputs."""
    words = codes.reshape(-1, codes.shape[-1]).view(np.uint64)
    words.flags.writeable = False
    return words
