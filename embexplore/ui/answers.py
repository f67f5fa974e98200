"""Values of layers, computed once and kept while they fit: what makes a threshold move without a scan."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

import xarray as xr

from embexplore.ui.scan import scan

MOST = 192 << 20
"""Bytes of maps that one Explorer keeps: three of 16 million pixels in float32. The newest is kept whatever its size."""

Progress = Callable[[int, int], None]


class Answers:
    """Maps by key, the least recently used forgotten first. `scans` counts what was computed, for tests and for pride."""

    def __init__(self) -> None:
        self.scans = 0
        self._kept: OrderedDict[Hashable, xr.DataArray] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def of(
        self,
        key: Hashable,
        compute: Callable[[], xr.DataArray],
        *,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> xr.DataArray:
        """The map of a key, in memory: kept, or computed now and kept unless it was cancelled."""
        if key not in self._kept:
            values = scan(compute(), progress=progress, cancelled=cancelled)
            self.scans += 1
            self._kept[key] = values
            self._forget()
        self._kept.move_to_end(key)
        return self._kept[key]

    def forget_all(self) -> None:
        """Free the memory."""
        self._kept.clear()

    def _forget(self) -> None:
        while len(self._kept) > 1 and sum(values.nbytes for values in self._kept.values()) > MOST:
            self._kept.popitem(last=False)
