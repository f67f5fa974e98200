"""The Explorer: one map of a cube and everything that can be asked of it, without a browser.

Set a param and read an array; the view does the same when somebody clicks. Nothing here imports a widget.
"""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import param
import xarray as xr

from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import dimension_of
from embexplore.cube.validate import validate
from embexplore.errors import InvalidInput, OutOfBounds
from embexplore.ui import share
from embexplore.ui.answers import Answers, Progress
from embexplore.ui.code import cell
from embexplore.ui.levels import Window
from embexplore.ui.modes.base import Layer, Mode
from embexplore.ui.once import Once
from embexplore.ui.places import Place
from embexplore.ui.steps import Steps

T = TypeVar("T")
TOLD = 16
"""Thresholds, tables and the like that one Explorer remembers of its maps."""


class Explorer(Steps):
    """One map of a cube: find places alike, see change, colors, groups, labels, and what compression costs.

    The last line of a notebook cell shows it. Without a browser it answers the same: set params, read arrays.

    Parameters
    ----------
    cube : Dataset, str or Path
        A cube, lazy or in memory, or where one lies.
    view : str or dict, optional
        Where to begin: what `share()` or `state()` gave.
    theme : {"auto", "light", "dark"}
        `auto` follows JupyterLab's theme.
    **settings
        Params to begin with: `mode="change"`, `year=2020`.

    Raises
    ------
    NotACube, SourceUnavailable
        As `open_cube` and `validate` say.
    InvalidInput
        A setting or view that this cube cannot have.

    Examples
    --------
    >>> import embexplore as ex
    >>> app = ex.Explorer(ex.null_island())
    >>> app.similar.search(lon=0.12, lat=0.11)
    >>> app.values().dims
    ('y', 'x')
    >>> app.undo()
    >>> app.similar.examples
    []
    """

    theme = param.Selector(default="auto", objects=["auto", "light", "dark"], doc="`auto` follows JupyterLab.")
    dark = param.Boolean(default=False, doc="Whether the page is dark; the view sets it where `theme` is `auto`.")

    def __init__(self, cube: Any, *, view: str | Mapping[str, Any] | None = None, **settings: Any) -> None:
        self.answers = Answers()
        self._told = Once(TOLD)
        self.view: Any = None
        self.folder = Path()
        self.address: str | None = None
        self.lab_address: str | None = None
        theme = settings.pop("theme", "auto")
        super().__init__(opened(cube), theme=theme, dark=theme == "dark")
        if view is not None:
            self.restore(share.from_text(view) if isinstance(view, str) else view)
        self.begin(settings)

    def __getattr__(self, name: str) -> Mode:
        """A mode by its name: `app.similar`, `app.change`."""
        modes = self.__dict__.get("modes", {})
        if name in modes:
            return modes[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # What it looks at

    @property
    def grid(self) -> Grid:
        """Of the level that answers are computed on."""
        return self.shared.grid

    @property
    def title(self) -> str:
        """The name of the cube: that of its file, or of its model."""
        if self.shared.is_null_island:
            return "Null Island"
        path = self.shared.path
        return Path(path.rstrip("/")).stem if path else self.cube.emb.provenance.model or "Cube"

    @property
    def places(self) -> list[Place]:
        """Places with names to start from; only Null Island knows some."""
        return self.shared.places

    @property
    def whole_name(self) -> str:
        """What the cube is called in sentences."""
        return "the island" if self.shared.is_null_island else "the map"

    # Answers

    def values(
        self,
        layer: Layer | None = None,
        *,
        within: Window | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> xr.DataArray:
        """The map of a layer, by default the last of the active mode: in memory, computed once.

        `within` asks for a window of a large cube, in more detail than the map of the whole has. Raises
        InvalidInput where the mode has not been asked anything yet, and OutOfBounds where the area is not in
        the window.
        """
        if layer is None:
            layers = self.active.layers()
            if not layers:
                raise InvalidInput(f"{self.active.title} shows nothing yet: click the map, or give it an example.")
            layer = layers[-1]
        compute = layer.compute
        key = self.key_of(layer, within)
        cut = partial(self._cut, within)
        return self.answers.of(key, lambda: compute(cut()), fill=layer.fill, progress=progress, cancelled=cancelled)

    def told(self, layer: Layer, what: Hashable, tell: Callable[[xr.DataArray], T]) -> T:
        """What `tell(values)` says of a layer's map, kept under `what`, but not of a part that is still filling in."""
        values = self.values(layer)
        key = self.key_of(layer)
        return self._told.of((key, what), lambda: tell(values)) if key in self.answers else tell(values)

    def key_of(self, layer: Layer, within: Window | None = None) -> tuple[Any, ...]:
        """What a layer's values depend on: its own key, the area, and which part of the cube was asked for."""
        return (layer.key, repr(self.area), within)

    def _cut(self, within: Window | None) -> xr.Dataset:
        """The cube that a layer is computed on: the area of the whole, or of a window of more detail."""
        if within is None:
            return self.part
        window = self.shared.pyramid.read(within)
        return window if self.area is None else window.emb.clip(self.area)

    def cost_of(self, area: Any) -> tuple[float, float]:
        """Megabytes of codes in an area, and the seconds that a scan of them takes as fast as those before."""
        part = self.shared.whole.emb.clip(area)
        pixels = part.sizes["y"] * part.sizes["x"]
        size = pixels * sum(self.cube[name].dtype.itemsize for name in self.cube.emb.codecs) * dimension_of(self.cube)
        return size / 1e6, pixels / self.answers.rate

    def value_at(self, values: xr.DataArray, lon: float, lat: float) -> float | None:
        """What a map in memory holds at a place; None outside it or without data."""
        try:
            row, column = grid_of(values).pixel(lon, lat)
        except OutOfBounds:
            return None
        value = float(values.values[row, column])
        return value if value == value else None  # noqa: PLR0124 (NaN is no value)

    def inspect(self, lon: float, lat: float) -> None:
        """Pin the pixel at a place: the strip explains it."""
        self.shared.vector(lon, lat, self.year)
        self.pinned = (lon, lat)

    def to_code(self) -> str:
        """A cell that runs as it is and gives the arrays of this view."""
        return cell(self)

    # What is passed on

    def share(self) -> str:
        """The state and the part of the map on screen as a short text, for an address or `Explorer(cube, view=…)`."""
        bounds = {} if self.bounds is None else {"bounds": [[round(v, 5) for v in pair] for pair in self.bounds]}
        return share.to_text(self.state() | bounds)

    def link(self) -> str:
        """What shows this view again: a line for a notebook, or the address of a dashboard, where `address` is its page."""
        if self.address is not None:
            return f"{self.address}?view={self.share()}"
        return f'ex.Explorer(cube, view="{self.share()}")'

    def close(self) -> None:
        """Close the map and free what it holds. In JupyterLab a cell that runs again does so for what it showed before.

        Settings and answers stay; whoever shows it again gets another map.
        """
        view, self.view = self.view, None
        if view is not None:
            view.close()

    def _repr_mimebundle_(self, **_: Any) -> Any:
        from embexplore.ui.view import show

        return show(self)


def opened(cube: Any) -> xr.Dataset:
    """A cube that meets the schema, opened where it is a path or an address."""
    if isinstance(cube, xr.Dataset):
        validate(cube, sample=False)
        return cube
    if isinstance(cube, (str, Path)):
        from embexplore.io.open import open_cube

        return open_cube(cube)
    raise InvalidInput(f"cube is a {type(cube).__name__}: expected a cube, or the path or address of one.")
