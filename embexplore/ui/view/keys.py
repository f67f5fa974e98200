"""Keyboard, clipboard and the page's theme: the little that ipywidgets cannot do, in one small script."""

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from embexplore.ui.view import sliders
from embexplore.ui.view.inputs import Heard, script

if TYPE_CHECKING:
    from embexplore.ui.view.app import App


class Script(Heard, anywidget.AnyWidget):
    """Sends `{key, shift, alt}`, `{dark}`, `{page}`, `{held}` and takes `{copy: text}`, `{download: name}` with the file's bytes."""

    _esm = script("keys.js")
    dark = traitlets.Bool(default_value=False).tag(sync=True)
    root = traitlets.Unicode().tag(sync=True)
    """Model of the widget that hosts display."""


class Keys:
    """What each key does; every one of them has a button too."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self.widget = Script()
        self.widget.add_class("emx-script")
        self.widget.on_msg(self._heard)

    def copy(self, text: str) -> None:
        """Put a text on the reader's clipboard."""
        self.widget.send({"copy": text})

    def download(self, name: str, content: bytes) -> None:
        """Put a file into the reader's downloads."""
        self.widget.send({"download": name}, buffers=[content])

    def _heard(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if "page" in message:
            if self._app.explorer.address is not None:
                self._app.explorer.address = message["page"]
        elif "dark" in message:
            self._app.switch_theme(dark=bool(message["dark"]))
        elif "held" in message:
            sliders.hold(self._app.root, held=bool(message["held"]))
        elif key := message.get("key"):
            self._press(key, shift=message.get("shift", False), alt=message.get("alt", False))

    def _press(self, key: str, *, shift: bool, alt: bool) -> None:
        app, explorer = self._app, self._app.explorer
        if alt:
            if key.isdigit() and 1 <= int(key) <= len(explorer.modes):
                app.attempt(lambda: setattr(explorer, "mode", list(explorer.modes)[int(key) - 1]))
            return
        actions = {
            "z": explorer.redo if shift else explorer.undo,
            "c": lambda: app.drawers.toggle("code"),
            "h": lambda: setattr(explorer, "hidden", not explorer.hidden),
            "[": lambda: app.map.step_year(-1),
            "]": lambda: app.map.step_year(1),
            "escape": app.map.leave_tool,
            "g": app.map.ask_coordinates,
        }
        action = actions.get(key, lambda: app.view.press(key))
        app.attempt(action)
