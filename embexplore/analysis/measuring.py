"""One codec, fitted on some blocks of ground and measured on the others: what it finds, and how fast."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.analysis.holdout import Holdout, without_itself
from embexplore.core.codecs import Codec, Int8
from embexplore.core.distance import change
from embexplore.core.recall import nearest_of, recall
from embexplore.core.significance import Interval
from embexplore.errors import InvalidInput

TIMED_PIXELS = 1 << 18
"""Pixels of a timed search: 512², some milliseconds."""
TIMES = 5
NOTHING = Interval(float("nan"), float("nan"), float("nan"))


class Measured:
    """What one codec costs and saves: the numbers of its rows.

    Attributes
    ----------
    codec : Codec
        Fitted.
    codes, scales : ndarray of shape (m, c), ndarray of shape (m,) or None
        The tested pixels.
    scores : ndarray of shape (queries, m), float32
        Their cosines by their codes.
    found : ndarray of shape (queries,), float64
        Share of the true nearest that it finds, query by query.
    rechecked : dict of int to ndarray of shape (queries,)
        The same after its best so many are ranked again.
    changed : (ndarray, ndarray) of shape (m,), float32, or None
        Change by codes, and true change, where there is an earlier year.
    """

    def __init__(
        self,
        held: Holdout,
        codec: Codec,
        recheck: Sequence[int],
        finer: NDArray[np.float32] | None,
        random_state: int | None,
    ) -> None:
        self._held = held
        self._d = held.test.shape[1]
        start = time.perf_counter()
        self.codec = codec.fit(held.fit, random_state=random_state)
        self.fit_seconds = time.perf_counter() - start
        self.codes, self.scales = self.codec.encode(held.test), self.codec.scales(held.test)
        self.scores = without_itself(self.codec.similarity(held.test[: held.queries], self.codes, self.scales))
        self.found = recall(held.truth, nearest_of(self.scores, held.k))
        exact = held.scores if finer is None else finer
        self.rechecked = {number: self._again(number, exact) for number in recheck}
        self.changed, self.encode_seconds = self._change()
        self.search_speed, self.search_seconds = _speed(self.codec, held.test[0], self.codes, self.scales)

    @property
    def score_error(self) -> Interval:
        """Mean absolute error of the cosine."""
        pairs = zip(self.scores, self._held.scores, strict=True)
        return self._held.asked.mean(np.array([np.nanmean(np.abs(coded - exact)) for coded, exact in pairs]))

    @property
    def change_flipped(self) -> Interval:
        """Share of the pixels whose change is above the floor for the one and not for the other."""
        floor = self._held.floor
        if self.changed is None or np.isnan(floor):
            return NOTHING
        coded, exact = (each > floor for each in self.changed)
        return self._held.drawn.mean(coded != exact)

    def row(self, recheck: int | None = None, *, beside: float = 0.0) -> dict[str, Any]:
        """The row of the table; of a search in two stages, whose finer codes take `beside` bytes a pixel more."""
        found = self.found if recheck is None else self.rechecked[recheck]
        size = self.codec.bytes_per_pixel(self._d)
        row: dict[str, Any] = {
            "codec": self.codec.spec if recheck is None else f"{self.codec.spec}, {recheck} re-checked",
            "bytes_per_pixel": size + (0.0 if recheck is None else beside),
            "bytes_scanned_per_pixel": size,
            "side_bytes": self.codec.side_bytes,
            **limits(f"recall_at_{self._held.k}", self._held.asked.mean(found)),
        }
        once = recheck is None
        row |= limits("score_error", self.score_error if once else NOTHING)
        row |= limits("change_flipped", self.change_flipped if once else NOTHING)
        nan = float("nan")
        return row | {
            "search_speed": self.search_speed if once else nan,
            "queries_per_second": 1 / self.search_seconds if once else nan,
            "encode_seconds": self.encode_seconds if once else nan,
            "fit_seconds": self.fit_seconds if once else nan,
        }

    def _again(self, number: int, exact: NDArray[np.float32]) -> NDArray[np.float64]:
        """Recall of the best `number` pixels ranked again by other scores `(queries, m)`."""
        short = nearest_of(self.scores, min(number, len(self.codes) - 1))
        best = nearest_of(np.take_along_axis(exact, short, 1), self._held.k)
        return recall(self._held.truth, np.take_along_axis(short, best, 1))

    def _change(self) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]] | None, float]:
        """Change by codes and exactly; and seconds to encode `TIMED_PIXELS`, told from the second time."""
        held = self._held
        vectors = held.test if held.earlier is None else held.earlier
        start = time.perf_counter()
        codes, scales = self.codec.encode(vectors), self.codec.scales(vectors)
        seconds = (time.perf_counter() - start) * TIMED_PIXELS / len(vectors)
        if held.change is None:
            return None, seconds
        return (change(self.codec, codes, self.codes, scales, self.scales), held.change), seconds


def measure(
    held: Holdout,
    codec: Codec,
    *,
    recheck: Sequence[int] = (),
    finer: NDArray[np.float32] | None = None,
    random_state: int | None = None,
) -> Measured:
    """One codec, fitted on the pixels held for that and measured on the others.

    `recheck` numbers of best pixels are ranked again, by the scores `finer (queries, m)` or the exact ones.
    """
    if any(number < held.k for number in recheck):
        raise InvalidInput(f"recheck={list(recheck)}: at least k={held.k} must be ranked again.")
    return Measured(held, codec, recheck, finer, random_state)


def limits(name: str, interval: Interval) -> dict[str, float]:
    """The three columns of a number with its interval."""
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _speed(codec: Codec, query: NDArray[np.float32], codes: NDArray[Any], scales: Any) -> tuple[float, float]:
    """How many times as fast as int8 one query scans `TIMED_PIXELS` pixels, and in how many seconds.

    By turns, the best of some of each.
    """
    own = _timed(codec, query, codes, scales)
    int8 = _timed(*_int8(len(query)), None)
    turns = [(own(), int8()) for _ in range(TIMES)]
    ours, theirs = (min(seconds) for seconds in zip(*turns, strict=True))
    return 1.0 if isinstance(codec, Int8) else theirs / ours, ours


def _timed(codec: Codec, query: NDArray[np.float32], codes: NDArray[Any], scales: Any) -> Callable[[], float]:
    """What takes the seconds of one scan, of codes that lie band first as cubes hold them."""
    many = -(-TIMED_PIXELS // len(codes))
    tall = np.moveaxis(np.ascontiguousarray(np.tile(codes, (many, 1))[:TIMED_PIXELS].T), 0, -1)
    beside = None if scales is None else np.tile(scales, many)[:TIMED_PIXELS]

    def scan() -> float:
        start = time.perf_counter()
        codec.similarity(query, tall, beside)
        return time.perf_counter() - start

    return scan


@lru_cache(maxsize=4)
def _int8(d: int) -> tuple[Codec, NDArray[np.float32], NDArray[Any]]:
    """An int8 codec, a query and codes to time beside."""
    vectors = np.random.default_rng(0).normal(size=(1024, d)).astype(np.float32)
    codec = Int8().fit(vectors)
    return codec, vectors[0], codec.encode(vectors)
