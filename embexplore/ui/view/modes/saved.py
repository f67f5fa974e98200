"""Labels that are never lost: saved after every point, beside the notebook, in a file that is only ours."""

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from embexplore.errors import EmbexploreError
from embexplore.io.labels import write_labels
from embexplore.ui.view import parts
from embexplore.ui.view.files import free

if TYPE_CHECKING:
    from embexplore.ui.view.app import App


class Saved:
    """The file of this session's labels. One that was there before is not touched, unless it was loaded.

    Attributes
    ----------
    told : Widget
        Where they are saved, as words.
    is_ours : bool
        Whether the file was written, or loaded, by this session.
    """

    def __init__(self, app: "App") -> None:
        self._app = app
        self.name = f"{re.sub(r'[^a-z0-9]+', '-', app.explorer.title.lower()).strip('-') or 'cube'}.labels.geojson"
        self.path = Path(app.explorer.folder) / self.name
        self.is_ours = False
        self.told = parts.text("", "emx-prose")
        self._tell("Not saved yet.")

    @property
    def there(self) -> bool:
        """Whether labels of an earlier session can be loaded."""
        return self._is_kept and self.path.exists()

    def keep(self, changed: frozenset[str]) -> None:
        """Save the points if they changed; what fails is told where the file would be named."""
        mode = self._app.explorer.modes["labels"]
        if not self._is_kept:
            self._tell("A dashboard keeps no files: use Download before you leave.")
        if "labels.points" not in changed or not self._is_kept or not (mode.points or self.is_ours):
            return
        if not self.is_ours:
            self.path = free(self.path)
        try:
            write_labels(mode.table, self.path, overwrite=self.is_ours)
        except (EmbexploreError, OSError) as error:
            self._tell(f"Not saved: {escape(str(error))} Use Download.")
            return
        self.is_ours = True
        self._tell(f"Saved after every point to <code>{escape(self.path.name)}</code>")

    @property
    def _is_kept(self) -> bool:
        """Whether there is a folder of the reader's own: that of a dashboard belongs to the server."""
        return self._app.explorer.address is None

    def _tell(self, words: str) -> None:
        self.told.value = f"<p>{words}</p>"
