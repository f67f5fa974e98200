"""The tree of widgets: what hangs below one, children that take the place of others, and what is gone closed.

A widget that is only left out stays known to the kernel, or to a server, until its process ends.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets as ipw


def below(*roots: ipw.Widget) -> Iterator[ipw.Widget]:
    """The widgets and all that they hold, each once: children, layers, icons, layouts, styles."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        widget = waiting.pop()
        if id(widget) in found:
            continue
        found.add(id(widget))
        yield widget
        for name in widget.keys:
            waiting += _widgets_of(getattr(widget, name))


def close(*roots: ipw.Widget) -> None:
    """Close widgets with all that they hold."""
    for widget in list(below(*roots)):
        close_only(widget)


def close_only(widget: ipw.Widget) -> None:
    """Close a widget and nothing that it holds."""
    try:
        widget.close()
    except KeyError:  # outside of its sessions Panel registers no connection: once tried, it counts as closed
        widget.close()


def replace(box: ipw.Widget, children: Sequence[ipw.Widget]) -> None:
    """Give a box other children; those that are gone are closed, so none of them may be kept for later."""
    gone = [child for child in box.children if child not in children]
    if tuple(children) != box.children:
        box.children = tuple(children)
    close(*gone)


def _widgets_of(value: Any) -> list[ipw.Widget]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)
    return [item for item in values if isinstance(item, ipw.Widget)]
