"""Two pictures beside each other: under a divider on one map, or on two maps that move together."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipyleaflet
import ipywidgets as ipw

from embexplore.ui.modes.base import Layer
from embexplore.ui.view import parts
from embexplore.ui.view.inputs import Map
from embexplore.ui.view.marks import Mark, Marks
from embexplore.ui.view.tree import close_only


class Beside:
    """How the answers lie on the map: `single`, `swipe` or `side`.

    Attributes
    ----------
    arrangement : str
    answers : dict of str to ImageOverlay
        The pictures of side `left` and `right` on the map; `right` is the only one where it is `single`.
    """

    def __init__(
        self, map_: ipyleaflet.Map, answers: dict[str, ipyleaflet.ImageOverlay], interacted: Callable[..., None]
    ) -> None:
        self.arrangement = "single"
        self.answers = answers
        self._map, self._interacted = map_, interacted
        self._split: ipyleaflet.SplitMapControl | None = None
        self._second: _SecondMap | None = None
        self._tags = {side: parts.text("", "emx-card", "emx-side", f"emx-side-{side}") for side in ("left", "right")}
        self.tags = parts.styled(ipw.HBox(list(self._tags.values())), "emx-sides", "emx-hidden")
        self.second = parts.styled(ipw.Box(), "emx-second", "emx-hidden")

    def arrange(self, arrangement: str, left: str = "", right: str = "") -> bool:
        """Change to an arrangement, with a name over each side; whether anything changed but the names."""
        for side, name in (("left", left), ("right", right)):
            self._tags[side].value = escape(name)
        if arrangement == self.arrangement:
            return False
        if self.arrangement == "swipe":
            self._unsplit()
        self.arrangement = arrangement
        if arrangement == "swipe":
            self._split_now()
        if arrangement == "side" and self._second is None:
            self._second = _SecondMap(self._map, self._interacted)
            self.second.children = [self._second.map]
        parts.show(self.second, shown=arrangement == "side")
        parts.show(self.tags, shown=arrangement != "single")
        return True

    def pictures(self, layers: Sequence[Layer]) -> list[tuple[ipyleaflet.ImageOverlay, Layer | None]]:
        """Every overlay and the layer that it shows: of each side the last."""
        left = next((layer for layer in reversed(layers) if layer.side != "right"), None)
        right = next((layer for layer in reversed(layers) if layer.side != "left"), None)
        if self.arrangement == "swipe":
            return [(self.answers["left"], left), (self.answers["right"], right)]
        if self.arrangement == "side" and self._second is not None:
            return [(self.answers["left"], None), (self.answers["right"], left), (self._second.answer, right)]
        return [(self.answers["left"], None), (self.answers["right"], layers[-1] if layers else None)]

    def grounds(self) -> list[ipyleaflet.ImageOverlay]:
        """Further overlays that show the ground."""
        return [self._second.ground] if self.arrangement == "side" and self._second is not None else []

    def mark(self, marks: Sequence[Mark]) -> None:
        """The same marks on the second map."""
        if self.arrangement == "side" and self._second is not None:
            self._second.marks.show(marks)

    @property
    def widgets(self) -> list[Any]:
        """What it made, for whoever closes it."""
        second = [] if self._second is None else [*self._second.links, *self._second.marks.widgets]
        return [*self.answers.values(), *second]

    def _split_now(self) -> None:
        """The control adds the two overlays itself: those that lie on the map already it would add twice."""
        self._map.layers = tuple(layer for layer in self._map.layers if layer not in self.answers.values())
        self._split = ipyleaflet.SplitMapControl(left_layer=self.answers["left"], right_layer=self.answers["right"])
        self._map.add(self._split)

    def _unsplit(self) -> None:
        split, self._split = self._split, None
        self._map.remove(split)
        close_only(split)  # the overlays lie on the map again
        missing = tuple(overlay for overlay in self.answers.values() if overlay not in self._map.layers)
        self._map.layers = (*self._map.layers, *missing)


class _SecondMap:
    """A map beside the first that shows the same part."""

    def __init__(self, first: ipyleaflet.Map, interacted: Callable[..., None]) -> None:
        self.map = Map(
            layers=[],
            center=first.center,
            zoom=first.zoom,
            zoom_control=False,
            attribution_control=False,
            scroll_wheel_zoom=True,
            max_zoom=first.max_zoom,
            zoom_snap=first.zoom_snap,
            panes=first.panes,
        )
        self.ground, self.answer = (
            ipyleaflet.ImageOverlay(url="", bounds=((0, 0), (0, 0)), pane=pane) for pane in ("ground", "right")
        )
        self.marks = Marks()
        self.map.layers = (self.ground, self.answer, self.marks.layer)
        self.map.on_interaction(interacted)
        self.links: list[Any] = [ipw.jslink((first, name), (self.map, name)) for name in ("center", "zoom")]
