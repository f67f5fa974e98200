"""What a question of the map is made of: settings, layers to draw, words, and the code that says the same.

A `Mode` holds settings as params and knows no widget. Its layers separate what is slow and cached
(`compute`, on the cube) from what follows the mouse (`paint`, on the pixels of the screen).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer

Side = Literal["both", "left", "right"]


@dataclass(frozen=True, eq=False)
class Painted:
    """Pixels of the screen, ready for a picture.

    Attributes
    ----------
    pixels : ndarray of shape (h, w), or (h, w, 4) without a palette; uint8
        Palette indices, or red, green, blue and alpha.
    palette : ndarray of shape (n <= 256, 4), uint8, or None
        Red, green, blue, alpha of every index.
    """

    pixels: NDArray[np.uint8]
    palette: NDArray[np.uint8] | None = None


def clear(values: NDArray[Any]) -> Painted:
    """Nothing, of values on the screen `(h, w)` or `(h, w, c)`."""
    return Painted(np.zeros(values.shape[:2], np.uint8), np.zeros((1, 4), np.uint8))


@dataclass(frozen=True, eq=False)
class Layer:
    """One picture on the map.

    Attributes
    ----------
    key : hashable
        Equal keys have equal values: what was computed is drawn again without a scan.
    compute : callable
        `compute(cube) -> DataArray` with dims `y, x` (and perhaps one more, last), lazy or not, of the
        whole cube or any part of it: an analysis call that a notebook cell could make.
    paint : callable
        `paint(values) -> Painted` of values on the screen, `(h, w)` or `(h, w, c)`, in milliseconds: with
        the settings that held when the layer was made, whatever is asked by then. By default nothing is seen.
    side : {"both", "left", "right"}
        Of the swipe, or of the two maps side by side.
    fill : float
        What `values` hold where the screen shows nothing of the cube: NaN, or for whole numbers 0.
    """

    key: Hashable
    compute: Callable[[xr.Dataset], xr.DataArray]
    paint: Callable[[NDArray[Any]], Painted] = clear
    side: Side = "both"
    fill: float = 0


@dataclass(frozen=True)
class Swatch:
    """One line of a legend: a color or mark (`css`, a class of the stylesheet or a color) and what it means."""

    css: str
    text: str


@dataclass(frozen=True)
class Legend:
    """A legend in words: `ramp` from `low` to `high`, then lines. `ramp` is uint8 (n, 3), or None without one."""

    title: str
    ramp: NDArray[np.uint8] | None = None
    low: str = ""
    high: str = ""
    swatches: Sequence[Swatch] = ()
    note: str = ""


class Mode(param.Parameterized):
    """A question that the map answers. Every param but `name` is a setting: saved, undone and shared."""

    title: ClassVar[str]
    """Its name in the header."""

    result: ClassVar[str]
    """The variable of its code that holds what the map shows."""

    verb: ClassVar[str] = "Computing"
    """What the progress bar says it does."""

    records: ClassVar[Mapping[str, type]] = {}
    """Settings that are lists of a frozen dataclass, and which."""

    def __init__(self, explorer: "Explorer") -> None:
        self.explorer = explorer
        super().__init__()

    @classmethod
    def settings(cls) -> tuple[str, ...]:
        """The names of its settings."""
        return tuple(name for name in cls.param if name != "name")

    def state(self) -> dict[str, Any]:
        """The settings that differ from their defaults, as plain JSON."""
        values = {name: getattr(self, name) for name in self.settings()}
        return {name: plain(value) for name, value in values.items() if value != self.param[name].default}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take the settings of `state()`; what it does not name gets its default."""
        unknown = set(state) - set(self.settings())
        if unknown:
            raise InvalidInput(f"{self.title} has no setting {', '.join(sorted(unknown))}: this link is not ours.")
        values = {name: self.param[name].default for name in self.settings()} | dict(state)
        for name, record in self.records.items():
            values[name] = [_record(record, value) for value in values[name]]
        for name, value in values.items():
            if isinstance(self.param[name], param.Tuple) and isinstance(value, list):
                values[name] = tuple(value)
        self.param.update(**values)

    def check(self) -> None:
        """InvalidInput, NoData or OutOfBounds where the settings are none that this cube can have: links may say anything."""

    def click(self, lon: float, lat: float) -> None:
        """What a plain click on the map asks; by default it inspects the pixel."""
        self.explorer.inspect(lon, lat)

    @property
    def is_quick(self) -> bool:
        """Whether its layers need nothing but a scan: else even small maps are made beside the page, with progress."""
        return True

    def layers(self) -> Sequence[Layer]:
        """The pictures that answer, lowest first; without any, the map shows the embedding's colors."""
        return ()

    def legend(self) -> Legend | None:
        """What the colors mean."""
        return None

    def finding(self) -> str:
        """The answer as one sentence; it may use the values of `layers()`, which are cached."""
        return ""

    def preparation(self, whole: str) -> list[str]:
        """Lines of code that read from the whole: examples from `cube`, what is learned from the level named `whole`."""
        return []

    def code(self, cube: str, whole: str) -> list[str]:
        """Lines of code that compute `result` from the variable named `cube`: `whole`, or the area of it."""
        return []


def _record(kind: type, value: Any) -> Any:
    """One item of a setting that is a list of dataclasses; TypeError for what is none."""
    made = value if isinstance(value, kind) else kind(**value)
    for field in fields(made):
        expected = (int, float) if field.type is float else field.type
        if not isinstance(getattr(made, field.name), expected):
            raise TypeError(f"{field.name}={getattr(made, field.name)!r}: expected {field.type.__name__}")
    return made


def plain(value: Any) -> Any:
    """Settings as JSON: dataclasses as objects, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
