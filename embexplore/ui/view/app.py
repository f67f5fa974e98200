"""The whole view: header, sentence, map, status, strip and rail, and the one path from a gesture to a picture.

A gesture calls `does(action)`, the model changes, and `refresh` draws what changed: first the picture, then
the words and charts beside it.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.errors import EmbexploreError
from embexplore.ui.allocator import return_large_arrays
from embexplore.ui.view import parts, theme, warm
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.drawers import Drawers
from embexplore.ui.view.header import Header
from embexplore.ui.view.keys import Keys
from embexplore.ui.view.map_pane import MapPane
from embexplore.ui.view.modes.registry import VIEWS
from embexplore.ui.view.start import Tour
from embexplore.ui.view.status import Status
from embexplore.ui.view.tree import below, close
from embexplore.ui.view.turns import PAUSE
from embexplore.ui.view.work import Work, running_loop

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer
    from embexplore.ui.view.modes.base import ModeView

PICTURE = frozenset({"opacity", "hidden", "basemap"})
"""Settings that need no answer again."""

IDLE = 1.0
"""Seconds after which the first page has been drawn."""

REST = 0.15
"""Seconds without a new value after which a slider has come to rest."""


class App:
    """The view of one Explorer. `root` is the widget that hosts display."""

    def __init__(self, explorer: "Explorer") -> None:
        return_large_arrays()
        self.explorer = explorer
        self.is_updating = False
        self._views: dict[str, ModeView] = {}
        self._shown: str | None = None
        self.status = Status(self)
        self.work = Work(self.status, aside="The map fills in as it goes.")
        self.tour = Tour(self)
        self.map = MapPane(self)
        self.header = Header(self)
        self.drawers = Drawers(self)
        self.keys = Keys(self)
        self._words = parts.styled(ipw.HBox(), "emx-words")
        self.sentence = parts.styled(ipw.HBox([self._words]), "emx-sentence")
        self.rail = parts.styled(ipw.VBox(), "emx-rail")
        self.strip = parts.styled(ipw.HBox(), "emx-strip")
        grid = ipw.Box(
            [self.header.root, self.sentence, self.map.root, self.status.root, self.strip, self.rail, self.drawers.root]
        )
        look = [] if explorer.theme == "auto" else [f"emx-{explorer.theme}"]
        style = parts.text(f"<style>{theme.stylesheet()}</style>", "emx-style")
        self.root = parts.styled(ipw.Box([style, parts.styled(grid, "emx-grid"), self.keys.widget]), "emx", *look)
        self.keys.widget.root = self.root.model_id
        self._drawn = explorer.state()
        self._is_shown = False
        self._untold: frozenset[str] = frozenset()
        self._waiting: asyncio.TimerHandle | None = None
        self.refresh(frozenset({"mode"}))
        self._is_shown = True
        self._warm_later()
        self._deafen = explorer.on_change(self.refresh)

    def close(self) -> None:
        """Stop what runs, and close every widget: of a notebook that makes another view, of a visitor who left."""
        self._deafen()
        self._hush()
        self.work.close()
        self.map.close()
        self.drawers.stop()
        for view in self._views.values():
            view.stop()
        close(self.root, *self.map.widgets, *(widget for view in self._views.values() for widget in view.widgets))

    @property
    def view(self) -> "ModeView":
        """The view of the active mode, made when it is first shown."""
        name = self.explorer.mode
        if name not in self._views:
            self._views[name] = VIEWS[name](self)
        return self._views[name]

    @property
    def colors(self) -> dict[str, str]:
        """The theme's colors by name, for charts."""
        return theme.colors(dark=self.explorer.dark)

    def does(self, action: Callable[..., object]) -> Callable[..., None]:
        """The action as a callback of widgets: silent while the view sets them itself, failures under the map."""

        def done(*arguments: Any) -> None:
            if not self.is_updating:
                self.attempt(lambda: action(*arguments))

        return done

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do it on the model; a problem is told under the map, and everything stays as it was."""
        is_done = self.explorer.attempt(action)
        if not is_done:
            self.status.problem(self.explorer.problem)
            with self.updating():
                self.view.update(frozenset())
        return is_done

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Set widgets from the model: their callbacks do nothing."""
        before, self.is_updating = self.is_updating, True
        try:
            yield
        finally:
            self.is_updating = before

    def refresh(self, changed: frozenset[str]) -> None:
        """Draw what changed: the picture first, then what is said about it."""
        self._untold |= changed
        if changed <= PICTURE | {"pinned"}:
            self.map.restyle()
            if not self.map.painter.is_asked:  # else all is said with the answer
                self._drawn = self.explorer.state()
                self.soon(self._describe)
        else:
            self._hush()
            self.map.painter.draw(done=self._drawn_now, failed=self._failed, stopped=self._stopped)

    def switch_theme(self, *, dark: bool) -> None:
        """The page became dark or light."""
        if self.explorer.theme == "auto" and dark != self.explorer.dark:
            self.explorer.dark = dark
            (self.root.add_class if dark else self.root.remove_class)("emx-dark")
            for chart in below(self.root):
                if isinstance(chart, Chart):
                    chart.colors = self.colors
            self.refresh(frozenset({"theme"}))

    def soon(self, action: Callable[[], None], *, after: float = PAUSE) -> None:
        """Do it once what was sent has left, so that a picture never waits for words; at once without a loop.

        Only the newest action is done: while a slider is dragged, words wait until it rests for `after` seconds.
        What a page is first built of must be there when it is sent: nothing is put off before.
        """
        loop = running_loop() if self._is_shown else None
        self._hush()
        if loop is None:
            action()
        else:
            self._waiting = loop.call_later(after, action)

    def _hush(self) -> None:
        """Words that wait are not said: they would be about what is asked now, before there is an answer."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _warm_later(self) -> None:
        """Load what the first click needs while the reader looks at the first picture."""
        loop = running_loop()
        if loop is not None:
            loop.call_later(IDLE, warm.start, self.explorer.shared)

    def _drawn_now(self) -> None:
        self._drawn = self.explorer.state()
        with self.updating():
            self.view.follow(self._untold)
        self.soon(self._describe, after=REST if self._untold <= self.view.dragged else PAUSE)

    def _failed(self, error: EmbexploreError) -> None:
        """The picture stays, and so does the state that it shows."""
        self._go_back()
        self.explorer.problem = str(error)
        self.status.problem(str(error))

    def _stopped(self) -> None:
        """Cancel, too, goes back to what the picture shows."""
        self._go_back()
        self.status.say("Stopped. The map still shows the last answer.")

    def _go_back(self) -> None:
        self._hush()
        self._untold = frozenset()
        self.explorer.go_back_to(self._drawn)
        self._describe()

    def _describe(self) -> None:
        changed, self._untold = self._untold, frozenset()
        try:
            with self.updating():
                self._arrange()
                self.header.update()
                self.view.update(changed)
                self.map.describe(self.view)
                self.map.retell()
                self.drawers.fill()  # the code names a threshold that only the answer tells
                self.status.finding(self._finding())
        except EmbexploreError as error:
            self.status.problem(str(error))

    def _finding(self) -> str:
        """What was found; of a large cube, at which resolution it was counted."""
        explorer = self.explorer
        found = explorer.active.finding()
        if not found or explorer.shared.pyramid.is_complete:
            return found
        step = explorer.grid.resolution[0]
        return f"{found} Counted on pixels of {step:g}{'°' if explorer.grid.is_geographic else ' m'}."

    def _arrange(self) -> None:
        """The parts of the active mode in their places."""
        view = self.view
        if self._shown == self.explorer.mode:
            return
        self._shown = self.explorer.mode
        self._words.children = view.sentence
        self.sentence.children = [self._words, *view.switch]
        self.rail.children = [*view.rail, view.more]
        self.strip.children = view.strip
        self.map.offer(view)
