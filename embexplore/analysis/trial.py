"""Codecs on trial: each fitted and measured on the same held-out ground when it is asked for, and remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.distortion import distortion
from embexplore.analysis.holdout import Holdout, without_itself
from embexplore.analysis.measuring import measure
from embexplore.analysis.telling import METHODS, telling
from embexplore.analysis.weighing import Weigh, bytes_of, part_to_weigh
from embexplore.core.codecs import Codec, Int8
from embexplore.core.recall import undominated
from embexplore.cube import schema
from embexplore.cube.pieces import tier_names

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

CHEAP = 4
"""A first stage pays where its codes are at most this part as large as the finer ones."""


class Trial:
    """What codecs cost on one cube, one codec after the other.

    Parameters
    ----------
    cube : Dataset
    held : Holdout
        Of the cube.
    recheck : int, optional
        A further row for each codec that a second stage pays for, as `tradeoff` says.
    weigh : callable, optional
        Writes a cube and gives its bytes.
    random_state : int, optional
    """

    def __init__(
        self,
        cube: xr.Dataset,
        held: Holdout,
        *,
        recheck: int | None = None,
        weigh: Weigh | None = None,
        random_state: int | None = None,
    ) -> None:
        self.held = held
        self._cube, self._recheck, self._weigh, self._random_state = cube, recheck, weigh, random_state
        self._finer = Finer.of(cube, held, random_state)
        self._part = part_to_weigh(cube, held.year)
        self._beside = bytes_of(self._part, self._finer.codec, weigh) if recheck else float("nan")
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._fitted: dict[str, Codec] = {}
        self._turn = RLock()

    def __contains__(self, name: str) -> bool:
        """Whether a codec was measured."""
        return name in self._rows

    def measure(self, codec: Codec) -> None:
        """Fit a codec and measure it, once; InvalidInput where it cannot be fitted here. Threads take turns."""
        with self._turn:
            if codec.spec not in self:
                self._measure(codec)

    def table(
        self, names: Sequence[str], *, labels: "GeoDataFrame | None" = None, methods: Sequence[str] = METHODS
    ) -> "DataFrame":
        """The table of `tradeoff`, of codecs that were measured; labels are told here and now."""
        import pandas as pd

        table = pd.DataFrame([row for name in names for row in self._rows[name]])
        about = self._about()
        if labels is not None:
            fitted = [self._fitted[name] for name in names]
            told = telling(self._cube, self.held, labels, fitted, methods=methods, random_state=self._random_state)
            table = table.join(pd.DataFrame.from_dict(told.rows, orient="index"), on="codec")
            about |= {"shuffled": told.chance, "labeled_points": told.points, "classes": told.classes}
        recall = table[f"recall_at_{self.held.k}"].to_numpy()
        table["is_best"] = undominated(table.bytes_per_pixel.to_numpy(), recall)
        table.attrs.update(about)
        return table

    def _measure(self, codec: Codec) -> None:
        held = self.held
        pays = self._recheck is not None and self._finer.pays(codec, held.test.shape[1])
        again = (self._recheck,) if self._recheck is not None and pays else ()
        how: dict[str, Any] = {"recheck": again, "finer": self._finer.scores, "random_state": self._random_state}
        measured = measure(held, codec, **how)
        on_disk = bytes_of(self._part, measured.codec, self._weigh)
        rows = [measured.row() | {"bytes_on_disk": on_disk} | distortion(held, measured)]
        rows += [
            measured.row(each, beside=self._finer.size) | {"bytes_on_disk": on_disk + self._beside} for each in again
        ]
        self._fitted[codec.spec], self._rows[codec.spec] = measured.codec, rows

    def _about(self) -> dict[str, Any]:
        held = self.held
        about: dict[str, Any] = {name: getattr(held, name) for name in ("year", "since", "floor", "queries", "k")}
        about |= {"fitted_pixels": len(held.fit), "tested_pixels": len(held.test), "left_out": {}}
        return about | {"weighed_pixels": self._part.sizes[schema.Y] * self._part.sizes[schema.X]}


@dataclass(frozen=True, eq=False)
class Finer:
    """The second stage of a search: the cube's own codes, or int8 where those are floats.

    Attributes
    ----------
    codec : Codec or None
        Fitted; None for the cube's own.
    size : float
        Bytes a pixel.
    scores : ndarray of shape (queries, m), float32, or None
        Cosines by these codes; None where they are the truth itself.
    """

    codec: Codec | None
    size: float
    scores: NDArray[np.float32] | None

    @classmethod
    def of(cls, cube: xr.Dataset, held: Holdout, random_state: int | None = None) -> "Finer":
        """That of a cube."""
        if own_codec(cube) != "float32":
            return cls(None, stored_bytes(cube), None)
        codec = Int8().fit(held.fit, random_state=random_state)
        scores = codec.similarity(held.test[: held.queries], codec.encode(held.test))
        return cls(codec, codec.bytes_per_pixel(held.test.shape[1]), without_itself(scores))

    def pays(self, codec: Codec, d: int) -> bool:
        """Whether a first look at a codec's codes saves much."""
        return CHEAP * codec.bytes_per_pixel(d) <= self.size


def own_codec(cube: xr.Dataset) -> str:
    """The name of the code that the cube's finest tier is stored in."""
    return str(cube.attrs[schema.ATTRS]["codecs"][tier_names(cube, "best")[0]]["name"])


def stored_bytes(cube: xr.Dataset) -> float:
    """Bytes a pixel and year of the codes that the cube is stored in, its finest tier."""
    name = tier_names(cube, "best")[0]
    codes = cube[name]
    size = next(codes.sizes[dim] for dim in (schema.BAND, schema.CODE) if dim in codes.sizes)
    return float(size * codes.dtype.itemsize + 4 * (schema.SCALES in cube.variables))
