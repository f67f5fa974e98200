"""Updates that come with a widget instead of right behind it.

`ipywidgets_bokeh` makes a widget's model beside its queue of messages: an update that follows the opening of its
widget at once may find no model yet, and is lost. (Measured on two busy cores: two of five pages showed a mode
without its style classes; JupyterLab waits for the model.) What is set in the same turn is therefore sent as part of
the opening. It also halves the messages of a new view.
"""

import json
from typing import Any

REFERENCE = "IPY_MODEL_"
"""How a widget names another one, which may be opened later than itself: such updates keep their place."""


def enable() -> None:
    """Let every session of this process send so. Calling it again changes nothing."""
    from panel.io.ipywidget import PanelSessionWebsocket

    if getattr(PanelSessionWebsocket, "_embexplore_early", False):
        return
    send, dispatch = PanelSessionWebsocket.send, PanelSessionWebsocket._dispatch  # noqa: SLF001  # no public name

    def sent(self: Any, stream: Any, msg_type: str, content: Any = None, *others: Any, **options: Any) -> None:
        opened = self.__dict__.setdefault("_embexplore_opened", {})
        if not options.get("buffers") and _is_merged(opened, msg_type, content):
            return
        before = len(self._queue)
        send(self, stream, msg_type, content, *others, **options)
        if msg_type == "comm_open" and not options.get("buffers") and len(self._queue) > before:
            opened[content["comm_id"]] = (self._queue[-1], {})

    def dispatched(self: Any) -> None:
        opened = self.__dict__.pop("_embexplore_opened", {})
        for event, state in opened.values():
            if state:
                event.msg_data = with_state(event.msg_data, state)
        dispatch(self)

    PanelSessionWebsocket.send, PanelSessionWebsocket._dispatch = sent, dispatched  # noqa: SLF001
    PanelSessionWebsocket._embexplore_early = True  # noqa: SLF001  # the mark that it was done


def _is_merged(opened: dict[str, Any], msg_type: str, content: Any) -> bool:
    """Keep the state of an update for the opening that still waits; False for what must be sent by itself."""
    if msg_type != "comm_msg" or content["comm_id"] not in opened:
        return False
    data = content["data"]
    if data.get("method") != "update" or data.get("buffer_paths"):
        return False
    if REFERENCE in json.dumps(data["state"], default=str):
        return False
    opened[content["comm_id"]][1].update(data["state"])
    return True


def with_state(message: str, state: dict[str, Any]) -> str:
    """A packed `comm_open` whose widget opens with further values."""
    opening = json.loads(message)
    opening["content"]["data"]["state"].update(state)
    return json.dumps(opening)
