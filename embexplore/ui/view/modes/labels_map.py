"""What Labels lays on the map: a pin for each point, the next one to label, and the card that asks for it."""

from html import escape
from typing import TYPE_CHECKING, Any

from embexplore.io.labels import read_labels
from embexplore.ui.view.card import Card, Chip
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.classlist import hexes
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.labels import LabelsView


class LabelPins:
    """Pins that move and go with the tool for that; `marks()` are what the map shows."""

    def __init__(self, view: "LabelsView") -> None:
        self._view, self._mode = view, view.mode

    def marks(self) -> list[Mark]:
        """The points in the colors of their classes, and the hint."""
        mode, colors = self._mode, hexes(self._mode.colors)
        numbers = {name: i for i, name in enumerate(mode.classes)}
        pins = [self._pin(i, numbers[point.label], colors) for i, point in enumerate(mode.points)]
        hint = mode.hint()
        asked = [] if hint is None else [Mark("suggest", hint["lon"], hint["lat"], "?", "the next point to label")]
        return [*pins, *asked]

    def _pin(self, i: int, number: int, colors: list[str]) -> Mark:
        point = self._mode.points[i]
        about = f"{point.label}, {point.year}: with “Move or remove”, drag it or click it away"
        return Mark(
            "class",
            point.lon,
            point.lat,
            str(number + 1),
            about,
            colors[number],
            on_move=_Action(self._view, "move", i),
            on_click=_Action(self._view, "remove", i),
        )


class LabelCards:
    """The card over the map: how to begin, and then which class the next point is of."""

    def __init__(self, view: "LabelsView") -> None:
        self._view, self._app, self._mode = view, view.app, view.mode

    def card(self) -> Card | None:
        """The card of now, or none."""
        mode = self._mode
        if not mode.points:
            return self._start_card()
        hint = mode.hint()
        if hint is None:
            return None
        told = "least certain" if hint["likely"] else "most unlike your points"
        words = f"<b>Label this one next</b> <span class='emx-muted'>{told}: the ? on the map</span>"
        likely = hint["likely"] or [(name, None) for name in mode.classes[:3]]
        chips = [self._answer(name, share, hint) for name, share in likely]
        skip = Chip("Skip", lambda: self._app.attempt(mode.skip))
        css = "emx-ask-next", *(["emx-ask-low"] if self._is_high(hint["lat"]) else [])
        return Card(words, (*chips, skip), css=css, about=(hint["lon"], hint["lat"]))

    def _is_high(self, lat: float) -> bool:
        """Whether a place lies in the upper half of the map: there the card would hide it."""
        viewport = self._app.map.viewport
        return viewport is not None and lat > viewport.center[1]

    def _answer(self, name: str, share: float | None, hint: Any) -> Chip:
        label = name if share is None else f"{name}  {percent(share)}"
        place = hint["lon"], hint["lat"]
        return Chip(label, lambda: self._app.attempt(lambda: self._mode.add(*place, name)))

    def _start_card(self) -> Card:
        name = escape(self._mode.classes[self._mode.chosen - 1])
        words = (
            f"<h3>Click a place that is {name}</h3><p>Then choose another class and click again: two make a map.</p>"
        )
        chips = []
        if self._view.explorer.places:
            chips.append(Chip("Start from the named places", self._start_from_places))
        if self._view.saved.there:
            chips.append(Chip(f"Load {self._view.saved.name}", self._load_saved))
        return Card(words, tuple(chips))

    def _start_from_places(self) -> None:
        self._app.attempt(self._mode.load_places)

    def _load_saved(self) -> None:
        def load() -> None:
            self._mode.load(read_labels(self._view.saved.path, grid=self._view.explorer.cube.emb.grid))
            self._view.saved.is_ours = True

        self._app.attempt(load)


class _Action:
    """What a point's marker does while the tool moves or removes; equal for equal points, so marks are not redrawn."""

    def __init__(self, view: "LabelsView", what: str, number: int) -> None:
        self._view, self._key = view, (what, number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Action) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __call__(self, *place: float) -> None:
        what, number = self._key
        view = self._view
        if view.app.map.tools.value == "edit":
            view.app.attempt(lambda: getattr(view.mode, what)(number, *place))
        elif what == "move":
            view.app.refresh(frozenset({"labels.points"}))  # the marker goes back to its place
