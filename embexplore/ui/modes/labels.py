"""Labels: a class map from a few labeled points."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.classes import CONFIDENCE, LABEL
from embexplore.cube import schema
from embexplore.errors import EmbexploreError
from embexplore.ui.code import call, in_python
from embexplore.ui.ground import colors_code
from embexplore.ui.modes.base import Layer, Legend, Swatch
from embexplore.ui.modes.labeled import Labeled
from embexplore.ui.modes.labels_colors import paint_classes, shades
from embexplore.ui.once import Once
from embexplore.ui.words import count, percent

if TYPE_CHECKING:
    from pandas import DataFrame

    from embexplore.core.accuracy import Accuracy
    from embexplore.core.classifiers import Classifier
    from embexplore.ui.explorer import Explorer

METHODS = {"neighbors": "nearest examples", "averages": "class averages", "logistic": "logistic regression"}
"""What the sentence calls the ways to classify."""
KEPT = 8
"""Classifiers, accuracies, curves and hints that one Explorer remembers."""


class Labels(Labeled):
    """Map classes from labeled points, by the examples nearest in kind."""

    title = "Labels"
    verb = "Mapping"

    method = param.Selector(default="neighbors", objects=list(METHODS))
    k = param.Integer(default=5, bounds=(1, 50), doc="Nearest examples that vote.")
    strength = param.Number(default=30.0, bounds=(1e-3, 1e6), doc="C of the logistic regression.")
    block = param.Number(default=250.0, bounds=(1, 1e6), doc="Meters: accuracy is tested on other blocks of this size.")
    least_sure = param.Number(default=0.0, bounds=(0, 1), doc="Pixels less sure than this are left gray.")
    hints = param.Boolean(default=True, doc="Whether the next point to label is suggested.")

    def __init__(self, explorer: "Explorer") -> None:
        super().__init__(explorer)
        self._known = Once(KEPT)

    @property
    def result(self) -> str:  # type: ignore[override]
        """What the code calls the map: colors until two classes have a point."""
        return "shown" if self.is_ready else "rgb"

    @property
    def is_ready(self) -> bool:
        """Whether two classes have a point."""
        return len({point.label for point in self.points}) >= 2

    @property
    def classifier(self) -> "Classifier":
        """What was learned from the points; its classes come in the order of their first points."""
        cube = self.explorer.cube
        return self._known.of(("classifier", self._key), lambda: cube.emb.fit_classifier(self.table, **self._how))

    @property
    def map(self) -> xr.Dataset:
        """`label` (numbers of `classifier.classes`) and `confidence` (y, x), in memory."""
        values = self.explorer.values(self.layers()[-1])
        names = {LABEL: np.uint8, CONFIDENCE: np.float32}
        return xr.Dataset({name: values.sel(value=name, drop=True).astype(kind) for name, kind in names.items()})

    def areas(self) -> "DataFrame":
        """Pixels, hectares and share of every class on the map."""
        label = self.map[LABEL].assign_attrs(classes=list(self.classifier.classes))
        return self.explorer.part.emb.tally(label)

    def shares(self) -> list[float]:
        """Share of every class, in the order of `classes`; 0 for those without a point."""
        if not self.is_ready:
            return [0.0] * len(self.classes)
        found = dict(zip(self.classifier.classes, self.areas()["share"], strict=True))
        return [float(found.get(name, 0.0)) for name in self.classes]

    def accuracy(self) -> "Accuracy | None":
        """How right the points say the map is, told from other blocks; None where that cannot be told yet."""
        key = (*self._key, self.block)
        cube = self.explorer.cube
        ask = partial(_or_none, cube.emb.accuracy, self.table, block=self.block, **self._how)
        return self._known.of(("accuracy", key), ask)

    def curve(self) -> "DataFrame | None":
        """How accuracy grew point by point, beside random orders; None where that cannot be told yet."""
        key = (*self._key, self.block)
        few = {"steps": 5, "orders": 4} if self.method == "logistic" else {"steps": 6, "orders": 10}
        ask = partial(_or_none, self.explorer.cube.emb.learning_curve, self.table, block=self.block)
        return self._known.of(("curve", key), lambda: ask(**few, **self._how))

    def hint(self) -> "Mapping[str, Any] | None":
        """The next place to label: lon, lat and the likeliest classes there; None without hints or anything to gain."""
        if not self.hints or not self.points:
            return None
        key = (*self._key, repr(self.skipped), self.explorer.year, repr(self.explorer.area))
        return self._known.of(("hint", key), self._suggested)

    def skip(self) -> None:
        """Do not suggest this place again."""
        found = self.hint()
        if found is None:
            return
        with self.explorer.step():
            self.skipped = [*self.skipped, (found["lon"], found["lat"])]

    def likely_at(self, lon: float, lat: float) -> list[tuple[str, float]]:
        """The classes of a pixel by probability, likeliest first."""
        vector = self.explorer.shared.vector(lon, lat, self.explorer.year)
        found = self.classifier.predict(vector[np.newaxis])[0]
        order = np.argsort(-found, kind="stable")
        return [(self.classifier.classes[i], float(found[i])) for i in order]

    def layers(self) -> Sequence[Layer]:
        """The classes in color, paler where the map is less sure."""
        if not self.is_ready:
            return ()
        year = self.explorer.year
        compute = partial(_classify, classifier=self.classifier, year=year)
        colors = [self._shades(self.classes.index(name)) for name in self.classifier.classes]
        paint = partial(paint_classes, shades=colors, least_sure=self.least_sure)
        return (Layer(("labels", *self._key, year), compute, paint, fill=np.nan),)

    def legend(self) -> Legend | None:
        """From unsure to sure, in the color of the chosen class."""
        if not self.is_ready:
            return None
        ramp = self._shades(self.chosen - 1).repeat(40, axis=0)
        lines = (
            () if not self.least_sure else (Swatch("emx-ground", f"gray: less than {percent(self.least_sure)} sure"),)
        )
        title, note = f"Class, {self.explorer.year}", "paler where the map is less sure"
        return Legend(title, ramp, "unsure", "sure", lines, note)

    def finding(self) -> str:
        """From how many points, and how many held out are right."""
        if not self.points:
            return ""
        points = count(len(self.points), "point")
        if not self.is_ready:
            return f"{points} of {self.points[0].label}. Label a second class and the map appears."
        judged = self.accuracy()
        if judged is None:
            return f"Mapped from {points}. Label places in other blocks of {self.block:g} m to test it."
        right = f"{percent(judged.value)} ({100 * judged.low:.0f}–{100 * judged.high:.0f} %)"
        return f"Mapped from {points}. {right} of held-out points are right, tested on other blocks of land."

    def preparation(self, whole: str) -> list[str]:
        """The points, and what is learned from them."""
        if not self.is_ready:
            return []
        rows = [f"    {in_python((p.lon, p.lat, p.year, p.label))}," for p in self.points]
        lines = [
            "import geopandas as gpd",
            "\n".join(["places = [", *rows, "]"]),
            "lon, lat, year, label = zip(*places)",
            'columns = {"label": label, "year": year}',
            'points = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")',
            f"classifier = {call('cube.emb.fit_classifier', 'points', **self._how)}",
        ]
        if self.accuracy() is not None:
            lines.append(f"accuracy = {call('cube.emb.accuracy', 'points', block=self.block, **self._how)}")
        return lines

    def code(self, cube: str, whole: str) -> list[str]:
        """The class map and its confidence, and both in one array as the map shows them."""
        if not self.is_ready:
            asked = "# classes: label points of two classes first; until then the map shows the embedding's colors"
            return [asked, *colors_code(self.explorer, cube, whole)]
        return [
            f"classes = {call(f'{cube}.emb.classify', 'classifier', year=self.explorer.year)}.compute()",
            f"areas = {cube}.emb.tally(classes.label)",
            'shown = classes.to_dataarray("value").transpose("y", "x", "value")',
        ]

    def _shades(self, place: int) -> NDArray[np.uint8]:
        """The colors of one of `classes`, from unsure to sure."""
        return shades(self.colors[place], dark=self.explorer.dark)

    @property
    def _key(self) -> tuple[object, ...]:
        return (tuple(self.points), *self._how.items())

    @property
    def _how(self) -> dict[str, Any]:
        own = {"neighbors": {"k": self.k}, "averages": {}, "logistic": {"C": self.strength}}
        return {"method": self.method, **own[self.method]}

    def _suggested(self) -> Mapping[str, Any] | None:
        import geopandas as gpd
        import pandas as pd

        lon, lat = zip(*self.skipped, strict=True) if self.skipped else ((), ())
        skipped = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
        seen = pd.concat([self.table[["geometry"]], skipped], ignore_index=True)
        classifier = self.classifier if self.is_ready else None
        found = self.explorer.part.emb.suggest(seen, classifier=classifier, year=self.explorer.year, random_state=0)
        if not len(found):
            return None
        lon, lat = float(found.geometry.x[0]), float(found.geometry.y[0])
        return {"lon": lon, "lat": lat, "likely": self.likely_at(lon, lat)[:3] if classifier else []}


def _classify(cube: xr.Dataset, *, classifier: "Classifier", year: int) -> xr.DataArray:
    classes = cube.emb.classify(classifier, year=year)
    return classes.to_dataarray("value").transpose(schema.Y, schema.X, "value")


def _or_none(ask: Any, *arguments: Any, **keywords: Any) -> Any:
    """The answer, or None where there are too few points for one."""
    try:
        return ask(*arguments, **keywords)
    except EmbexploreError:
        return None
