"""Rows on packed bits: 1 M codes of 1024 bits, one query or a batch, beside faiss, simsimd and usearch."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from embexplore.bench.contest import Contest, Goal, Work, demand
from embexplore.bench.limits import read
from embexplore.bench.registry import row
from embexplore.core.bits import hamming, hamming_top_k

NBYTES = 128
K = 10

Codes = NDArray[np.uint8]


def _codes(scale: float) -> Codes:
    return np.random.default_rng(0).integers(0, 256, (max(1000, round(1_000_000 * scale)), NBYTES), dtype=np.uint8)


def _exactly(codes: Codes, query: Codes) -> NDArray[np.int64]:
    """Differing bits by unpacking them: the definition."""
    differing = np.unpackbits(codes ^ query, axis=-1)
    return np.asarray(differing.sum(axis=-1, dtype=np.int64))


def _faiss(codes: Codes, queries: Codes, k: int, threads: int | None) -> Work:
    import faiss

    index = faiss.IndexBinaryFlat(8 * NBYTES)
    index.add(codes)
    count = threads or faiss.omp_get_max_threads()

    def search() -> object:
        faiss.omp_set_num_threads(count)
        return index.search(queries, k)

    return search


def _usearch(codes: Codes, queries: Codes, k: int, threads: int | None) -> Work:
    from usearch.index import MetricKind, ScalarKind, search

    return lambda: search(codes, queries, k, MetricKind.Hamming, exact=True, threads=threads or 0, dtype=ScalarKind.B1)


def _simsimd(codes: Codes, queries: Codes, k: int, threads: int | None) -> Work:
    import simsimd

    del k
    return lambda: simsimd.cdist(queries, codes, metric="hamming", dtype="bin8", threads=threads or 0)


PEERS: dict[str, Callable[[Codes, Codes, int, int | None], Work]] = {
    "faiss": _faiss,
    "simsimd": _simsimd,
    "usearch": _usearch,
}


def _peers(names: tuple[str, ...], codes: Codes, queries: Codes, k: int, threads: int | None) -> dict[str, Work]:
    """The peers that are installed."""
    return {name: PEERS[name](codes, queries, k, threads) for name in names if find_spec(name) is not None}


@row("Hamming, 1 M × 1024 bit, 1 query, 1 thread")
def one_query(scale: float) -> Contest:
    """All distances of one query."""
    codes = _codes(scale)
    query = codes[7] ^ np.uint8(3)

    def check() -> None:
        some = slice(0, 20_000)
        demand(np.array_equal(hamming(codes, query)[some], _exactly(codes[some], query)), "Hamming")

    peers = _peers(("faiss", "simsimd"), codes, query[None], 1, 1)
    goals = (Goal("limit", 0.9),)
    return Contest(lambda: hamming(codes, query, threads=1), check, lambda: read(codes, 1), peers, goals)


@row("Hamming, 1 M × 1024 bit, 16 queries, k = 10")
def batch(scale: float) -> Contest:
    """The ten nearest of sixteen queries."""
    codes = _codes(scale)
    queries = codes[:: len(codes) // 16][:16] ^ np.random.default_rng(1).integers(0, 256, (16, NBYTES), dtype=np.uint8)

    def check() -> None:
        part = codes[:30_000]
        every = np.stack([_exactly(part, query) for query in queries])
        order = np.argsort(every, axis=1, kind="stable")[:, :K]
        distances, indices = hamming_top_k(part, queries, K)
        demand(np.array_equal(indices, order), "nearest codes")
        demand(np.array_equal(distances, np.take_along_axis(every, order, 1)), "nearest codes")

    peers = _peers(("faiss", "usearch"), codes, queries, K, None)
    return Contest(lambda: hamming_top_k(codes, queries, K), check, None, peers, (Goal("times", 3, "faiss"),))
