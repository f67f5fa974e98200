"""What was learned about codecs on one cube, once for all its sessions: fitted codecs, and what each costs."""

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.fitting import sample
from embexplore.analysis.holdout import Holdout, hold_out
from embexplore.analysis.measuring import measure
from embexplore.analysis.sizes import PRICE
from embexplore.analysis.tradeoff import judges
from embexplore.analysis.trial import Trial, stored_bytes
from embexplore.core.codecs import Codec, make_codec
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of, tier_names
from embexplore.errors import InvalidInput, OutOfBounds
from embexplore.io.weigh import written_bytes
from embexplore.ui.code import in_python
from embexplore.ui.modes.compression_codecs import bytes_of
from embexplore.ui.once import Once
from embexplore.ui.report import Report
from embexplore.ui.scan import Cancelled

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from embexplore.ui.shared import Shared

RECHECKED = (50, 100, 200, 400)
"""How many of the best may be ranked again."""

CODECS_KEPT, ROWS_KEPT, HOLDOUTS_KEPT = 32, 256, 2
"""A fitted codec is some kilobytes, a row a few numbers, held pixels with their scores up to 100 MB."""

_BOOKS: "WeakKeyDictionary[Shared, LabBook]" = WeakKeyDictionary()
_LOCK = RLock()


class Ground(Protocol):
    """What is measured: a year of a cube or of an area of it, as an Explorer or a Lab is set to."""

    shared: "Shared"
    year: int
    area: Any

    @property
    def part(self) -> xr.Dataset:
        """The finest level that is answered at once, clipped to the area."""


class LabBook:
    """Codecs fitted on one cube, and their rows, kept while any session of the cube lives."""

    def __init__(self, cube: xr.Dataset) -> None:
        self._cube = cube
        self._codecs, self._rows, self._helds = Once(CODECS_KEPT), Once(ROWS_KEPT), Once(HOLDOUTS_KEPT)
        self._vectors, self._trials = Once(1), Once(HOLDOUTS_KEPT)

    @classmethod
    def of(cls, ground: Ground) -> "LabBook":
        """That of the ground's cube."""
        with _LOCK:
            if ground.shared not in _BOOKS:
                _BOOKS[ground.shared] = cls(ground.shared.whole)
            return _BOOKS[ground.shared]

    @property
    def own(self) -> str:
        """The name of the code that the cube is stored in."""
        return str(self._cube.attrs[schema.ATTRS]["codecs"][tier_names(self._cube, "best")[0]]["name"])

    def holds(self, name: str) -> bool:
        """Whether the cube, or a part of it, lies in this code alone: it cannot be judged by itself."""
        return name == self.own or name in self._judges

    @cached_property
    def _judges(self) -> set[str]:
        return judges(self._cube)

    def bytes_of(self, name: str, d: int) -> float:
        """Bytes a pixel of a codec, or of the cube as it is stored."""
        return stored_bytes(self._cube) if name == self.own else bytes_of(name, d)

    def is_fitted(self, name: str) -> bool:
        """Whether the codec is there at once; fitting takes from nothing to some seconds."""
        return name == self.own or name in self._codecs

    def codec(self, name: str) -> Codec | None:
        """The codec as `cube.emb.encode(name, random_state=0)` fits it; None for the cube's own, which needs none."""
        if name == self.own:
            return None
        return self._codecs.of(name, lambda: make_codec(name).fit(self._sample(), random_state=0))

    def row(self, name: str, ground: Ground, *, queries: int, recheck: int) -> dict[str, Any] | None:
        """What a codec costs after so many were ranked again, if it was measured: a row of `cube.emb.tradeoff`."""
        if name == self.own:
            return self._own_row(dimension_of(self._cube))
        is_known = (name, *_question(ground, queries)) in self._rows
        return self.rows(name, ground, queries)[(0, *RECHECKED).index(recheck)] if is_known else None

    def rows(self, name: str, ground: Ground, queries: int) -> list[dict[str, Any]]:
        """Its rows, plain and after each number of `RECHECKED`, measured now if need be. Mostly tenths of a second."""
        question = _question(ground, queries)

        def measured() -> list[dict[str, Any]]:
            held = self._held(ground, question, queries)
            found = measure(held, make_codec(name), recheck=RECHECKED, random_state=0)
            return [found.row(), *(found.row(number, beside=stored_bytes(self._cube)) for number in RECHECKED)]

        return self._rows.of((name, *question), measured)

    def report(
        self,
        names: Sequence[str],
        ground: Ground,
        *,
        queries: int,
        recheck: int = RECHECKED[2],
        price: float = PRICE,
        title: str,
        labels: "GeoDataFrame | None" = None,
        progress: Callable[[int, int], object],
        cancelled: Callable[[], bool],
    ) -> Report:
        """The trade-off of some codecs as `cube.emb.tradeoff` measures it; what another report of the same question measured is not measured again.

        Parameters
        ----------
        names : sequence of str
            Codecs; what the cube is stored in is left out.
        ground : Ground
        queries, recheck, price
        title : str
            What the report calls the cube, where it has no path.
        labels : GeoDataFrame, optional
            Points of known classes; too few of them are left out, and the report says so.
        progress : callable
            `progress(done, total)` in codecs.
        cancelled : callable
            Asked before each codec.

        Raises
        ------
        Cancelled
        InvalidInput
            None of the codecs can be measured.
        """
        shared, area = ground.shared, ground.area
        part = ground.part if shared.pyramid.is_complete else clipped(shared.cube, area)
        trial = self._trial(ground, part, queries, recheck)
        wanted = [spec for spec in (make_codec(name).spec for name in names) if not self.holds(spec)]
        left_out = {}
        for number, name in enumerate(wanted):
            progress(number, len(wanted))
            if cancelled():
                raise Cancelled("Stopped.")
            try:
                trial.measure(make_codec(name))
            except InvalidInput as error:
                left_out[name] = str(error)
        measured = [name for name in wanted if name not in left_out]
        if not measured:
            raise InvalidInput("; ".join(left_out.values()) or "There is no codec to measure: choose one.")
        table, said = _told(trial, measured, labels)
        table.attrs["left_out"] = left_out
        given = {"aoi": None if area is None else "the area that was drawn", "labels": said}
        return Report.of(part, table, name=shared.path or title, given=given, price=price)

    def _trial(self, ground: Ground, part: xr.Dataset, queries: int, recheck: int) -> Trial:
        question = _question(ground, queries)

        def begun() -> Trial:
            if part is ground.part:
                held = self._held(ground, question, queries)
            else:
                held = hold_out(part, year=ground.year, queries=queries, random_state=0)
            return Trial(part, held, recheck=recheck or None, weigh=written_bytes, random_state=0)

        return self._trials.of((recheck, *question), begun)

    def _own_row(self, d: int) -> dict[str, Any]:
        """The row of the cube as it is stored: the truth that the others are measured against."""
        size = self.bytes_of(self.own, d)
        whole = {f"recall_at_10{end}": 1.0 for end in ("", "_low", "_high")}
        exact = {"score_error": 0.0, "change_flipped": 0.0, "search_speed": float("nan")}
        return {"codec": self.own, "bytes_per_pixel": size, "bytes_scanned_per_pixel": size, **whole, **exact}

    def _held(self, ground: Ground, question: Hashable, queries: int) -> Holdout:
        part, year = ground.part, ground.year
        return self._helds.of(question, lambda: hold_out(part, year=year, queries=queries, random_state=0))

    def _sample(self) -> NDArray[np.float32]:
        return self._vectors.of("sample", lambda: sample(self._cube, random_state=0))


def _question(ground: Ground, queries: int) -> tuple[Hashable, ...]:
    """What measured numbers depend on beside the codec."""
    return ground.year, queries, None if ground.area is None else in_python(ground.area)


def clipped(cube: xr.Dataset, area: Any) -> xr.Dataset:
    """The cube, or what of it lies in an area."""
    return cube if area is None else cube.emb.clip(area)


def _told(trial: Trial, names: Sequence[str], labels: "GeoDataFrame | None") -> tuple["DataFrame", str | None]:
    """The table, with classes where the labels are enough for that, and what the report says of them."""
    if labels is None:
        return trial.table(names), None
    try:
        return trial.table(names, labels=labels), f"{len(labels):,} points"
    except (InvalidInput, OutOfBounds) as error:
        return trial.table(names), f"left out: {error}"
