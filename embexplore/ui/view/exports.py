"""What can be saved of a view, by the same functions as the command line, with the attribution inside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.files import free
from embexplore.ui.view.work import Work

if TYPE_CHECKING:
    from embexplore.ui.view.app import App

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Slow:
    """A file that is measured first, beside the page: `job` gives what writes it; its progress counts `unit`."""

    what: str
    job: Callable[[Callable[[int, int], object], Callable[[], bool]], Write]
    unit: str


class Exports:
    """A button for each file of the active mode; it is written beside the notebook, or downloaded from a dashboard.

    Attributes
    ----------
    root : Widget
        The buttons, how far a slow one is, and who must be named.
    """

    def __init__(self, app: "App") -> None:
        self._app = app
        self.buttons = parts.Buttons(parts.styled(parts.row(), "emx-wraps"), "emx-quiet")
        provenance = app.explorer.cube.emb.provenance
        named = parts.text(escape(provenance.attribution or provenance.source), "emx-muted")
        self._work = Work(self)
        self._stop: Callable[[], None] | None = None
        self._message = parts.text("", "emx-grow", "emx-bared")
        cancel = parts.button("Cancel", self._cancelled, "emx-quiet")
        self._running = parts.styled(parts.row(self._message, cancel), "emx-hidden")
        self.root = parts.styled(ipw.VBox([self.buttons.root, self._running, named]), "emx-section", "emx-hidden")

    def fill(self) -> None:
        """The files that the active mode has now."""
        files = self._app.view.exports()
        self.buttons.show([(label, partial(self._save, name, write), name) for label, name, write in files])

    def progress(self, sentence: str, share: float, *, stop: Callable[[], None]) -> None:
        """How far a slow file is; the map and everything else stay usable."""
        self._stop = stop
        bar = f'<span class="emx-bar"><i style="width:{100 * share:.1f}%"></i></span>'
        self._message.value = f'<span role="status">{escape(sentence)}</span>{bar}'
        parts.show(self._running, shown=True)

    def rest(self) -> None:
        """Nothing is measured any more."""
        parts.show(self._running, shown=False)

    def close(self) -> None:
        """Measure no more."""
        self._work.close()

    def _cancelled(self) -> None:
        if self._stop is not None:
            self._stop()

    def _save(self, name: str, write: Write | Slow) -> None:
        if isinstance(write, Slow):
            status = self._app.status
            self._work.start(
                write.job,
                what=write.what,
                unit=write.unit,
                done=partial(self._save, name),
                failed=lambda error: status.problem(str(error)),
                stopped=lambda: status.say(f"Stopped. {name} was not saved."),
            )
            return

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
