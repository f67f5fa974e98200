"""What an Explorer is asked: settings that are checked, undone, saved as data, and told to listeners."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import param
import xarray as xr

from embexplore.cube.years import resolve_year
from embexplore.errors import EmbexploreError, InvalidInput
from embexplore.ui.history import History, State
from embexplore.ui.modes.base import Mode
from embexplore.ui.modes.registry import MODES
from embexplore.ui.shared import Shared

Listener = Callable[[frozenset[str]], None]


class Steps(param.Parameterized):
    """The settings of one map of a cube, the modes with theirs, and the way back to what they were.

    A setting that this cube cannot have is refused where it is set. Everything that changes in one gesture is
    one step: recorded once, and told to every listener once.
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
    problem = param.String(doc="Why the last action was not possible; empty when it was.")

    _LASTING = ("mode", "year", "area", "pinned", "opacity", "ramp", "hidden", "basemap")

    def __init__(self, cube: xr.Dataset, **settings: Any) -> None:
        self.cube = cube
        self.shared = Shared.of(cube)
        self._listeners: list[Listener] = []
        self.history: History | None = None
        self._depth, self._changed = 1, set()
        self._part: tuple[Any, xr.Dataset] | None = None
        super().__init__(year=resolve_year(cube), **settings)
        self.modes: dict[str, Mode] = {name: kind(self) for name, kind in MODES.items()}
        self._start = self.state()
        self._watch()
        self._depth = 0

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

    # The state as data

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

    # Steps

    def undo(self) -> None:
        """Back by one step; nothing at the start."""
        self._go(self.history.undo())

    def redo(self) -> None:
        """Forward again by one step."""
        self._go(self.history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to go back by."""
        return self.history is not None and self.history.can_undo

    def reset(self) -> None:
        """As at the start; one step, which undo takes back."""
        self.restore(self._start)

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

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Take settings by name, and let the history start there; InvalidInput for those that there are not."""
        unknown = set(settings) - set(self._LASTING)
        if unknown:
            known = ", ".join(self._LASTING)
            raise InvalidInput(f"Explorer has no setting {', '.join(sorted(unknown))}: choose from {known}.")
        with self.step():
            self.param.update(**settings)
        self.history = History(self.state())
        self._changed = set()


def _corners(bounds: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """South-west and north-east of a state; None without any ground between them, ValueError for what is no such pair."""
    (south, west), (north, east) = ((float(lat), float(lon)) for lat, lon in bounds)
    if not -90 <= south <= north <= 90 or not -360 <= west <= east <= 360:
        raise ValueError(f"bounds={bounds}: expected south, west and north, east")
    return ((south, west), (north, east)) if south < north and west < east else None
