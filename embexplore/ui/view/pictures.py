"""What lies under the marks of a map: ground and answer as pictures of the part on screen.

Values are warped to the screen once for each part of the map, and painted in milliseconds. Zoomed into a
large cube, a window of more detail is laid over the coarse map as soon as it is computed. Under all lies one
coarse gray picture of the whole, so that nothing flickers while the map moves.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from ipyleaflet import ImageOverlay as Overlay
from numpy.typing import NDArray

from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.errors import OutOfBounds
from embexplore.ui.ground import ground_layer
from embexplore.ui.levels import Window
from embexplore.ui.modes.base import Layer, Painted
from embexplore.ui.render.mercator import OUTSIDE, index_of, warp
from embexplore.ui.render.png import color_webp, data_url, palette_png
from embexplore.ui.render.viewport import Corners, Viewport

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer

COARSE = 640
"""Pixels along the longer side of the picture of the whole."""

Pair = tuple[Overlay, Layer | None]

CLEAR = data_url(palette_png(np.zeros((1, 1), np.uint8), np.zeros((1, 4), np.uint8)))
"""A picture of nothing."""


class Pictures:
    """What the overlays of one map show.

    Attributes
    ----------
    coarse, ground : ImageOverlay
        The whole, and the part on screen, in gray.
    """

    def __init__(self, explorer: "Explorer", whole: Corners) -> None:
        self._explorer = explorer
        self._whole = whole
        self.coarse, self.ground = overlay("ground", whole), overlay("ground", whole)
        self._viewport: Viewport | None = None
        self._warped: dict[Any, NDArray[Any]] = {}
        self._grids: dict[Any, Grid] = {}
        self._drawn: dict[str, Any] = {}

    def paint(self, pairs: Sequence[Pair], grounds: Sequence[Overlay], viewport: Viewport) -> None:
        """Paint what there is of layers, and the ground under them, for the part on screen: no scan, a few milliseconds.

        `pairs` are overlays and the layers that they show, or None; `grounds` further overlays that show the
        ground.
        """
        if viewport != self._viewport:
            self._viewport = viewport
            self.forget()
        window = self._explorer.shared.pyramid.window(viewport)
        with self._explorer.answers.partly():
            self._paint_ground([self.ground, *grounds], viewport, window)
            for picture, layer in pairs:
                if layer is None:
                    picture.url = CLEAR
                else:
                    _show([picture], layer.paint(self._on_screen(layer, viewport, window)), viewport)

    def unsharp(self, layers: Sequence[Layer], viewport: Viewport) -> tuple[Window | None, list[Layer]]:
        """The window of more detail that the screen shows, and the layers that are not computed there yet."""
        explorer = self._explorer
        window = explorer.shared.pyramid.window(viewport)
        wanted = [ground_layer(explorer), *layers] if window is not None else []
        return window, [layer for layer in wanted if explorer.key_of(layer, window) not in explorer.answers]

    def forget(self) -> None:
        """What was warped is out of date: the answers changed."""
        self._warped.clear()
        self._grids.clear()

    def _paint_ground(self, grounds: list[Overlay], viewport: Viewport, window: Window | None) -> None:
        explorer = self._explorer
        ground = ground_layer(explorer)
        look = explorer.key_of(ground), explorer.dark
        is_sharp = window is None or explorer.key_of(ground, window) in explorer.answers
        is_whole = explorer.key_of(ground) in explorer.answers  # a part of it is painted again
        if self._drawn.get("ground") != (look, viewport, is_sharp, grounds):
            _show(grounds, ground.paint(self._on_screen(ground, viewport, window)), viewport)
            self._drawn["ground"] = (look, viewport, is_sharp, grounds) if is_whole else None
        if self._drawn.get("coarse") != look:
            small = _fitted(self._whole)
            _show([self.coarse], ground.paint(self._warp(ground, None, small)), small)
            self._drawn["coarse"] = look if is_whole else None

    def _on_screen(self, layer: Layer, viewport: Viewport, window: Window | None) -> NDArray[Any]:
        """The values under the pixels of the screen: of the whole, and in more detail where there is any yet."""
        explorer = self._explorer
        if window is not None and not explorer.answers.begun(explorer.key_of(layer, window)):
            window = None
        key = explorer.key_of(layer, window)
        if key in self._warped:
            return self._warped[key]
        shown = self._warp(layer, None, viewport)
        if window is not None:
            shown = shown.copy()
            fine = self._warp(layer, window, viewport)
            is_covered = index_of(self._grid(layer, window), viewport) != OUTSIDE
            shown[is_covered] = fine[is_covered]
        if key in explorer.answers:
            self._warped[key] = shown
        return shown

    def _warp(self, layer: Layer, window: Window | None, viewport: Viewport) -> NDArray[Any]:
        values = self._explorer.values(layer, within=window)
        return warp(np.asarray(values.values), self._grid(layer, window), viewport, fill=layer.fill)

    def _grid(self, layer: Layer, window: Window | None) -> Grid:
        key = self._explorer.key_of(layer, window)
        if key not in self._grids:
            self._grids[key] = grid_of(self._explorer.values(layer, within=window))
        return self._grids[key]


def sharpen(explorer: "Explorer", layers: Sequence[Layer], window: Window, progress: Any, cancelled: Any) -> None:
    """Compute layers in a window; where the area is not in it, there is nothing to see."""
    for layer in layers:
        try:
            explorer.values(layer, within=window, progress=progress, cancelled=cancelled)
        except OutOfBounds:
            return


def overlay(pane: str, bounds: Corners) -> Overlay:
    """An overlay in a pane of the map that shows nothing yet."""
    return Overlay(url=CLEAR, bounds=bounds, pane=pane)


def _show(pictures: Sequence[Overlay], painted: Painted, viewport: Viewport) -> None:
    """The painted pixels as the overlays' picture: a palette keeps all, WebP is a tenth of the bytes of colors."""
    if painted.palette is None:
        url = data_url(color_webp(painted.pixels, quality=92), "webp")
    else:
        url = data_url(palette_png(painted.pixels, painted.palette))
    for picture in pictures:
        with picture.hold_sync():
            picture.bounds = viewport.bounds
            picture.url = url


def _fitted(bounds: Corners) -> Viewport:
    """The viewport of a picture of the whole."""
    (south, west), (north, east) = bounds
    across = east - west
    down = (north - south) / np.cos(np.radians((north + south) / 2))
    longer = max(across, down)
    return Viewport.fitted(bounds, max(1, COARSE * across / longer), max(1, COARSE * down / longer))
