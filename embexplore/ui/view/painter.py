"""Answers on the map: computed when they are asked, painted for the part on screen, and sharper where there is more.

Under the answer lies one coarse gray picture of the whole, so that nothing flickers.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from embexplore.errors import EmbexploreError
from embexplore.ui.ground import colors_layer, ground_layer
from embexplore.ui.modes.base import Layer
from embexplore.ui.render.viewport import Viewport
from embexplore.ui.view.pictures import Pictures, sharpen
from embexplore.ui.view.work import Work

if TYPE_CHECKING:
    from embexplore.ui.view.app import App
    from embexplore.ui.view.beside import Beside
    from embexplore.ui.view.sight import Sight

AT_ONCE = 1 << 21
"""Pixels that are answered before the next event is looked at: 1448², about 50 ms; larger maps get a progress bar."""


class Painter:
    """Draws the layers of the active mode.

    Attributes
    ----------
    pictures : Pictures
    is_asked : bool
        An answer is computed: what lies on the map is the last one.
    """

    def __init__(
        self, app: "App", pictures: Pictures, beside: "Beside", sight: "Sight", restyle: Callable[[], None]
    ) -> None:
        self._app, self.explorer = app, app.explorer
        self.pictures, self._beside, self._sight, self._restyle = pictures, beside, sight, restyle
        self._detail = Work(app.status)
        self._layers: list[Layer] = []
        self.is_asked = False

    def draw(
        self, *, done: Callable[[], None], failed: Callable[[EmbexploreError], None], stopped: Callable[[], None]
    ) -> None:
        """Compute what the active mode shows, then paint it; `done()` after the picture is on its way."""
        explorer = self.explorer
        try:
            layers = [*explorer.active.layers()] or [colors_layer(explorer)]
            wanted = [ground_layer(explorer), *layers]
            pixels = math.prod(explorer.part[name].size for name in ("y", "x"))
        except EmbexploreError as error:
            self._app.work.drop()
            self.is_asked = False
            failed(error)
            return
        missing = [layer for layer in wanted if explorer.key_of(layer) not in explorer.answers]

        def job(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
            for layer in missing:
                explorer.values(layer, progress=progress, cancelled=cancelled)

        def show(_: Any) -> None:
            self.is_asked = False
            self._layers = layers
            self.pictures.forget()
            self.paint()
            done()

        def end(action: Callable[..., None]) -> Callable[..., None]:
            def ended(*arguments: Any) -> None:
                self.is_asked = False
                action(*arguments)
                if self._layers:
                    self.paint()

            return ended

        self._detail.cancel()
        self.is_asked = True
        self._app.work.on_beat = lambda: self._fill_in(wanted)
        self._app.work.start(
            job,
            what=explorer.active.verb,
            done=show,
            failed=end(failed),
            stopped=end(stopped),
            at_once=not missing or (explorer.active.is_quick and pixels <= AT_ONCE),
        )

    def paint(self) -> None:
        """Paint the layers for the part on screen, and look closer where a large cube has more detail.

        While an answer is computed the last one stays: its layers would be painted with settings of the next.
        """
        viewport = self._sight.viewport
        if viewport is None or self.is_asked:
            return
        self._restyle()
        try:
            self._show(self._layers, viewport)
        except EmbexploreError as error:  # not even the ground can be read: the cube is gone
            self._app.status.problem(str(error))
            return
        self._sharpen(viewport)

    def _sharpen(self, viewport: Viewport) -> None:
        """Compute the window on the screen beside the page; a map that was moved or asked again forgets it."""
        explorer, layers = self.explorer, self._layers
        window, missing = self.pictures.unsharp(layers, viewport)
        if window is None or not missing:
            self._detail.cancel()
            return
        self._detail.start(
            lambda progress, cancelled: sharpen(explorer, missing, window, progress, cancelled),
            what="Looking closer at",
            done=lambda _: self._sharpened(layers, viewport),
            failed=lambda error: self._app.status.problem(str(error)),
            stopped=lambda: None,
        )

    def _sharpened(self, layers: list[Layer], viewport: Viewport) -> None:
        if layers is self._layers and viewport == self._sight.viewport:
            self._show(layers, viewport)

    def _fill_in(self, wanted: list[Layer]) -> None:
        """Paint what there is of a long scan."""
        viewport, begun = self._sight.viewport, self.explorer.answers.begun
        if viewport is not None and all(begun(self.explorer.key_of(layer)) for layer in wanted):
            self.pictures.forget()
            self._show(wanted[1:], viewport)

    def _show(self, layers: list[Layer], viewport: Viewport) -> None:
        self.pictures.paint(self._beside.pictures(layers), self._beside.grounds(), viewport)

    def close(self) -> None:
        """Look closer no more."""
        self._detail.close()
