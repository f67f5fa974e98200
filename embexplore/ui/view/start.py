"""Before the first click: a card on the map, places to start from, what one looks at, and the tour."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.cube.pieces import dimension_of
from embexplore.ui.tour import steps_for
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card, Chip

if TYPE_CHECKING:
    from embexplore.ui.places import Place
    from embexplore.ui.view.app import App

STARTERS = {"Pivot, north": "a pivot field", "Solar farm": "the solar farm", "Old forest": "old forest"}
"""Named places that the card offers, and what it calls them."""

PLACES = 7
"""Named places in the rail."""


class Start:
    """How a reader begins: by clicking, from a place with a name, or with the tour."""

    def __init__(self, app: "App") -> None:
        self._app = app
        explorer = app.explorer
        known = {place.name: place for place in explorer.places}
        chips = [Chip(words, partial(self._ask, known[name])) for name, words in STARTERS.items() if name in known]
        invitation = (
            f"<h3>Click anything on {explorer.whole_name}</h3><p>Everything the model finds alike lights up.</p>"
        )
        self.card = Card(invitation, tuple(chips), css=("emx-slim",))
        self.sections = [*self._places(), self._about()]

    def _ask(self, place: "Place") -> None:
        self._app.attempt(lambda: self._app.explorer.similar.search(place.lon, place.lat))

    def _places(self) -> list[ipw.Widget]:
        named = self._app.explorer.places[:PLACES]
        rows = [parts.button(place.name, partial(self._ask, place), "emx-item", "emx-link") for place in named]
        if not rows:
            return []
        title = parts.heading("Or start from a named place")
        return [parts.section(title, parts.styled(ipw.VBox(rows), "emx-list"))]

    def _about(self) -> ipw.Widget:
        told = (
            f"<p>Each pixel is {dimension_of(self._app.explorer.cube)} numbers that a model learned from a year of "
            "satellite images. Pixels with alike numbers are alike places. Colors show the three main directions of "
            "those numbers.</p>"
        )
        if self._app.explorer.shared.is_null_island:
            told += (
                "<p>Null Island does not exist. What is where, and what changed when, is known, so every answer can "
                "be checked.</p>"
            )
        tour = parts.button("Take the 2-minute tour", self._app.tour.begin, "emx-quiet", "emx-left")
        return parts.section(parts.heading("What you are looking at"), parts.text(told, "emx-prose"), tour)


class Tour:
    """The tour on the map: one card, a step at a time; whoever clicks the map meanwhile is not disturbed."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._steps = steps_for(app.explorer)
        self._place: int | None = None

    def begin(self) -> None:
        """The first step."""
        self._go(0)

    def end(self) -> None:
        """No card any more; the map stays as the last step left it."""
        self._place = None
        self._app.map.describe(self._app.view)

    def card(self) -> Card | None:
        """The card of the step that is shown; None while there is no tour."""
        if self._place is None:
            return None
        step, number, count = self._steps[self._place], self._place + 1, len(self._steps)
        words = f"<h3>{step.title}</h3><p>{step.text}</p>"
        is_last = number == count
        onward = Chip("Done" if is_last else "Next", self._onward, "emx-primary")
        leave = [] if is_last else [Chip("Leave the tour", self.end, "emx-quiet")]
        return Card(words, (*leave, onward), note=f"{number} of {count}")

    def _onward(self) -> None:
        if self._place is None or self._place + 1 == len(self._steps):
            self.end()
        else:
            self._go(self._place + 1)

    def _go(self, place: int) -> None:
        self._place = place
        self._app.attempt(lambda: self._steps[place].act(self._app.explorer))
        self._app.map.describe(self._app.view)
