"""Labeled patches of pixels: small rasters, each with a class, read one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


@dataclass(frozen=True, eq=False)
class Patches:
    """Patches in order; `patches[i]` reads the vectors of one, `(rows, columns, d)` float32, NaN for no data.

    Attributes
    ----------
    labels, names : tuple of str
        The class and the name of each.
    load : callable
        Reads patch number i.
    place : callable
        The grid of patch number i, in its own CRS.
    provenance : Provenance
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    load: Callable[[int], NDArray[np.float32]]
    place: Callable[[int], Grid]
    provenance: Provenance

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, number: int) -> NDArray[np.float32]:
        return self.load(range(len(self))[number])

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return map(self.load, range(len(self)))

    def __repr__(self) -> str:
        kinds = sorted(set(self.labels))
        counts = ", ".join(f"{kind} {self.labels.count(kind)}" for kind in kinds[:8])
        return f"<{len(self)} patches of {self.provenance.model}: {counts}{', …' if len(kinds) > 8 else ''}>"

    def only(self, which: NDArray[np.integer]) -> "Patches":
        """Some of the patches, by number."""
        kept = np.asarray(which, int).tolist()
        return Patches(
            tuple(self.labels[i] for i in kept),
            tuple(self.names[i] for i in kept),
            lambda number: self.load(kept[number]),
            lambda number: self.place(kept[number]),
            self.provenance,
        )

    @cached_property
    def points(self) -> "GeoDataFrame":
        """Their centers in EPSG:4326 with `label` and `name`, as `spatial_groups` takes them; no pixel is read."""
        import geopandas as gpd

        centers = [_center(self.place(number)) for number in range(len(self))]
        lon, lat = np.array(centers, float).reshape(-1, 2).T
        table = {"label": list(self.labels), "name": list(self.names)}
        return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def _center(grid: Grid) -> tuple[float, float]:
    left, bottom, right, top = grid.bounds
    lon, lat = grid.lonlat((left + right) / 2, (bottom + top) / 2)
    return float(lon), float(lat)
