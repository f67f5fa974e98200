"""The line under the map: what was found, why something was not possible, how far a long scan is."""

import html
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.tree import replace

if TYPE_CHECKING:
    from embexplore.ui.view.app import App


class Status:
    """One sentence, the readout of the pixel under the pointer, and a bar with Cancel while something runs."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._found = ""
        self._stop: Callable[[], None] | None = None
        self._message = parts.text("", "emx-message")
        self._readout = parts.text("", "emx-readout")
        self._bar = parts.text("", "emx-bar", "emx-hidden")
        self._cancel = parts.button("Cancel", self._cancelled, "emx-quiet", "emx-hidden")
        self._undo = parts.button("Undo", self._undone, "emx-quiet", "emx-hidden")
        self._close = parts.icon("close", "Dismiss", self.dismiss, "emx-icon-only", "emx-hidden")
        self._lasting = [self._bar, self._message, self._readout, self._cancel, self._undo, self._close]
        self.root = parts.styled(ipw.HBox(self._lasting), "emx-status")

    def finding(self, sentence: str) -> None:
        """Say what was found; an older problem is gone."""
        self._found = sentence
        self.say(sentence)

    def say(self, sentence: str) -> None:
        """Say something in passing, such as where an export went; the next answer replaces it."""
        self._show(_told(sentence))

    def problem(self, sentence: str) -> None:
        """Say why something was not possible; the map still shows what it showed."""
        self._show(_told(sentence, role="alert", first="<b>Not possible.</b> "), stopped=True)

    def ask(self, sentence: str, **actions: Any) -> None:
        """Ask before something large: a sentence and up to two buttons, `ask("…", go_on=f, draw_smaller=g)`."""
        self._show(_told(sentence, role="alert"))
        buttons = [self._answer(name, action) for name, action in actions.items()]
        replace(self.root, [*self._lasting, *buttons])

    def readout(self, content: str) -> None:
        """What lies under the pointer, as HTML."""
        self._readout.value = content

    def dismiss(self) -> None:
        """Back to what was found."""
        self.finding(self._found)

    def progress(self, sentence: str, share: float, *, stop: Callable[[], None]) -> None:
        """How far a long scan is; share in [0, 1]. Cancel calls `stop()`."""
        self._stop = stop
        self._bar.value = f'<i style="width:{100 * share:.1f}%"></i>'
        self._message.value = _told(sentence)
        self._show_only(self._bar, self._cancel)

    def rest(self) -> None:
        """Nothing runs any more: where a bar was shown, what was found."""
        if self._stop is not None:
            self.dismiss()

    def _show(self, content: str, *, stopped: bool = False) -> None:
        self._stop = None
        (self.root.add_class if stopped else self.root.remove_class)("emx-stopped")
        replace(self.root, self._lasting)
        self._message.value = content
        undo = [self._undo] if self._app.explorer.can_undo else []
        self._show_only(*([*undo, self._close] if stopped else []))

    def _show_only(self, *shown: ipw.Widget) -> None:
        for widget in (self._bar, self._cancel, self._undo, self._close):
            parts.show(widget, shown=widget in shown)

    def _answer(self, name: str, action: Any) -> ipw.Button:
        def answered() -> None:
            self.dismiss()
            action()

        return parts.button(name.replace("_", " ").capitalize(), answered, "emx-quiet")

    def _cancelled(self) -> None:
        if self._stop is not None:
            self._stop()

    def _undone(self) -> None:
        self.dismiss()
        self._app.explorer.undo()


def _told(sentence: str, *, role: str = "status", first: str = "") -> str:
    """A sentence as HTML, whole under the pointer where two lines do not hold it; `first` is HTML that we wrote."""
    said = html.escape(sentence, quote=True)
    return f'<span role="{role}" title="{said}">{first}{said}</span>'
