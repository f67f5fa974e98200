"""The Explorer: one map of a cube and everything that can be asked of it, without a browser.

Set a param and read an array; the view does the same when somebody clicks. Nothing here imports a widget.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import param
import xarray as xr

from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import dimension_of
from embexplore.cube.validate import validate
from embexplore.cube.years import resolve_year
from embexplore.errors import EmbexploreError, InvalidInput, OutOfBounds
from embexplore.ui import share
from embexplore.ui.answers import Answers, Progress
from embexplore.ui.code import cell
from embexplore.ui.history import History, State
from embexplore.ui.levels import Window
from embexplore.ui.modes.base import Layer, Mode
from embexplore.ui.modes.registry import MODES
from embexplore.ui.once import Once
from embexplore.ui.places import Place
from embexplore.ui.shared import Shared

Listener = Callable[[frozenset[str]], None]
T = TypeVar("T")
TOLD = 16
"""Thresholds, tables and the like that one Explorer remembers of its maps."""


class Explorer(param.Parameterized):
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

    mode = param.Selector(default="similar", objects=list(MODES), doc="The question that the map answers.")
    year = param.Integer(doc="The year on the map.")
    area = param.Dict(default=None, doc="A GeoJSON polygon in degrees that restricts every answer; None: the cube.")
    pinned = param.NumericTuple(default=None, length=2, doc="Longitude and latitude of the pixel that is explained.")
    opacity = param.Number(0.92, bounds=(0, 1), doc="Of the answer over the gray ground.")
    ramp = param.Selector(default="standard", objects=["standard", "gray", "fire", "bgy"], doc="Colors of the answer.")
    hidden = param.Boolean(default=False, doc="Whether the answer is hidden, to see the ground.")
    basemap = param.Boolean(default=False, doc="Whether OpenStreetMap lies below; it is fetched from the internet.")

    bounds = param.Parameter(default=None, doc="((south, west), (north, east)) on screen; shared, not undone.")
    theme = param.Selector(default="auto", objects=["auto", "light", "dark"], doc="`auto` follows JupyterLab.")
    dark = param.Boolean(default=False, doc="Whether the page is dark; the view sets it where `theme` is `auto`.")
    problem = param.String(doc="Why the last action was not possible; empty when it was.")

    _LASTING = ("mode", "year", "area", "pinned", "opacity", "ramp", "hidden", "basemap")

    def __init__(self, cube: Any, *, view: str | Mapping[str, Any] | None = None, **settings: Any) -> None:
        self.cube = _opened(cube)
        self.shared = Shared.of(self.cube)
        self.answers = Answers()
        self._told = Once(TOLD)
        self._listeners: list[Listener] = []
        self.history: History | None = None
        self.view: Any = None
        self.folder = Path()
        self.address: str | None = None
        self._depth, self._changed = 1, set()
        self._part: tuple[Any, xr.Dataset] | None = None
        theme = settings.pop("theme", "auto")
        super().__init__(year=resolve_year(self.cube), theme=theme, dark=theme == "dark")
        self.modes: dict[str, Mode] = {name: kind(self) for name, kind in MODES.items()}
        self._start = self.state()
        self._watch()
        self._depth = 0
        if view is not None:
            self.restore(share.from_text(view) if isinstance(view, str) else view)
        self._set(settings)
        self.history = History(self.state())
        self._changed = set()

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
    def part(self) -> xr.Dataset:
        """The cube, or the area of it: what answers are computed on."""
        if self._part is None or self._part[0] != self.area:
            whole = self.shared.whole
            self._part = self.area, (whole if self.area is None else whole.emb.clip(self.area))
        return self._part[1]

    @property
    def active(self) -> Mode:
        """The mode that the map shows."""
        return self.modes[self.mode]

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

    # History, and the state as data

    def state(self) -> State:
        """Everything that can be undone and shared, as plain JSON; what has its default is left out."""
        state: State = {name: getattr(self, name) for name in self._LASTING}
        state = {name: value for name, value in state.items() if name == "year" or value != self.param[name].default}
        if "pinned" in state:
            state["pinned"] = list(state["pinned"])
        return state | {name: found for name, mode in self.modes.items() if (found := mode.state())}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state()` or `share()` said; InvalidInput, and nothing changed, if this cube cannot."""
        before = self.state()
        try:
            with self.step():
                self._take(dict(state))
                self._check_all()
        except (EmbexploreError, ValueError, TypeError, KeyError) as error:
            with self.step():
                self._take(dict(before))
            reason = str(error) if isinstance(error, EmbexploreError) else "its settings do not fit this version"
            raise InvalidInput(f"This view cannot be shown: {reason}") from error

    def share(self) -> str:
        """The state and the part of the map on screen as a short text, for an address or `Explorer(cube, view=…)`."""
        bounds = {} if self.bounds is None else {"bounds": [[round(v, 5) for v in pair] for pair in self.bounds]}
        return share.to_text(self.state() | bounds)

    def undo(self) -> None:
        """Back by one step; nothing at the start."""
        self._go(self.history.undo())

    def redo(self) -> None:
        """Forward again by one step."""
        self._go(self.history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to go back by."""
        return self.history.can_undo

    def reset(self) -> None:
        """As at the start; one step, which undo takes back."""
        self.restore(self._start)

    def link(self) -> str:
        """What shows this view again: a line for a notebook, or the address of a dashboard, where `address` is its page."""
        if self.address is not None:
            return f"{self.address}?view={self.share()}"
        return f'ex.Explorer(cube, view="{self.share()}")'

    @contextmanager
    def step(self, setting: str | None = None) -> Iterator[None]:
        """Everything that changes inside is one step of the history, and one call of each listener."""
        with self._unheard():
            yield
        if self._depth == 0:
            self._commit(setting)

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """What changes inside is noted, and neither a step nor told."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def attempt(self, action: Callable[..., object], *args: Any, **keywords: Any) -> bool:
        """Do it; what is not possible becomes `problem`, and everything stays as it was. Whether it was done.

        A listener that cannot show the new state says so in `problem`, after it went back itself.
        """
        before, self.problem = self.state(), ""
        try:
            with self.step():
                action(*args, **keywords)
        except EmbexploreError as error:
            self.go_back_to(before)
            self.problem = str(error)
        return not self.problem

    def go_back_to(self, state: State) -> None:
        """Take a state as if what came after had never been asked: no step, nobody is told."""
        with self._unheard():
            self._take(dict(state))
        self._changed.clear()
        if self.history is not None:
            self.history.forget_to(state)

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(names)` after every step, with names such as `year` and `similar.threshold`.

        Gives a function that ends it.
        """
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    def close(self) -> None:
        """Close the map and free what it holds: before a cell that makes another Explorer is run again.

        Settings and answers stay; whoever shows it again gets another map.
        """
        view, self.view = self.view, None
        if view is not None:
            view.close()

    def _repr_mimebundle_(self, **_: Any) -> Any:
        from embexplore.ui.view import show

        return show(self)

    def _watch(self) -> None:
        self.param.watch(lambda *events: self._noted("", events), list(self._LASTING))
        for name, mode in self.modes.items():
            mode.param.watch(lambda *events, name=name: self._noted(f"{name}.", events), list(mode.settings()))

    def _noted(self, prefix: str, events: tuple[param.parameterized.Event, ...]) -> None:
        for event in events:
            if not prefix and event.name in ("year", "area"):
                self._check(event)
            self._changed.add(prefix + event.name)
        if self._depth == 0:
            self._commit(prefix + events[0].name if len(events) == 1 else None)

    def _check(self, event: param.parameterized.Event) -> None:
        """A year that the cube lacks, an area that it cannot be clipped to: the old value, and the reason."""
        try:
            if event.name == "year":
                resolve_year(self.cube, event.new)
            else:
                _ = self.part
        except EmbexploreError:
            with param.parameterized.discard_events(self):
                setattr(self, event.name, event.old)
            raise

    def _commit(self, setting: str | None) -> None:
        changed, self._changed = frozenset(self._changed), set()
        if self.history is not None:
            self.history.record(self.state(), setting=setting)
        if changed:
            for listener in self._listeners:
                listener(changed)

    def _go(self, state: State | None) -> None:
        if state is not None:
            with self._unheard():
                self._take(dict(state))
            self._commit(None)

    def _take(self, state: State) -> None:
        """Every setting as in a state, those that it does not name at their defaults."""
        unknown = set(state) - set(self._LASTING) - set(self.modes) - {"bounds"}
        if unknown:
            raise InvalidInput(f"it names {', '.join(sorted(unknown))}, which this version does not know.")
        values = {name: state.get(name, self.param[name].default) for name in self._LASTING if name != "year"}
        if values["pinned"] is not None:
            values["pinned"] = tuple(values["pinned"])
        year = resolve_year(self.cube, state.get("year"))
        for name, mode in self.modes.items():
            mode.restore(state.get(name, {}))
        if state.get("bounds") is not None:
            self.bounds = _corners(state["bounds"])
        self.param.update(year=year, **values)

    def _check_all(self) -> None:
        """InvalidInput, NoData or OutOfBounds where a state names what this cube has not."""
        if self.pinned is not None:
            self.cube.emb.grid.pixel(*self.pinned)
        for mode in self.modes.values():
            mode.check()

    def _set(self, settings: Mapping[str, Any]) -> None:
        unknown = set(settings) - set(self._LASTING)
        if unknown:
            known = ", ".join(self._LASTING)
            raise InvalidInput(f"Explorer has no setting {', '.join(sorted(unknown))}: choose from {known}.")
        with self.step():
            self.param.update(**settings)


def _corners(bounds: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """South-west and north-east of a state; None without any ground between them, ValueError for what is no such pair."""
    (south, west), (north, east) = ((float(lat), float(lon)) for lat, lon in bounds)
    if not -90 <= south <= north <= 90 or not -360 <= west <= east <= 360:
        raise ValueError(f"bounds={bounds}: expected south, west and north, east")
    return ((south, west), (north, east)) if south < north and west < east else None


def _opened(cube: Any) -> xr.Dataset:
    """A cube that meets the schema, opened where it is a path or an address."""
    if isinstance(cube, xr.Dataset):
        validate(cube, sample=False)
        return cube
    if isinstance(cube, (str, Path)):
        from embexplore.io.open import open_cube

        return open_cube(cube)
    raise InvalidInput(f"cube is a {type(cube).__name__}: expected a cube, or the path or address of one.")
