"""The lab without a browser: choose codecs, measure them, read one of them. Nothing here imports a widget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import param

from embexplore.analysis.area import polygon_of
from embexplore.analysis.costs import PRICE, Cost, cost
from embexplore.analysis.sizes import COUNTRIES, LAND_PIXELS, PIXELS_PER_KM2
from embexplore.core.codecs import make_codec
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of
from embexplore.errors import InvalidInput
from embexplore.ui.labbook import RECHECKED, LabBook, clipped
from embexplore.ui.report import Report
from embexplore.ui.shared import Shared
from embexplore.ui.words import count

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Plain rounding": ("float32", "float16", "int8", "int4", "int3", "int2", "ternary", "binary"),
    "Fewer dimensions": ("pca32+int8", "pca16+int8", "pca8+int8"),
    "Bits where they count": ("pca+near4", "pca+near2", "pca+near1", "pca+water4", "pca+water2", "pca+water1"),
    "Rotated": ("turbo4", "turbo2", "rabitq", "rabitq-lite", "itq+binary"),
    "Codebooks": ("pq8", "opq8", "pq16", "rvq8"),
}
"""What can be ticked; any other codec or chain is typed."""

START = ("float32", "int8", "int4", "int2", "binary", "pca+near4", "pca+near2", "pca+near1")
"""What is ticked at first: some seconds."""


@dataclass(frozen=True)
class Bill:
    """What one piece of ground takes in the chosen codec, and in the cube's own."""

    ground: str
    chosen: Cost
    own: Cost


class Lab(param.Parameterized):
    """The full trade-off of codecs on one cube: the last line of a notebook cell shows it.

    Without a browser it answers the same: tick `codecs`, call `measure()`, read `report`.

    Parameters
    ----------
    cube : Dataset, str or Path
        A cube, lazy or in memory, or where one lies.
    area : area, optional
        The part that is measured, as `clip` takes it.
    labels : GeoDataFrame, optional
        Points of known classes.
    **settings
        Params to begin with: `codecs=["int8", "binary"]`, `year=2020`.

    Raises
    ------
    NotACube, SourceUnavailable
        As `open_cube` and `validate` say.

    Examples
    --------
    >>> import embexplore as ex
    >>> lab = ex.Lab(ex.null_island(), codecs=["int4", "binary"], recheck=0)
    >>> lab.measure().table.codec.to_list()
    ['int4', 'binary']
    >>> lab.chosen = "binary"
    >>> round(lab.row["bytes_per_pixel"])
    8
    """

    codecs = param.List(default=list(START), item_type=str, doc="What is measured, by registry name or as a chain.")
    year = param.Integer(doc="Of the search; the latest by default.")
    queries = param.Integer(default=200, bounds=(10, 2000), doc="Pixels that are searched for.")
    recheck = param.Selector(
        default=200, objects=[0, *RECHECKED], doc="Of small codecs, the best that are ranked again."
    )
    chosen = param.String(doc="The row that is looked at: its `codec`.")
    country = param.Selector(default="Germany", objects=list(COUNTRIES))
    years = param.Integer(default=1, bounds=(1, 100), doc="So many yearly maps are stored.")
    price = param.Number(default=PRICE, bounds=(0, None), doc="Dollars a gigabyte and month.")
    report = param.Parameter(doc="The last measured `Report`, or None.")
    labels = param.Parameter(doc="Points of known classes, or None.")

    def __init__(self, cube: Any, *, area: Any = None, labels: "GeoDataFrame | None" = None, **settings: Any) -> None:
        from embexplore.ui.explorer import opened

        cube = opened(cube)
        self.shared = Shared.of(cube)
        self.area = None if area is None else polygon_of(area).__geo_interface__
        self.cube = clipped(cube, self.area)
        self.part = self.cube if self.shared.pyramid.is_complete else clipped(self.shared.whole, self.area)
        settings.setdefault("year", cube.emb.years[-1])
        self.own: list[str] = []
        self._page: Any = None
        start = [name for name in START if self._fits(name)]
        super().__init__(**{"codecs": start, "labels": labels, **settings})

    @property
    def title(self) -> str:
        """What the cube is called."""
        path = self.shared.path
        if self.shared.is_null_island:
            return "Null Island"
        return Path(path.rstrip("/")).stem if path else self.cube.emb.provenance.model or "Cube"

    @property
    def groups(self) -> dict[str, list[str]]:
        """What can be ticked: the codecs that this cube can be stored in, and those that were typed."""
        fitting = {title: [name for name in names if self._fits(name)] for title, names in GROUPS.items()}
        return {title: names for title, names in {**fitting, "Yours": self.own}.items() if names}

    def add(self, name: str) -> str:
        """Tick one more codec or chain, and give its registry name; InvalidInput where there is no such one."""
        spec = make_codec(name.strip()).spec
        if not self._fits(spec):
            raise InvalidInput(f"codec {spec!r} is what this cube is stored in, or does not fit {self._d} numbers.")
        if not any(spec in names for names in self.groups.values()):
            self.own = [*self.own, spec]
        if spec not in self.codecs:
            self.codecs = [*self.codecs, spec]
        return spec

    def load_labels(self, content: bytes, name: str) -> str:
        """Take labeled points of a GeoJSON file, and say what they are; errors as `read_labels` raises them."""
        from embexplore.io.labels import read_labels

        self.labels = read_labels(content, grid=self.shared.cube.emb.grid, name=name)
        return f"{count(len(self.labels), 'point')} of {count(self.labels.label.nunique(), 'class', 'classes')}"

    def measure(
        self,
        progress: Callable[[int, int], object] = lambda _, __: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Measure what is ticked and not measured yet, and keep the `report`. Cancelled where `cancelled()` says so."""
        found = self.measured(progress, cancelled)
        self.take(found)
        return found

    def measured(self, progress: Callable[[int, int], object], cancelled: Callable[[], bool]) -> Report:
        """As `measure`, but nothing of the lab changes: for a thread beside the page."""
        how = {"queries": self.queries, "recheck": self.recheck, "price": self.price, "title": self.title}
        watch = {"progress": progress, "cancelled": cancelled}
        return LabBook.of(self).report(list(self.codecs), self, **how, labels=self.labels, **watch)

    def take(self, report: Report) -> None:
        """Show a report, and of its rows the one that was looked at, or the smallest that finds nine of ten."""
        rows = [row for row in report.rows if ", " not in row["codec"]]
        names = [row["codec"] for row in report.rows]
        recall = f"recall_at_{report.about['k']}"
        good = [row for row in rows if row[recall] >= 0.9] or [max(rows, key=lambda row: row[recall])]
        best = min(good, key=lambda row: row["bytes_per_pixel"])["codec"]
        self.param.update(report=report, chosen=self.chosen if self.chosen in names else best)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was measured, row by row."""
        return [] if self.report is None else self.report.rows

    @property
    def row(self) -> dict[str, Any] | None:
        """The row that is looked at."""
        return next((row for row in self.rows if row["codec"] == self.chosen), None)

    @property
    def square_kilometers(self) -> float:
        """Of the measured area."""
        width, height = self.cube.emb.grid.meters
        inside = self.cube.coords.get(schema.INSIDE)
        pixels = self.cube.sizes["y"] * self.cube.sizes["x"] if inside is None else int(np.count_nonzero(inside))
        return pixels * width * height / 1e6

    def bills(self) -> list[Bill]:
        """What the area, the country and all land take in the chosen codec and as the cube is stored."""
        if self.row is None:
            return []
        here = "This area" if self.area is not None else "This cube"
        grounds = {here: self.square_kilometers, self.country: COUNTRIES[self.country]}
        how = {"years": self.years, "price": self.price}
        sizes = self.row["bytes_per_pixel"], LabBook.of(self).bytes_of(LabBook.of(self).own, self._d)
        return [
            Bill(ground, *(cost(size, area=area, **how) for size in sizes))
            for ground, area in (grounds | {"All land": LAND_PIXELS / PIXELS_PER_KM2}).items()
        ]

    @property
    def _d(self) -> int:
        return dimension_of(self.cube)

    def _fits(self, name: str) -> bool:
        """Whether the cube can be stored in a codec, and is not."""
        book = LabBook.of(self)
        try:
            return not book.holds(name) and book.bytes_of(name, self._d) > 0
        except InvalidInput:
            return False

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        from embexplore.ui.lab.page import notebook_page

        if self._page is None:
            self._page = notebook_page(self)  # one for all cells that show it
        return self._page._repr_mimebundle_(include, exclude)
