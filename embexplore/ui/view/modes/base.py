"""What every mode's view has, and what it may say more."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets as ipw

from embexplore.errors import EmbexploreError
from embexplore.ui.modes.base import Legend
from embexplore.ui.picture import picture
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.years import YearSlider
from embexplore.ui.words import degrees, place_from

if TYPE_CHECKING:
    from embexplore.ui.view.app import App
    from embexplore.ui.view.exports import Write

LARGE = 256
"""Megabytes of codes: an area of more is asked about before it is scanned. 2048² pixels of 64 bytes are 268."""


class ModeView:
    """The view of one mode. Widgets are made once, in `build`, and brought up to date by `update`.

    Attributes
    ----------
    sentence : list of Widget
        The words and tokens of the question.
    switch : list of Widget
        The view switch at the right of the sentence, or nothing.
    rail, strip : list of Widget
        Sections beside the map, panels below it.
    more : Widget
        What is closed at the end of the rail.
    years : Widget or None
        The slider on the map; None for cubes of one year.
    tools : options of the click tools, the plain one first
    """

    name: ClassVar[str]
    aside: ClassVar[str] = "coordinates, colors, opacity"
    """What More holds."""
    tools: parts.Options = (("Inspect", "inspect"),)
    dragged: frozenset[str] = frozenset()
    """Settings that sliders drag: words about them wait until the slider rests."""

    def __init__(self, app: "App") -> None:
        self.app = app
        self.explorer = app.explorer
        self.mode: Any = self.explorer.modes[self.name]
        self.sentence: list[ipw.Widget] = []
        self.switch: list[ipw.Widget] = []
        self.rail: list[ipw.Widget] = []
        self.strip: list[ipw.Widget] = []
        self.year_slider: YearSlider | None = None
        self.years: ipw.Widget | None = self._years()
        self._is_open = False
        self.build()
        self.more = self._more()

    def build(self) -> None:
        """Make the widgets."""

    def follow(self, changed: frozenset[str]) -> None:
        """What must keep up with a dragged slider, right after the picture: a number, a line. Cheap; then `update`."""

    def update(self, changed: frozenset[str]) -> None:
        """Bring the widgets up to date with the model; `changed` names settings, empty: all. Actions are silent."""
        if self.year_slider is not None:
            self.year_slider.update(self.explorer.year)

    def click(self, tool: str, lon: float, lat: float) -> None:
        """A click on the map with a tool."""
        if tool == "inspect":
            self.explorer.inspect(lon, lat)
        else:
            self.mode.click(lon, lat)

    @property
    def widgets(self) -> list[ipw.Widget]:
        """All that it shows, for whoever closes it."""
        years = [] if self.years is None else [self.years]
        return [*self.sentence, *self.switch, *self.rail, *self.strip, self.more, *years]

    def stop(self) -> None:
        """End what goes on by itself: the view is closed."""
        if self.year_slider is not None:
            self.year_slider.stop()

    def press(self, key: str) -> None:
        """A key of this mode."""

    def marks(self) -> Sequence[Mark]:
        """What is marked on the map; the pinned pixel by default."""
        return self.pinned_mark()

    def outlines(self) -> Sequence[dict[str, Any]]:
        """GeoJSON geometries in degrees that are outlined on the map."""
        return ()

    def pinned_mark(self) -> list[Mark]:
        """The ring around the pixel that the strip explains."""
        pinned = self.explorer.pinned
        return [] if pinned is None else [Mark("pinned", *pinned, title="the pixel explained below")]

    def legend(self) -> Legend | None:
        """What the colors mean."""
        return self.mode.legend() or Legend(
            f"{self.explorer.whole_name.capitalize()}’s embedding, {self.explorer.year}",
            note="alike colors, alike places",
        )

    def card(self) -> Card | None:
        """A card over the map while there is nothing to show yet."""
        return None

    def readout(self, lon: float, lat: float) -> str:
        """What lies under the pointer, as HTML."""
        return degrees(lon, lat)

    def exports(self) -> list[tuple[str, str, "Write"]]:
        """Files to save: label, name, and `write(path)`."""
        name = f"{self.name}-{self.explorer.year}"
        return [
            ("Picture (PNG)", f"{name}.png", self._write_picture),
            ("The code (Python)", "view.py", self._write_code),
        ]

    def stamp(self, description: str, *years: int) -> dict[str, str]:
        """What an export says about itself: source, model, years, license."""
        from embexplore.io.export import stamp

        return stamp(self.explorer.cube, years=list(years) or [self.explorer.year], description=description)

    def extra(self) -> list[ipw.Widget]:
        """This mode's own lines of More."""
        return []

    def take_area(self, area: dict[str, Any] | None) -> None:
        """An area was drawn, or dropped; large ones are asked about first."""

        def take() -> None:
            self.app.attempt(lambda: setattr(self.explorer, "area", area))

        try:
            megabytes, seconds = (0.0, 0.0) if area is None else self.explorer.cost_of(area)
        except EmbexploreError as error:
            self.app.status.problem(str(error))
            return
        if megabytes < LARGE:
            take()
            return
        asked = f"This area is {megabytes:,.0f} MB, about {max(1, round(seconds))} s."
        self.app.status.ask(asked, go_on=take, draw_smaller=self.app.map.drawing.show_area)

    def ask_coordinates(self) -> None:
        """Open More at its field for coordinates."""
        self._is_open = True
        parts.show(self._body, shown=True)
        self._place.focus()

    def _years(self) -> ipw.Widget | None:
        if len(self.explorer.cube.emb.years) < 2:
            return None
        action = self.app.does(lambda year: setattr(self.explorer, "year", year))
        self.year_slider = YearSlider(self.explorer.cube.emb.years, self.explorer.year, action)
        return self.year_slider.root

    def _more(self) -> ipw.Widget:
        does, explorer = self.app.does, self.explorer
        opacity = parts.slider(explorer.opacity, 0, 1, 0.01, does(lambda v: setattr(explorer, "opacity", v)))
        ramps = [("Standard", "standard"), ("Gray", "gray"), ("Fire", "fire"), ("Blue–green–yellow", "bgy")]
        colors = parts.choice(ramps, explorer.ramp, does(lambda v: setattr(explorer, "ramp", v)))
        streets = does(lambda v: setattr(explorer, "basemap", v))
        street = parts.checkbox(explorer.basemap, "OpenStreetMap (uses the internet)", streets)
        self._place = parts.field("longitude, latitude", does(self._go))
        lines = [parts.labeled("Go to", self._place), *self.extra(), parts.labeled("Opacity", opacity)]
        self._body = parts.styled(
            ipw.VBox([*lines, parts.labeled("Color map", colors), street]), "emx-more-body", "emx-hidden"
        )
        opener = parts.button("More", self._toggle)
        return parts.styled(
            ipw.VBox([opener, parts.text(self.aside, "emx-muted", "emx-more-note"), self._body]), "emx-more"
        )

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        parts.show(self._body, shown=self._is_open)

    def _go(self, typed: str) -> None:
        if typed.strip():
            lon, lat = place_from(typed)
            self.click(self.app.map.tools.value, lon, lat)  # a place outside the cube is no reason to leave it
            self.app.map.zoom_to(lon, lat)

    def _write_picture(self, path: Path) -> None:
        from embexplore.io.export import write_png

        write_png(picture(self.explorer), path, provenance=self.stamp(self.mode.finding()))

    def _write_code(self, path: Path) -> None:
        path.write_text(self.explorer.to_code(), encoding="utf-8")
