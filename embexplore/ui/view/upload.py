"""A button that reads a text file of the reader's own and hands it to Python, in every host."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from embexplore.errors import InvalidInput
from embexplore.ui.view.inputs import Heard, script


class Upload(Heard, anywidget.AnyWidget):
    """Calls `on_file(message)` with what was chosen; `content_of` reads the message.

    Parameters
    ----------
    label : str
        Of the button.
    accept : str
        Endings that the browser offers first: `.geojson,.json`.
    on_file : callable
    """

    _esm = script("upload.js")
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, accept: str, on_file: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(label=label, accept=accept)
        self.on_msg(lambda _, message, __: on_file(message))


def content_of(message: dict[str, Any]) -> tuple[str, bytes]:
    """Name and content of a chosen file; InvalidInput where it is too large to have been sent."""
    name = str(message.get("name", "file"))
    if not isinstance(message.get("text"), str):
        raise InvalidInput(f"{name} is larger than 20 MB; nothing loaded.")
    return name, message["text"].encode()
