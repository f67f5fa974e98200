"""Show code, Share and Export: drawers over the strip, one open at a time; never a dialog."""

import html
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.exports import Exports

if TYPE_CHECKING:
    from embexplore.ui.view.app import App

TITLES = {
    "code": ("The code for this view", "runs as it is, gives the same arrays"),
    "share": ("A link to this view", "the settings travel in the text, the cube does not"),
    "export": ("Save", "what the map shows, with its source and license"),
}


class Drawers:
    """The drawer over the strip; `exports` are what it saves."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._open = ""
        self.exports = Exports(app)
        self._title = parts.text("", "emx-grow")
        self._copy = parts.button("Copy", self._copied, "emx-primary")
        close = parts.button("Close", self.close, "emx-quiet")
        self._text = parts.text()
        self._body = parts.styled(ipw.VBox([self._text, self.exports.root]), "emx-body")
        self.root = parts.styled(
            ipw.VBox([parts.row(self._title, self._copy, close), self._body]), "emx-drawer", "emx-hidden"
        )

    @property
    def text(self) -> str:
        """What Copy copies: the cell, or the shared view."""
        explorer = self._app.explorer
        return explorer.to_code() if self._open == "code" else explorer.link()

    def toggle(self, name: str) -> None:
        """Open a drawer, or close it where it is open."""
        if self._open == name:
            self.close()
            return
        self._open = name
        parts.show(self.root, shown=True)
        self.fill()

    def close(self) -> None:
        """The strip again."""
        self._open = ""
        parts.show(self.root, shown=False)

    def stop(self) -> None:
        """End what is measured for a file: the view is closed."""
        self.exports.close()

    def fill(self) -> None:
        """Bring the open drawer up to date."""
        if not self._open:
            return
        self._title.value = parts.heading_html(*TITLES[self._open])
        is_text = self._open != "export"
        parts.show(self._copy, shown=is_text)
        parts.show(self._text, shown=is_text)
        parts.show(self.exports.root, shown=not is_text)
        if is_text:
            wraps = ' class="emx-folds"' if self._open == "share" else ""  # an address is one long line
            self._text.value = f"<pre{wraps}>{html.escape(self.text)}</pre>"
        else:
            self.exports.fill()

    def _copied(self) -> None:
        self._app.keys.copy(self.text)
        self._app.status.say("Copied.")
