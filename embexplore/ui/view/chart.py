"""A HoloViews chart as a widget, in every host and with no request to any outside host.

The kernel keeps a Bokeh document; each view in a browser keeps a copy of it. A chart of the same make is updated in
place by HoloViews itself, and only what changed travels. BokehJS is sent by the kernel, once a page, where the page
has none (JupyterLab, Voila); it never becomes part of a notebook.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from embexplore.errors import InvalidInput
from embexplore.ui.view.chart_look import LIGHT, dress, name_models
from embexplore.ui.view.inputs import Heard, script
from embexplore.ui.view.turns import in_turn, now

if TYPE_CHECKING:
    import holoviews as hv
    from bokeh.document import Document
    from bokeh.document.events import DocumentChangedEvent
    from bokeh.plotting import figure

Tap = Callable[[float, float, dict[str, int]], None]
"""Called with the place in the figure's own units, and the index of the mark there for each glyph that was hit."""
Selection = Callable[[str, list[int]], None]
"""Called with the name of the glyph and the indices of its selected marks."""


class Chart(Heard, anywidget.AnyWidget):
    """A chart: `show` a HoloViews element or a Bokeh figure, `patch` a detail of it, `on_tap` to hear clicks.

    Parameters
    ----------
    colors : mapping of str to str, optional
        Colors of text, lines and ground, as in `chart_look.LIGHT`; assigned later, they hold from the next `show`.
    height : int
        Height in CSS pixels; the width is the container's. 0 leaves both to the container.
    axis_labels : bool
        Whether axes carry their names; titles and legends are the page's own, and never part of a chart.
    """

    _esm = script("chart.js")
    _bokeh = traitlets.Unicode().tag(sync=True)
    describe = traitlets.Unicode("").tag(sync=True)
    """The chart as a sentence, for readers who do not see it."""
    listens = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self, *, colors: Mapping[str, str] = LIGHT, height: int = 0, axis_labels: bool = False, **traits: Any
    ) -> None:
        import bokeh
        import ipywidgets

        size = {"height": f"{height}px"} if height else {"flex": "1 1 auto", "height": "100%"}
        traits.setdefault("layout", ipywidgets.Layout(width="100%", min_width="0", overflow="hidden", **size))
        super().__init__(_bokeh=bokeh.__version__, **traits)
        self.colors = dict(colors)
        self.axis_labels = axis_labels
        self._number = 0
        self._watched = False
        self._own: Document | None = None  # not `_document`: Panel keeps the page there
        self._make: Any = None
        self._frame: Any = None
        self._advance: Callable[[], None] | None = None
        self._events: list[DocumentChangedEvent] = []
        self._taps: list[Tap] = []
        self._selections: list[Selection] = []
        self.on_msg(self._receive)

    def show(self, drawing: "hv.Element | hv.Overlay | figure", *, describe: str | None = None) -> None:
        """Draw an element; one of the same make as before (types, labels, dimensions) changes the figure in place.

        Parameters
        ----------
        drawing : holoviews element, overlay or layout, or bokeh figure
            Labels of elements become names for `patch`: `"label.glyph"`, `"label.source"`; the figure's own are
            `"x_range"`, `"y_range"`, `"x_axis"`, `"y_axis"` and `"figure"`.
        describe : str, optional
            The chart as a sentence.

        Where an event loop runs, it is drawn in its turn: pictures of the map go first.
        """
        if self.comm is None:
            return  # it was closed while this waited
        if describe is not None:
            self.describe = describe
        in_turn(self.model_id, lambda: self._show(drawing))

    def _show(self, drawing: Any) -> None:
        make = _make_of(drawing, self.colors)
        if make is not None and make == self._make and self._advance is not None:
            self._frame = drawing
            self._advance()
            self._dress()
            self._send_patch()
            return
        self._draw(drawing, make)
        if self._watched:
            self._send_figure()

    def patch(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Set properties of named models in the figure that is shown, without drawing it again.

        Parameters
        ----------
        changes : mapping
            `{model name: {property: value}}`: `{"threshold.glyph": {"location": 0.8}}`; of a source, `data` is a
            dict of columns.

        Raises
        ------
        InvalidInput
            No model, or more than one, has the name.
        """
        now(self.model_id)
        for name, properties in changes.items():
            self.model(name).update(**properties)
        self._send_patch()

    def model(self, name: str) -> Any:
        """The Bokeh model of this name in the figure that is shown; names as in `show`."""
        now(self.model_id)
        found = list(self._own.select({"name": name})) if self._own else []
        if len(found) != 1:
            known = sorted({model.name for model in self._own.models if model.name}) if self._own else []
            raise InvalidInput(
                f"name={name!r}: {len(found)} models have it; expected one of {', '.join(known) or 'none'}."
            )
        return found[0]

    def on_tap(self, callback: Tap) -> None:
        """Call `callback(x, y, {glyph name: index})` after each click on the figure."""
        self._taps.append(callback)
        self.listens = sorted({*self.listens, "tap"})

    def on_select(self, callback: Selection) -> None:
        """Call `callback(glyph name, indices)` when marks are selected, by a tool that the figure has."""
        self._selections.append(callback)
        self.listens = sorted({*self.listens, "select"})

    def _draw(self, drawing: Any, make: Any) -> None:
        from bokeh.document import Document

        document = Document()
        self._make, self._frame, self._advance = make, drawing, None
        if make is None:
            root = drawing
            if root.document is not None:
                root.document.remove_root(root)
        else:
            root, self._advance = _live(document, lambda: self._frame)
        document.add_root(root)
        self._own, self._events = document, []
        self._dress()
        document.on_change(self._events.append)

    def _dress(self) -> None:
        for root in self._own.roots if self._own else ():
            dress(root, self.colors, axis_labels=self.axis_labels)

    def _send_figure(self, view: str | None = None) -> None:
        if self._own is None:
            return
        self._events.clear()
        self._number += 1
        root = self._own.roots[0]
        item = {"target_id": None, "root_id": root.ref["id"], "doc": self._own.to_json(deferred=False)}
        self.send({"figure": item, "number": self._number, **({"view": view} if view else {})})

    def _send_patch(self) -> None:
        from bokeh.core.serialization import Serializer

        if self._own is None or not self._events:
            return
        events = _settled(self._events)
        self._events.clear()
        if not self._watched or not events:
            return
        models = self._own.models
        serializer = Serializer(references=models.synced_references, deferred=False)
        content = {"events": serializer.encode(events)}
        models.flush_synced(lambda model: not serializer.has_ref(model))
        self._number += 1
        self.send({"patch": content, "number": self._number})

    def _receive(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("ask") == "library":
            self.send({"library": self._bokeh}, buffers=[_bokeh_js()])
        elif message.get("ask") == "figure":
            self._watched = True
            self._send_figure(message["view"])
        elif tap := message.get("tap"):
            for callback in self._taps:
                callback(tap["x"], tap["y"], tap["found"])
        elif chosen := message.get("select"):
            for heard in self._selections:
                heard(chosen["name"], chosen["indices"])


def _settled(events: "list[DocumentChangedEvent]") -> "list[DocumentChangedEvent]":
    """The last word on each property: HoloViews sets some back that are then dressed again."""
    from bokeh.document.events import ModelChangedEvent

    last: dict[Any, DocumentChangedEvent] = {}
    for event in events:
        key = (event.model.id, event.attr) if isinstance(event, ModelChangedEvent) else id(event)
        last.pop(key, None)
        last[key] = event
    return list(last.values())


@lru_cache(maxsize=1)
def _bokeh_js() -> bytes:
    """`bokeh.min.js` of the installed Bokeh, gzipped: about 360 kB."""
    import bokeh

    script = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
    return gzip.compress(script.read_bytes(), 6, mtime=0)


def _make_of(drawing: Any, colors: Mapping[str, str]) -> Any:
    """What must be equal for a figure to be updated in place; None of a Bokeh figure, which is always drawn anew."""
    if not hasattr(drawing, "traverse"):
        return None
    parts = drawing.traverse(
        lambda part: (type(part).__name__, part.group, part.label, *(str(dim) for dim in part.dimensions()))
    )
    return tuple(parts), tuple(sorted(colors.items()))


def holoviews() -> Any:
    """HoloViews with its Bokeh backend, ready for `.opts(…, backend="bokeh")`.

    `hv.extension` would do more: write scripts into the notebook, and load others from outside.
    """
    import holoviews as hv
    import holoviews.plotting.bokeh

    return hv


def _live(document: "Document", frame: Callable[[], Any]) -> tuple[Any, Callable[[], None]]:
    """A figure of `frame()`, and a function that brings it up to date with `frame()`."""
    hv = holoviews()
    step = hv.streams.Stream.define("Step", number=0)()

    def current(number: int) -> Any:  # noqa: ARG001  # HoloViews calls it by this name: a new number, a new frame
        return frame().map(lambda part: part.opts(clone=True, framewise=True, backend="bokeh"), hv.Element)

    frames = hv.DynamicMap(current, streams=[step], cache_size=1)
    plot = hv.renderer("bokeh").get_plot(frames, doc=document)  # not responsive: `dress` lets it fill its container
    plot.document = document  # HoloViews tells it to the process's own document, which would keep it
    name_models(plot)

    def advance() -> None:
        step.event(number=step.number + 1)

    return plot.state, advance
