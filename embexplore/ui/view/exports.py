"""What can be saved of a view, by the same functions as the command line, with the attribution inside."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.files import free

if TYPE_CHECKING:
    from embexplore.ui.view.app import App

Write = Callable[[Path], None]


class Exports:
    """A button for each file of the active mode; it is written beside the notebook, or downloaded from a dashboard.

    Attributes
    ----------
    root : Widget
        The buttons, and who must be named.
    """

    def __init__(self, app: "App") -> None:
        self._app = app
        self.buttons = parts.Buttons(parts.row(), "emx-quiet")
        provenance = app.explorer.cube.emb.provenance
        named = parts.text(escape(provenance.attribution or provenance.source), "emx-muted")
        self.root = parts.styled(ipw.VBox([self.buttons.root, named]), "emx-section", "emx-hidden")

    def fill(self) -> None:
        """The files that the active mode has now."""
        files = self._app.view.exports()
        self.buttons.show([(label, partial(self._save, name, write), name) for label, name, write in files])

    def _save(self, name: str, write: Write) -> None:
        def saved() -> None:
            if self._app.explorer.address is not None:  # of a dashboard the reader has no folder beside it
                self.download(name, write)
                return
            path = free(Path(self._app.explorer.folder) / name)
            write(path)
            self._app.status.say(f"Saved {path}.")

        self._app.attempt(saved)

    def download(self, name: str, write: Write) -> None:
        """Put a file into the reader's downloads, through the page."""
        with TemporaryDirectory() as folder:
            write(Path(folder) / name)
            self._app.keys.download(name, (Path(folder) / name).read_bytes())
        self._app.status.say(f"{name} is in your downloads.")
