"""Values of layers, computed once and kept while they fit: what makes a threshold move without a scan."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import RLock, local

import numpy as np
import xarray as xr

from embexplore.ui.once import Turns
from embexplore.ui.scan import scan

MOST = 192 << 20
"""Bytes of maps that one Explorer keeps: three of 16 million pixels in float32. The newest is kept whatever its size."""

LONG = 0.05
"""Seconds of a scan that say how fast scans are; shorter ones are mostly overhead."""

Progress = Callable[[int, int], None]


class Answers:
    """Maps by key, the least recently used forgotten first.

    While one thread computes a map, others that ask for it wait; `partly` asks for what there is of it by now.

    Attributes
    ----------
    scans : int
        Maps that were computed, for tests and for pride.
    rate : float
        Pixels a second of the last scan that took long enough to be timed; at first a careful guess.
    """

    def __init__(self) -> None:
        self.scans = 0
        self.rate = 5e7
        self._kept: OrderedDict[Hashable, xr.DataArray] = OrderedDict()
        self._filling: dict[Hashable, xr.DataArray] = {}
        self._lock = RLock()
        self._turns = Turns()
        self._here = local()

    def __contains__(self, key: Hashable) -> bool:
        """Whether the map of a key is complete."""
        return key in self._kept

    def begun(self, key: Hashable) -> bool:
        """Whether there is at least a part of the map of a key."""
        return key in self._kept or key in self._filling

    @contextmanager
    def partly(self) -> Iterator[None]:
        """Inside, `of` gives a map that another thread is computing as it is by now: it fills in, and may never be whole."""
        before = getattr(self._here, "is_partly", False)
        self._here.is_partly = True
        try:
            yield
        finally:
            self._here.is_partly = before

    def of(
        self,
        key: Hashable,
        compute: Callable[[], xr.DataArray],
        *,
        fill: float = np.nan,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> xr.DataArray:
        """The map of a key, in memory: kept, or computed now and kept unless it was cancelled.

        Until a chunk is computed it holds `fill` (0 in maps of integers where that is NaN).
        """
        begun = self._filling.get(key)
        if begun is not None and getattr(self._here, "is_partly", False):
            return begun
        with self._turns.of(key):
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            began = time.perf_counter()
            values = self._scanned(key, compute(), fill, progress, cancelled)
            self._keep(key, values, time.perf_counter() - began)
        return values

    def _scanned(
        self,
        key: Hashable,
        lazy: xr.DataArray,
        fill: float,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> xr.DataArray:
        if lazy.chunks is None:
            return lazy
        empty = 0 if lazy.dtype.kind != "f" and np.isnan(fill) else fill
        filling = self._filling[key] = lazy.copy(data=np.full(lazy.shape, empty, lazy.dtype))
        try:
            scan(lazy, out=filling.values, progress=progress, cancelled=cancelled)
        finally:
            del self._filling[key]
        return filling

    def _keep(self, key: Hashable, values: xr.DataArray, seconds: float) -> None:
        with self._lock:
            if seconds > LONG:
                self.rate = values.size / seconds
            self.scans += 1
            self._kept[key] = values
            while len(self._kept) > 1 and sum(values.nbytes for values in self._kept.values()) > MOST:
                self._kept.popitem(last=False)
