"""Rows on maps of AlphaEarth codes: search, change, colors, encoding. Full size is 2048² pixels of 64 bands, 256 MiB.

Peers are numpy in blocks that fit the cache, the best way without a compiler. No other library reads
signed squares, so others would need four times the memory first.
"""

from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from embexplore.bench.contest import Contest, Goal, Work, demand
from embexplore.bench.limits import read
from embexplore.bench.registry import row, side
from embexplore.core.codecs import make_codec
from embexplore.core.cosine import ValueMap, cosine, scan
from embexplore.core.covariance import Covariance
from embexplore.core.distance import change
from embexplore.core.pca import PCA, fit_pca, rgb
from embexplore.core.shade import shade
from embexplore.core.topk import top_k

BANDS = 64
BLOCK = 1 << 14
EPS = 2.0**-23
SIGNED_SQUARE = ValueMap(squared=True, nodata=-128, factor=127.5**-2)

Int8 = NDArray[np.int8]
Floats = NDArray[np.float32]


def map_codes(scale: float, seed: int = 0) -> Int8:
    """Band-first codes `(64, h, w)` with some pixels of no data."""
    n = side(scale)
    codes = np.random.default_rng(seed).integers(-127, 128, (BANDS, n, n), dtype=np.int8)
    codes[:, ::97, ::89] = -128
    return codes


def some_queries(m: int) -> Floats:
    """Unit queries `(m, 64)`."""
    queries = np.random.default_rng(9).normal(size=(m, BANDS))
    return (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)


def _sample(codes: Int8) -> tuple[NDArray[np.intp], Int8]:
    """Some pixels, and their codes `(n, 64)`."""
    flat = codes.reshape(BANDS, -1)
    chosen = np.unique(np.random.default_rng(5).integers(0, flat.shape[1], 20_000))
    return chosen, flat[:, chosen].T


def _one_thread() -> AbstractContextManager[object]:
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits


def _serial_and_parallel(work: Work, *, is_serial: bool = False) -> dict[str, Work]:
    """Numpy with one BLAS thread, and with all of them, which on a busy machine wait for each other."""

    def serial() -> None:
        with _one_thread():
            work()

    return {"numpy 1 thread": serial} if is_serial else {"numpy": work, "numpy 1 thread": serial}


def numpy_scores(codes: Int8, queries: Floats) -> Floats:
    """True cosine in numpy, block by block: decode, one matrix product, lengths."""
    flat = codes.reshape(BANDS, -1)
    out = np.empty((len(queries), flat.shape[1]), np.float32)
    for start in range(0, flat.shape[1], BLOCK):
        v = flat[:, start : start + BLOCK].astype(np.float32)
        v *= np.abs(v)
        scores = queries @ v
        scores /= np.sqrt(np.einsum("ij,ij->j", v, v))
        np.clip(scores, -1, 1, out=scores)
        scores[:, flat[0, start : start + BLOCK] == -128] = np.nan
        out[:, start : start + BLOCK] = scores
    return out


def _search(scale: float, m: int, threads: int | None, goals: tuple[Goal, ...]) -> Contest:
    codes, queries = map_codes(scale), some_queries(m)
    view, query = np.moveaxis(codes, 0, -1), queries[0] if m == 1 else queries

    def ours() -> Floats:
        return scan(query, view, SIGNED_SQUARE, threads=threads)

    def check() -> None:
        chosen, sample = _sample(codes)
        exact = cosine(queries, make_codec("alphaearth").decode(sample))
        scores = ours().reshape(m, -1)
        off = np.abs(scores[:, chosen].astype(np.float64) - exact)
        demand(bool(np.nanmax(off) <= (2 * BANDS + 8) * EPS), "search")
        demand(
            np.array_equal(np.isnan(scores), np.broadcast_to(codes.reshape(BANDS, -1)[0] == -128, scores.shape)),
            "search",
        )

    peers = _serial_and_parallel(lambda: numpy_scores(codes, queries), is_serial=threads == 1)
    return Contest(ours, check, lambda: read(codes, threads), peers, goals)


@row("search, 1 query, 1 thread")
def search_serial(scale: float) -> Contest:
    """One query to a map of cosines."""
    return _search(scale, 1, 1, (Goal("limit", 0.35), Goal("limit", 0.6)))


@row("search, 1 query")
def search(scale: float) -> Contest:
    """The same on all processors."""
    return _search(scale, 1, None, (Goal("times", 10), Goal("limit", 0.35), Goal("limit", 0.6)))


@row("search, 16 queries")
def search_many(scale: float) -> Contest:
    """Sixteen maps at once."""
    return _search(scale, 16, None, (Goal("times", 3),))


def _click(scale: float, goal: float) -> Contest:
    """What a click costs without the browser: scores, the hundred best, a heat map."""
    codes, query = map_codes(scale), some_queries(1)[0]
    view = np.moveaxis(codes, 0, -1)

    def ours() -> tuple[Floats, NDArray[np.int64], NDArray[np.uint8]]:
        scores = scan(query, view, SIGNED_SQUARE)
        return scores, np.stack(top_k(scores, 100)), shade(scores, 0, 1)

    def check() -> None:
        scores, hits, heat = ours()
        order = np.argsort(-scores.reshape(-1), kind="stable")[:100]
        demand(np.array_equal(hits, np.divmod(order, scores.shape[1])), "top 100")
        exact = 1 + 254 * np.clip(scores.astype(np.float64), 0, 1)
        demand(bool(np.nanmax(np.abs(heat - exact)) <= 0.5 + 254 * 4 * EPS), "heat map")
        demand(np.array_equal(heat == 0, np.isnan(scores)), "heat map")

    def numpy_blocks() -> None:
        scores = numpy_scores(codes, query[None])[0]
        best = np.argpartition(np.where(np.isnan(scores), np.inf, -scores), 100)[:100]
        best[np.argsort(-scores[best], kind="stable")]
        np.where(np.isnan(scores), 0, 1.5 + 254 * np.clip(scores, 0, 1)).astype(np.uint8)

    return Contest(ours, check, lambda: read(codes, None), _serial_and_parallel(numpy_blocks), (Goal("seconds", goal),))


@row("click (search, top 100, heat map), 2048²")
def click(scale: float) -> Contest:
    """A warm click on a large map."""
    return _click(scale, 0.050)


@row("click (search, top 100, heat map), 1024²")
def small_click(scale: float) -> Contest:
    """A warm click on a quarter of it."""
    return _click(scale / 4, 0.015)


@row("change of two years")
def change_map(scale: float) -> Contest:
    """1 − cosine of two maps."""
    first, second = map_codes(scale), map_codes(scale, seed=1)
    views = np.moveaxis(first, 0, -1), np.moveaxis(second, 0, -1)
    codec = make_codec("alphaearth")

    def check() -> None:
        chosen, sample = _sample(first)
        a = codec.decode(sample).astype(np.float64)
        b = codec.decode(second.reshape(BANDS, -1)[:, chosen].T).astype(np.float64)
        exact = 1 - (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        off = np.abs(change(codec, *views).reshape(-1)[chosen] - exact)
        demand(bool(np.nanmax(off) <= (3 * BANDS + 12) * EPS), "change")

    def numpy_blocks() -> None:
        out = np.empty(first[0].size, np.float32)
        a, b = first.reshape(BANDS, -1), second.reshape(BANDS, -1)
        for start in range(0, a.shape[1], BLOCK):
            here = slice(start, start + BLOCK)
            v, w = a[:, here].astype(np.float32), b[:, here].astype(np.float32)
            v *= np.abs(v)
            w *= np.abs(w)
            lengths = np.sqrt(np.einsum("ij,ij->j", v, v)) * np.sqrt(np.einsum("ij,ij->j", w, w))
            out[here] = 1 - np.einsum("ij,ij->j", v, w) / lengths
            out[here][(a[0, here] == -128) | (b[0, here] == -128)] = np.nan

    def limit() -> None:
        read(first, None)
        read(second, None)

    goals = (Goal("seconds", 0.075), Goal("times", 4))
    return Contest(lambda: change(codec, *views), check, limit, {"numpy": numpy_blocks}, goals)


@row("colors of principal components")
def colors(scale: float) -> Contest:
    """Codes to uint8 colors."""
    codes = map_codes(scale)
    view, codec = np.moveaxis(codes, 0, -1), make_codec("alphaearth")
    chosen, sample = _sample(codes)
    vectors = codec.decode(sample)
    pca = fit_pca(Covariance().update(vectors), vectors, 3)

    def check() -> None:
        colored = rgb(pca, codec, view).reshape(-1, 3)[chosen]
        exact = _stretched(pca, vectors.astype(np.float64))
        has_data = ~np.isnan(exact).any(axis=1)
        # Half a color of rounding, and float32 sums far below a hundredth of one.
        demand(bool(np.abs(colored[has_data] - exact[has_data]).max() <= 0.51), "colors")
        demand(np.array_equal(colored.any(axis=1), has_data), "colors")

    def numpy_blocks() -> None:
        out = np.empty((codes[0].size, 3), np.uint8)
        flat = codes.reshape(BANDS, -1)
        gain = 254 / (pca.stretch_[:, 1] - pca.stretch_[:, 0])
        weights = (pca.components_ * gain[:, None] / 127.5**2).astype(np.float32)
        bias = (1.5 - (pca.components_ @ pca.mean_ + pca.stretch_[:, 0]) * gain).astype(np.float32)
        for start in range(0, flat.shape[1], BLOCK):
            here = slice(start, start + BLOCK)
            v = flat[:, here].astype(np.float32)
            v *= np.abs(v)
            out[here] = np.clip(weights @ v + bias[:, None], 1, 255).T.astype(np.uint8)
            out[here][flat[0, here] == -128] = 0

    goals = (Goal("seconds", 0.090),)
    return Contest(
        lambda: rgb(pca, codec, view), check, lambda: read(codes, None), _serial_and_parallel(numpy_blocks), goals
    )


def _stretched(pca: PCA, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = pca.stretch_.T
    return np.asarray(1 + 254 * np.clip(((vectors - pca.mean_) @ pca.components_.T - low) / (high - low), 0, 1))


@row("AlphaEarth encode")
def encode(scale: float) -> Contest:
    """256 MiB of float32 to int8."""
    n = side(scale / 4)
    vectors = np.random.default_rng(3).normal(size=(BANDS, n, n)).astype(np.float32) * np.float32(0.2)
    view, copy = np.moveaxis(vectors, 0, -1), np.empty_like(vectors)
    codec = make_codec("alphaearth")

    def plainly() -> Int8:
        steps = np.round(np.sign(vectors) * np.sqrt(np.abs(vectors)) * np.float32(127.5))
        return np.asarray(np.clip(steps, -127, 127), np.int8)

    def check() -> None:
        demand(np.array_equal(np.moveaxis(codec.encode(view), -1, 0), plainly()), "encode")

    return Contest(
        lambda: codec.encode(view), check, lambda: np.copyto(copy, vectors), {"numpy": plainly}, (Goal("limit", 0.5),)
    )
