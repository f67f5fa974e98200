"""What was learned about codecs on one cube, once for all its sessions: fitted codecs, and what each costs."""

from collections.abc import Hashable
from threading import RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.fitting import sample
from embexplore.analysis.holdout import Holdout, hold_out
from embexplore.analysis.tradeoff import measure, stored_bytes
from embexplore.core.codecs import Codec, make_codec
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of, tier_names
from embexplore.ui.code import in_python
from embexplore.ui.modes.compression_codecs import bytes_of
from embexplore.ui.once import Once

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer
    from embexplore.ui.shared import Shared

RECHECKED = (50, 100, 200, 400)
"""How many of the best may be ranked again."""

CODECS_KEPT, ROWS_KEPT, HOLDOUTS_KEPT = 32, 256, 2
"""A fitted codec is some kilobytes, a row a few numbers, held pixels with their scores up to 100 MB."""

_LABS: "WeakKeyDictionary[Shared, Lab]" = WeakKeyDictionary()
_LOCK = RLock()


class Lab:
    """Codecs fitted on one cube, and their rows, kept while any session of the cube lives."""

    def __init__(self, cube: xr.Dataset) -> None:
        self._cube = cube
        self._codecs, self._rows, self._helds = Once(CODECS_KEPT), Once(ROWS_KEPT), Once(HOLDOUTS_KEPT)
        self._vectors = Once(1)

    @classmethod
    def of(cls, explorer: "Explorer") -> "Lab":
        """That of the explorer's cube."""
        with _LOCK:
            if explorer.shared not in _LABS:
                _LABS[explorer.shared] = cls(explorer.shared.whole)
            return _LABS[explorer.shared]

    @property
    def own(self) -> str:
        """The name of the code that the cube is stored in."""
        return str(self._cube.attrs[schema.ATTRS]["codecs"][tier_names(self._cube, "best")[0]]["name"])

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

    def row(self, name: str, explorer: "Explorer", *, queries: int, recheck: int) -> dict[str, Any] | None:
        """What a codec costs after so many were ranked again, if it was measured: a row of `cube.emb.tradeoff`."""
        if name == self.own:
            return self._own_row(dimension_of(self._cube))
        is_known = (name, *_question(explorer, queries)) in self._rows
        return self.rows(name, explorer, queries)[(0, *RECHECKED).index(recheck)] if is_known else None

    def rows(self, name: str, explorer: "Explorer", queries: int) -> list[dict[str, Any]]:
        """Its rows, plain and after each number of `RECHECKED`, measured now if need be. Mostly tenths of a second."""
        question = _question(explorer, queries)

        def measured() -> list[dict[str, Any]]:
            held = self._held(explorer, question, queries)
            found = measure(held, make_codec(name), recheck=RECHECKED, random_state=0)
            return [found.row(), *(found.row(number, beside=stored_bytes(self._cube)) for number in RECHECKED)]

        return self._rows.of((name, *question), measured)

    def _own_row(self, d: int) -> dict[str, Any]:
        """The row of the cube as it is stored: the truth that the others are measured against."""
        size = self.bytes_of(self.own, d)
        whole = {f"recall_at_10{end}": 1.0 for end in ("", "_low", "_high")}
        exact = {"score_error": 0.0, "change_flipped": 0.0, "search_speed": float("nan")}
        return {"codec": self.own, "bytes_per_pixel": size, "bytes_scanned_per_pixel": size, **whole, **exact}

    def _held(self, explorer: "Explorer", question: Hashable, queries: int) -> Holdout:
        part, year = explorer.part, explorer.year
        return self._helds.of(question, lambda: hold_out(part, year=year, queries=queries, random_state=0))

    def _sample(self) -> NDArray[np.float32]:
        return self._vectors.of("sample", lambda: sample(self._cube, random_state=0))


def _question(explorer: "Explorer", queries: int) -> tuple[Hashable, ...]:
    """What measured numbers depend on beside the codec."""
    return explorer.year, queries, None if explorer.area is None else in_python(explorer.area)
