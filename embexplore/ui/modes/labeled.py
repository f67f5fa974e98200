"""The points and classes of Labels: what was labeled, renamed, moved, loaded and taken away again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import param
from numpy.typing import NDArray

from embexplore.analysis.classes import LABEL
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput
from embexplore.ui import colormaps
from embexplore.ui.modes.base import Mode

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

MOST_CLASSES = 40
"""Classes at most: their colors in all steps fill a palette of 256."""
MOST_POINTS = 2_000
"""Points at most: every one is compared with every pixel."""


@dataclass(frozen=True)
class LabeledPoint:
    """A pixel and its class, as the ground was in a year."""

    lon: float
    lat: float
    year: int
    label: str


class Labeled(Mode):
    """A mode of labeled points: every one lies on the cube and has one of the classes."""

    records = {"points": LabeledPoint}  # noqa: RUF012 (read only)

    points = param.List(default=[], doc="`LabeledPoint`s in the order in which they were labeled.")
    classes = param.List(default=["Class 1", "Class 2"], doc="Names of the classes; the first has number 1.")
    chosen = param.Integer(default=1, bounds=(1, MOST_CLASSES), doc="Number of the class that a click adds.")
    skipped = param.List(default=[], doc="Places (lon, lat) that were suggested and skipped.")

    def click(self, lon: float, lat: float) -> None:
        """A plain click adds a point of the chosen class."""
        self.add(lon, lat)

    def add(self, lon: float, lat: float, label: str | None = None) -> None:
        """Label a pixel, with the chosen class by default; NoData or OutOfBounds where there is none."""
        if len(self.points) >= MOST_POINTS:
            raise InvalidInput(f"There are {MOST_POINTS:,} points already: remove some first.")
        label = self.classes[self.chosen - 1] if label is None else label
        point = self._checked(LabeledPoint(lon, lat, self.explorer.year, label))
        with self.explorer.step():
            self.points = [*self.points, point]
            self.explorer.pinned = (lon, lat)

    def move(self, number: int, lon: float, lat: float) -> None:
        """Put point `number` (from 0) elsewhere."""
        moved = self._checked(replace(self.points[number], lon=lon, lat=lat))
        with self.explorer.step():
            self.points = [moved if i == number else point for i, point in enumerate(self.points)]

    def remove(self, number: int) -> None:
        """Forget point `number` (from 0)."""
        with self.explorer.step():
            self.points = [point for i, point in enumerate(self.points) if i != number]

    def add_class(self, name: str) -> None:
        """One more class, which is then the chosen one."""
        name = self._free(name)
        if len(self.classes) >= MOST_CLASSES:
            raise InvalidInput(f"There are {MOST_CLASSES} classes already: remove one first.")
        self.param.update(classes=[*self.classes, name], chosen=len(self.classes) + 1)

    def rename_class(self, number: int, name: str) -> None:
        """Give class `number` (from 1) another name; its points keep it."""
        old, name = self.classes[number - 1], name.strip()
        if name != old:
            name = self._free(name)
            points = [replace(point, label=name) if point.label == old else point for point in self.points]
            self.param.update(classes=[name if each == old else each for each in self.classes], points=points)

    def remove_class(self, number: int) -> None:
        """Forget class `number` (from 1) and its points."""
        if len(self.classes) == 1:
            raise InvalidInput("One class stays: rename it instead.")
        gone = self.classes[number - 1]
        kept = [each for each in self.classes if each != gone]
        points = [point for point in self.points if point.label != gone]
        self.param.update(classes=kept, points=points, chosen=min(self.chosen, len(kept)))

    def load(self, table: "GeoDataFrame") -> None:
        """Take labeled points, as `read_labels` gives them, in place of those there are."""
        if len(table) > MOST_POINTS:
            raise InvalidInput(f"These are {len(table):,} points; nothing loaded. Expected {MOST_POINTS:,} at most.")
        years = table["year"] if "year" in table else [self.explorer.year] * len(table)
        rows = zip(table.geometry.x, table.geometry.y, years, table[LABEL], strict=True)
        points = [LabeledPoint(float(lon), float(lat), int(year), str(label)) for lon, lat, year, label in rows]
        names = list(dict.fromkeys(point.label for point in points))
        if len(names) > MOST_CLASSES:
            raise InvalidInput(f"These are {len(names)} classes; nothing loaded. Expected {MOST_CLASSES} at most.")
        self.param.update(points=points, classes=names, chosen=1, skipped=[])

    def load_places(self) -> None:
        """Begin with the named places of the cube, each of the class that it is known to be."""
        kinds = list(dict.fromkeys(place.kind for place in self.explorer.places))
        year = self.explorer.year
        points = [LabeledPoint(p.lon, p.lat, year, p.kind.capitalize()) for p in self.explorer.places]
        self.param.update(points=points, classes=[kind.capitalize() for kind in kinds], chosen=1, skipped=[])

    def restore(self, state: Mapping[str, Any]) -> None:
        """As every mode; places that were skipped are pairs again."""
        super().restore(state)
        self.skipped = [tuple(place) for place in self.skipped]

    def check(self) -> None:
        """Every point lies on the cube, in one of its years, and has one of the classes; these differ."""
        named = all(isinstance(name, str) and name.strip() for name in self.classes)
        if not named or not 0 < len(set(self.classes)) == len(self.classes) <= MOST_CLASSES:
            raise InvalidInput(f"its classes are not 1 to {MOST_CLASSES} different names.")
        if self.chosen > len(self.classes):
            raise InvalidInput(f"it labels class {self.chosen} of {len(self.classes)}.")
        for lon, lat in [*((point.lon, point.lat) for point in self.points), *self.skipped]:
            self.explorer.cube.emb.grid.pixel(lon, lat)
        for point in self.points:
            resolve_year(self.explorer.cube, point.year)
            if point.label not in self.classes:
                raise InvalidInput(f"{point.label!r} is the class of a point, but none of its classes.")

    def counts(self) -> list[int]:
        """Points of every class."""
        labels = [point.label for point in self.points]
        return [labels.count(name) for name in self.classes]

    @property
    def table(self) -> "GeoDataFrame":
        """The points as a table: `label`, `year` and the place."""
        import geopandas as gpd

        places = gpd.points_from_xy([point.lon for point in self.points], [point.lat for point in self.points])
        columns = {LABEL: [point.label for point in self.points], "year": [point.year for point in self.points]}
        return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")

    @property
    def colors(self) -> NDArray[np.uint8]:
        """A color (n, 3) for each of `classes`."""
        return colormaps.class_colors(len(self.classes))

    def _checked(self, point: LabeledPoint) -> LabeledPoint:
        self.explorer.shared.vector(point.lon, point.lat, point.year)
        return point

    def _free(self, name: str) -> str:
        name = name.strip()
        if not name or len(name) > 80:
            raise InvalidInput("A class needs a name of 1 to 80 characters.")
        if name in self.classes:
            raise InvalidInput(f"There is a class {name} already: choose another name.")
        return name
