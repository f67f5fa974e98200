"""How well classes are told from what codecs keep, on ground that the codecs were not fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.classes import Examples, examples_of, names_and_places
from embexplore.analysis.holdout import BLOCK, Holdout, blocks_of, is_tested
from embexplore.analysis.judging import judged, known_methods
from embexplore.analysis.measuring import limits
from embexplore.analysis.pixels import OUTSIDE, pixels_at
from embexplore.core.codecs import Codec, Float32
from embexplore.core.significance import verdict
from embexplore.cube.build import grid_of
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

METHODS = ("knn", "linear")
LEAST = 20
"""Fewer labeled points in tested blocks tell nothing of a codec."""
NEIGHBORS, FOLDS = 5, 5


class Told:
    """How well classes are told.

    Attributes
    ----------
    rows : dict of str to dict
        The columns of each codec, by its name: for each method `knn_accuracy`, `knn_macro_f1`, `knn_mean_iou`, `knn_worst_f1` and
        `knn_accuracy_lost` (since float32), each with limits; `knn_worst_class`, and the F1 of every class as `knn_f1_…`.
    chance : dict of str to float
        By method, the accuracy where labels are shuffled: what is told by nothing.
    points : int
        Labeled points that were used.
    classes : dict of str to int
        How many of them each class has.
    """

    def __init__(self, rows: dict[str, dict[str, Any]], chance: dict[str, float], names: Sequence[str]) -> None:
        self.rows, self.chance, self.points = rows, chance, len(names)
        self.classes = {name: names.count(name) for name in sorted(set(names))}


def telling(
    cube: xr.Dataset,
    held: Holdout,
    labels: "GeoDataFrame",
    codecs: Sequence[Codec],
    *,
    methods: Sequence[str] = METHODS,
    random_state: int | None = None,
) -> Told:
    """Tell classes from codes, with codecs as they were fitted on the blocks held for that.

    Parameters
    ----------
    cube : Dataset
    held : Holdout
        Its year is that of points which name none.
    labels : GeoDataFrame
        Points with a column `label`; those in tested blocks are judged, whole squares of 32 pixels held out together.
    codecs : sequence of Codec
        Fitted.
    methods : sequence of str
        Of `evaluate`.
    random_state : int, optional

    Raises
    ------
    InvalidInput
        Fewer than 20 points, or points of one class alone, lie in tested blocks.
    """
    known_methods(methods)
    known = examples_of(cube, _on_the_cube(cube, labels), year=held.year)
    rows, columns = _places(cube, known)
    kept = np.flatnonzero(is_tested(rows, columns))
    names = [known.names[i] for i in kept]
    if len(kept) < LEAST or len(set(names)) < 2:
        raise InvalidInput(
            f"{len(kept)} of {len(known.names)} labeled points, of {len(set(names))} classes, lie in the blocks of "
            f"{BLOCK} × {BLOCK} pixels that codecs are tested on: expected {LEAST} of two at least. Label more places."
        )
    squares = blocks_of(rows[kept] // 2, columns[kept] // 2)
    points = Points(known.vectors[kept], names, squares, random_state)
    exact = points.judged(Float32(), methods)
    found = {codec.spec: points.columns(codec, methods, exact) for codec in codecs}
    return Told(found, points.shuffled().chance(methods), names)


@dataclass(frozen=True, eq=False)
class Points:
    """Labeled unit vectors `(n, d)`, and the square of ground that each lies in."""

    vectors: NDArray[np.float32]
    names: list[str]
    squares: NDArray[np.int64]
    random_state: int | None

    def judged(self, codec: Codec, methods: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """The class that each method tells for every point from the points of other squares; −1 for none."""
        how: dict[str, Any] = {"k": NEIGHBORS, "folds": FOLDS, "refit": False, "random_state": self.random_state}
        predicted, _ = judged(self.vectors, self.names, self.squares, codec, methods, **how)
        return {method: self._numbers(said) for method, said in predicted.items()}

    def columns(self, codec: Codec, methods: Sequence[str], exact: dict[str, NDArray[np.int64]]) -> dict[str, Any]:
        """What a codec's row says of its classes."""
        row: dict[str, Any] = {}
        classes, truth = self._classes, self._numbers(self.names)
        for method, predicted in (exact if codec.spec == "float32" else self.judged(codec, methods)).items():
            said = verdict(truth, predicted, exact[method], len(classes), self.squares, random_state=self.random_state)
            for name in ("accuracy", "macro_f1", "mean_iou", "worst_f1", "accuracy_lost"):
                row |= limits(f"{method}_{name}", getattr(said, name))
            row[f"{method}_worst_class"] = classes[said.worst]
            row |= {f"{method}_f1_{name}": float(value) for name, value in zip(classes, said.f1, strict=True)}
        return row

    def shuffled(self) -> "Points":
        """The same points with each other's labels."""
        order = np.random.default_rng(self.random_state or 0).permutation(len(self.names))
        return replace(self, names=[self.names[i] for i in order])

    def chance(self, methods: Sequence[str]) -> dict[str, float]:
        """Accuracy of exact vectors by method."""
        truth = self._numbers(self.names)
        return {method: float((found == truth).mean()) for method, found in self.judged(Float32(), methods).items()}

    @property
    def _classes(self) -> list[str]:
        return sorted(set(self.names))

    def _numbers(self, names: Sequence[str]) -> NDArray[np.int64]:
        number = {name: index for index, name in enumerate(self._classes)} | {"": -1}
        return np.array([number[name] for name in names], np.int64)


def _on_the_cube(cube: xr.Dataset, labels: "GeoDataFrame") -> "GeoDataFrame":
    """Without the points that lie beside a clipped cube."""
    _, lon, lat = names_and_places(labels)
    is_on = pixels_at(cube, lon, lat)[0] != OUTSIDE
    return labels[is_on] if is_on.any() else labels


def _places(cube: xr.Dataset, known: Examples) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the labeled pixels, whose centers are known."""
    a, _, c, _, e, f = grid_of(cube).transform
    rows, columns = np.floor((known.y - f) / e), np.floor((known.x - c) / a)
    return rows.astype(np.int64), columns.astype(np.int64)
