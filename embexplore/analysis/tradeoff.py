"""What a codec costs in accuracy and saves in bytes, measured on a cube's own pixels."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.holdout import Holdout, hold_out, without_itself
from embexplore.core.codecs import Codec, Int8, make_codec
from embexplore.core.distance import change
from embexplore.core.recall import bootstrap, nearest_of, recall, undominated
from embexplore.cube import schema
from embexplore.cube.pieces import tier_names
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from pandas import DataFrame

CODECS = ("float32", "int8", "int4", "int3", "int2", "binary", "pca+water4", "pca+water2", "pca+water1")
"""What is compared by default: plain rounding, and bits by variance along principal axes."""
TIMED_PIXELS = 1 << 18
"""Pixels of a timed search: 512², some milliseconds."""
TIMES = 5


def tradeoff(
    cube: xr.Dataset,
    codecs: Sequence[str | Codec] = CODECS,
    *,
    year: int | None = None,
    since: int | None = None,
    floor: float | None = None,
    recheck: int | None = None,
    queries: int = 200,
    k: int = 10,
    random_state: int | None = None,
) -> "DataFrame":
    """What codecs cost and save: a row each, measured on pixels that none of them was fitted on.

    The cube's pixels fall into blocks of 16 × 16. Codecs are fitted on every other block; queries and what they
    search are pixels of the other blocks. The truth is the exact cosine of the vectors as the cube stores them.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; of large cubes 131 072 pixels of 64 random chunks.
    codecs : sequence of str or Codec
        Names, chains such as `pca32+rotate+int4`, or codecs; each is fitted here. Not the cube's own.
    year : int, optional
        Of the search; the latest by default.
    since : int, optional
        The earlier year of the change map; the cube's first by default.
    floor : float, optional
        Change that counts; by default the noise floor between both years.
    recheck : int, optional
        A further row for each codec smaller than the cube's own: its best so many, ranked again with those.
    queries : int
        Pixels that are searched for.
    k : int
        How many nearest count.
    random_state : int, optional
        Of the pixels and the resampling; None is seed 0.

    Returns
    -------
    DataFrame
        `codec`; `bytes_per_pixel` stored, `bytes_scanned_per_pixel` by a search, `side_bytes` once a cube;
        `recall_at_10` (or at `k`) in [0, 1] with `…_low` and `…_high`, the 95 % bootstrap interval over queries;
        `score_error`, mean absolute error of the cosine; `change_flipped`, the share of pixels whose change crosses
        the floor on one side only; `search_speed`, times as fast as int8 on this machine; `is_best`: no other row
        finds as much with as few bytes. NaN where the cube has only one year. `attrs` say years, floor, pixels.

    Raises
    ------
    InvalidInput
        A codec is unknown, or is the one the cube is stored in: compared with itself it would look perfect;
        or there are too few pixels.

    Examples
    --------
    >>> import embexplore as ex
    >>> table = ex.null_island().emb.tradeoff(["float32", "int4", "binary"], year=2024, random_state=0)
    >>> table.recall_at_10[0].item(), table.recall_at_10.is_monotonic_decreasing
    (1.0, True)
    """
    import pandas as pd

    wanted = [make_codec(codec) if isinstance(codec, str) else codec for codec in codecs]
    _refuse(cube, wanted)
    held = hold_out(cube, year=year, since=since, floor=floor, queries=queries, k=k, random_state=random_state)
    stored = stored_bytes(cube)
    rows = []
    for codec in wanted:
        measured = measure(held, codec, recheck=() if recheck is None else (recheck,), random_state=random_state)
        rows.append(measured.row())
        if measured.codec.bytes_per_pixel(held.test.shape[1]) < stored:
            rows += [measured.row(number, beside=stored) for number in measured.rechecked]
    table = pd.DataFrame(rows)
    table["is_best"] = undominated(table.bytes_per_pixel.to_numpy(), table[f"recall_at_{k}"].to_numpy())
    about = {"year": held.year, "since": held.since, "floor": held.floor, "queries": held.queries}
    table.attrs = about | {"fitted_pixels": len(held.fit), "tested_pixels": len(held.test)}
    return table


class Measured:
    """What one codec costs and saves: the numbers of its rows.

    Attributes
    ----------
    codec : Codec
        Fitted.
    found : ndarray of shape (queries,), float64
        Share of the true nearest that it finds, query by query.
    rechecked : dict of int to ndarray of shape (queries,)
        The same after its best so many are ranked again.
    """

    def __init__(self, held: Holdout, codec: Codec, recheck: Sequence[int], random_state: int | None) -> None:
        self._k, self._d, self._random_state = held.k, held.test.shape[1], random_state
        self.codec = codec.fit(held.fit, random_state=random_state)
        codes, scales = self.codec.encode(held.test), self.codec.scales(held.test)
        scores = without_itself(self.codec.similarity(held.test[: held.queries], codes, scales))
        self.found = recall(held.truth, nearest_of(scores, held.k))
        self.rechecked = {n: recall(held.truth, nearest_of(scores, min(n, len(codes) - 1))) for n in recheck}
        self.score_error = float(np.nanmean(np.abs(scores - held.scores)))
        self.change_flipped = self._flipped(held, codes, scales)
        self.search_speed = _speed(self.codec, held.test[0], codes, scales)

    def row(self, recheck: int | None = None, *, beside: float = 0.0) -> dict[str, Any]:
        """The row of the table; of a search in two stages, whose finer codes take `beside` bytes a pixel more."""
        found = self.found if recheck is None else self.rechecked[recheck]
        low, high = bootstrap(found, random_state=self._random_state)
        size = self.codec.bytes_per_pixel(self._d)
        name = f"recall_at_{self._k}"
        nan = float("nan")
        return {
            "codec": self.codec.spec if recheck is None else f"{self.codec.spec}, {recheck} re-checked",
            "bytes_per_pixel": size + (0.0 if recheck is None else beside),
            "bytes_scanned_per_pixel": size,
            "side_bytes": self.codec.side_bytes,
            name: float(found.mean()),
            f"{name}_low": low,
            f"{name}_high": high,
            "score_error": self.score_error if recheck is None else nan,
            "change_flipped": self.change_flipped if recheck is None else nan,
            "search_speed": self.search_speed if recheck is None else nan,
        }

    def _flipped(self, held: Holdout, codes: NDArray[Any], scales: Any) -> float:
        """Share of the pixels whose change is above the floor for the one and not for the other."""
        if held.earlier is None or held.floor != held.floor:
            return float("nan")
        before = self.codec.encode(held.earlier), self.codec.scales(held.earlier)
        coded = change(self.codec, before[0], codes, before[1], scales) > held.floor
        exact = 1 - np.einsum("ij,ij->i", held.earlier, held.test) > held.floor
        return float((coded != exact).mean())


def measure(held: Holdout, codec: Codec, *, recheck: Sequence[int] = (), random_state: int | None = None) -> Measured:
    """One codec, fitted on the pixels held for that and measured on the others."""
    if any(number < held.k for number in recheck):
        raise InvalidInput(f"recheck={list(recheck)}: at least k={held.k} must be ranked again.")
    return Measured(held, codec, recheck, random_state)


def stored_bytes(cube: xr.Dataset) -> float:
    """Bytes a pixel and year of the codes that the cube is stored in, its finest tier."""
    name = tier_names(cube, "best")[0]
    codes = cube[name]
    size = next(codes.sizes[dim] for dim in (schema.BAND, schema.CODE) if dim in codes.sizes)
    return float(size * codes.dtype.itemsize + 4 * (schema.SCALES in cube.variables))


def _refuse(cube: xr.Dataset, codecs: Sequence[Codec]) -> None:
    """Refuse what the cube is stored in: a code compared with itself is perfect, and says nothing."""
    if schema.ATTRS not in cube.attrs:
        return  # `hold_out` says that it is no cube
    own = {entry["name"] for entry in cube.attrs[schema.ATTRS]["codecs"].values()} - {"float32"}
    same = [codec.spec for codec in codecs if codec.spec in own]
    if same:
        raise InvalidInput(
            f"codec {same[0]!r} is what this cube is stored in: compared with itself it loses nothing. "
            "Compare others, on the cube that they were made from."
        )
    names = [codec.spec for codec in codecs]
    twice = {name for name in names if names.count(name) > 1}
    if twice or not names:
        raise InvalidInput(f"codecs={names}: expected one or more, each once.")


def _speed(codec: Codec, query: NDArray[np.float32], codes: NDArray[Any], scales: Any) -> float:
    """How many times as fast as int8 one query scans `TIMED_PIXELS` pixels; by turns, the best of some of each."""
    if isinstance(codec, Int8):
        return 1.0
    own = _timed(codec, query, codes, scales)
    int8 = _timed(*_int8(len(query)), None)
    turns = [(own(), int8()) for _ in range(TIMES)]
    ours, theirs = (min(seconds) for seconds in zip(*turns, strict=True))
    return theirs / ours


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
