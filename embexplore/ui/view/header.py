"""The header: which cube, the six questions, and what applies to all of them."""

import html
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import describe_years
from embexplore.ui.view import parts
from embexplore.ui.view.inputs import ToggleButtons

if TYPE_CHECKING:
    from embexplore.ui.view.app import App


class Header:
    """Cube, modes; at the right undo, redo, reset, Show code, Share, Export."""

    def __init__(self, app: "App") -> None:
        self._app = app
        explorer = app.explorer
        modes = [(mode.title, name) for name, mode in explorer.modes.items()]
        self._modes = ToggleButtons(options=modes, value=explorer.mode)
        parts.styled(self._modes, "emx-modes")
        self._modes.observe(lambda change: app.does(self._switch)(change["new"]), "value")
        self._undo = parts.icon("undo", "Undo", explorer.undo, "emx-icon-only", tooltip="Undo (Z)")
        self._redo = parts.icon("redo", "Redo", explorer.redo, "emx-icon-only", tooltip="Redo (Shift+Z)")
        reset = parts.icon("reset", "Reset", explorer.reset, "emx-icon-only", tooltip="Reset; undo brings it back")
        drawers = [
            parts.icon("code", "Show code", lambda: app.drawers.toggle("code"), tooltip="The Python of this view (C)"),
            parts.icon("share", "Share", lambda: app.drawers.toggle("share"), tooltip="A link to this view"),
            parts.icon("export", "Export", lambda: app.drawers.toggle("export"), tooltip="Save map, places, picture"),
        ]
        actions = [self._undo, self._redo, reset, parts.text("", "emx-divider"), *drawers]
        self.root = parts.styled(
            ipw.HBox(
                [parts.text(_about(app), "emx-cube"), self._modes, parts.styled(ipw.HBox(actions), "emx-actions")]
            ),
            "emx-header",
        )

    def update(self) -> None:
        """The pressed mode; whether there is something to undo."""
        history = self._app.explorer.history
        self._modes.value = self._app.explorer.mode
        self._undo.disabled, self._redo.disabled = not history.can_undo, not history.can_redo

    def _switch(self, mode: str) -> None:
        self._app.explorer.mode = mode


def _about(app: "App") -> str:
    """`Null Island`, and under it `64 dimensions · 10 m · 2017–2024`."""
    cube = app.explorer.cube
    step = cube.emb.grid.resolution[0]
    size = f"{step:g}°" if cube.emb.grid.is_geographic else f"{step:g} m"
    facts = f"{dimension_of(cube)} dimensions · {size} · {describe_years(cube.emb.years)}"
    return f"<b>{html.escape(app.explorer.title)}</b><span>{facts}</span>"
