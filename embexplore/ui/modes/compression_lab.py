"""What was learned about codecs on one cube, once for all its sessions: fitted codecs, and what each costs."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
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
from embexplore.cube.pieces import tier_names
from embexplore.ui.code import in_python
from embexplore.ui.modes.compression_codecs import bytes_of

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
        self._lock = RLock()
        self._kept: dict[str, OrderedDict[Hashable, Any]] = {"codec": OrderedDict(), "rows": OrderedDict()}
        self._kept["held"] = OrderedDict()
        self._vectors: NDArray[np.float32] | None = None

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

    def codec(self, name: str) -> Codec | None:
        """The codec as `cube.emb.encode(name, random_state=0)` fits it; None for the cube's own, which needs none."""
        if name == self.own:
            return None
        return self._once("codec", name, CODECS_KEPT, lambda: make_codec(name).fit(self._sample(), random_state=0))

    def known(self, name: str, explorer: "Explorer", queries: int) -> list[dict[str, Any]] | None:
        """The rows of a codec if they were measured: plain, and after each number of `RECHECKED`."""
        return self._kept["rows"].get((name, *_question(explorer, queries)))

    def rows(self, name: str, explorer: "Explorer", queries: int) -> list[dict[str, Any]]:
        """The same, measured now if need be, as `cube.emb.tradeoff` measures them. Some tenths of a second."""
        question = _question(explorer, queries)

        def measured() -> list[dict[str, Any]]:
            held = self._held(explorer, question, queries)
            found = measure(held, make_codec(name), recheck=RECHECKED, random_state=0)
            return [found.row(), *(found.row(number, beside=stored_bytes(self._cube)) for number in RECHECKED)]

        return self._once("rows", (name, *question), ROWS_KEPT, measured)

    def _held(self, explorer: "Explorer", question: Hashable, queries: int) -> Holdout:
        part, year = explorer.part, explorer.year
        return self._once(
            "held", question, HOLDOUTS_KEPT, lambda: hold_out(part, year=year, queries=queries, random_state=0)
        )

    def _sample(self) -> NDArray[np.float32]:
        if self._vectors is None:
            self._vectors = sample(self._cube, random_state=0)
        return self._vectors

    def _once(self, kind: str, key: Hashable, most: int, compute: Callable[[], Any]) -> Any:
        with self._lock:
            kept = self._kept[kind]
            if key not in kept:
                kept[key] = compute()
                while len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            return kept[key]


def _question(explorer: "Explorer", queries: int) -> tuple[Hashable, ...]:
    """What measured numbers depend on beside the codec."""
    return explorer.year, queries, None if explorer.area is None else in_python(explorer.area)
