"""What all Explorers of one cube share: the levels of the cube, its PCA, vectors that were read.

One object for each cube, alive as long as an Explorer uses it: thirty sessions of one dashboard hold one PCA.
"""

from collections.abc import Callable, Hashable
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import RLock
from typing import TypeVar
from weakref import WeakValueDictionary

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import embexplore.accessor  # noqa: F401 (registers `.emb`)
from embexplore.core.pca import PCA
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import dimension_of
from embexplore.ui.levels import Pyramid
from embexplore.ui.once import Once
from embexplore.ui.places import Place, places_of

_ALIVE: WeakValueDictionary[int, "Shared"] = WeakValueDictionary()
_LOCK = RLock()
T = TypeVar("T")
LEARNED = 48
"""Components, noise floors, fitted groups and the like that one cube remembers."""


class Shared:
    """One cube and what was learned from it. `whole` is the finest level small enough to be answered at once."""

    def __init__(self, cube: xr.Dataset) -> None:
        self.cube = cube
        self.pyramid = Pyramid(cube)
        self.whole = self.pyramid.whole
        self._learned = Once(LEARNED)
        self.vector = lru_cache(4096)(self._vector)

    @classmethod
    def of(cls, cube: xr.Dataset) -> "Shared":
        """The one object of this cube; it holds the cube, so an id is never that of another."""
        with _LOCK:
            found = _ALIVE.get(id(cube))
            if found is None:
                found = _ALIVE[id(cube)] = cls(cube)
            return found

    @property
    def grid(self) -> Grid:
        """The grid of `whole`."""
        return self.whole.emb.grid

    @property
    def path(self) -> str | None:
        """Where the cube was opened; None for one in memory, or of which something was taken out or replaced."""
        return self.pyramid.source

    @cached_property
    def is_null_island(self) -> bool:
        """Whether this is the island that comes with the package, of which the truth is known."""
        from embexplore.io.demo import null_island_path

        return self.path is not None and "://" not in self.path and Path(self.path) == null_island_path()

    @cached_property
    def places(self) -> list[Place]:
        """Places with names to start from; only Null Island knows some."""
        return places_of(self)

    def colors(self) -> PCA:
        """Three components of the whole cube as red, green and blue; of fewer bands some twice, one alone is gray."""
        return self.pca(self.directions[-1] + 1).pick(self.directions)

    @cached_property
    def directions(self) -> list[int]:
        """Which components, from 0, are red, green and blue."""
        return [min(place, dimension_of(self.cube) - 1) for place in range(3)]

    def pca(self, n_components: int = 3, year: int | None = None) -> PCA:
        """Components of the whole cube, of all years or one; fitted once, so colors mean the same in every year."""
        years = None if year is None else [year]
        fit = partial(self.whole.emb.fit_pca, n_components, years=years, random_state=0)
        return self.once(("pca", n_components, year), fit)

    def drift(self, first: int, second: int) -> float:
        """The noise floor between two years, told from the whole cube; NoData where too little of it is stable."""
        return self.once(("drift", first, second), lambda: self.whole.emb.noise_floor(first, second).floor)

    def knows(self, key: Hashable) -> bool:
        """Whether `once` would answer at once."""
        return key in self._learned

    def once(self, key: Hashable, learn: Callable[[], T]) -> T:
        """What was learned under a key, for all sessions: on first use, while others of this key wait, as `Once` says."""
        return self._learned.of(key, learn)

    def _vector(self, lon: float, lat: float, year: int) -> NDArray[np.float32]:
        """The unit vector `(band,)` at a place; NoData or OutOfBounds with the reason."""
        vector = self.cube.emb.at(lon=lon, lat=lat, year=year).values
        vector.flags.writeable = False
        return vector
