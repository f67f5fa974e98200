"""What readers press, type and drag: widgets that are heard one message at a time, on the loop of their view.

JupyterLab sends what a page says to a thread beside the kernel's own, a subshell. A click that was heard there while
the view brought itself up to date counted as the view's own doing, and was lost. (Measured: "Swipe", clicked as soon
as it was there, was lost in each of three notebooks; a slow machine leaves more time for that.)
"""

from pathlib import Path
from threading import Event
from typing import Any

import ipyleaflet
import ipywidgets as ipw

from embexplore.ui.view.work import running_loop

PATIENCE = 1.0
"""Seconds that a message waits to be heard before the next may come. A page sends the next place of a dragged slider
once the last was heard; a cell that runs for longer must not hold up the widgets of others."""


class Heard(ipw.Widget):
    """A widget whose messages are heard on the loop that it was made on; where none ran, wherever they come."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        self._home = running_loop()
        super().__init__(*args, **traits)

    def _handle_msg(self, msg: Any) -> None:
        home = self._home
        if home is None or home is running_loop() or not home.is_running():
            super()._handle_msg(msg)
            return
        is_heard = Event()
        home.call_soon_threadsafe(self._hear, msg, is_heard)
        is_heard.wait(PATIENCE)

    def _hear(self, msg: Any, is_heard: Event) -> None:
        try:
            super()._handle_msg(msg)
        finally:
            is_heard.set()


def script(name: str) -> str:
    """A script of this folder, for `_esm`: anywidget watches a path, and keeps every widget that was made with it."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


class Button(Heard, ipw.Button):
    """ipywidgets' own, heard on one loop."""


class Checkbox(Heard, ipw.Checkbox):
    """ipywidgets' own, heard on one loop."""


class Dropdown(Heard, ipw.Dropdown):
    """ipywidgets' own, heard on one loop."""


class Number(Heard, ipw.BoundedFloatText):
    """ipywidgets' own, heard on one loop."""


class Text(Heard, ipw.Text):
    """ipywidgets' own, heard on one loop."""


class ToggleButtons(Heard, ipw.ToggleButtons):
    """ipywidgets' own, heard on one loop."""


class Map(Heard, ipyleaflet.Map):
    """ipyleaflet's own, heard on one loop."""


class Marker(Heard, ipyleaflet.Marker):
    """ipyleaflet's own, heard on one loop."""


class DrawControl(Heard, ipyleaflet.GeomanDrawControl):
    """ipyleaflet's own, heard on one loop."""
