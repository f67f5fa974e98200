"""The few building blocks of every part of the view: buttons, choices, texts and sections in the house's look."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any, TypeVar

import ipywidgets as ipw

from embexplore.ui import colormaps
from embexplore.ui.modes.base import Legend
from embexplore.ui.view import inputs, sliders
from embexplore.ui.view.tree import replace

Options = Sequence[tuple[str, Any]]
"""Labels and values of a choice."""

D = TypeVar("D", bound=ipw.DOMWidget)


def styled(widget: D, *classes: str) -> D:
    """The widget with classes of the stylesheet."""
    for name in classes:
        widget.add_class(name)
    return widget


def text(html: str = "", *classes: str) -> ipw.HTML:
    """HTML that we wrote; what users wrote goes through `html.escape` first."""
    return styled(ipw.HTML(html), *classes)


def heading(title: str, note: str = "", hint: str = "") -> ipw.HTML:
    """A section's heading, with a quiet note and a tooltip behind a question mark."""
    return text(heading_html(title, note, hint))


def heading_html(title: str, note: str = "", hint: str = "", *, colored: str = "") -> str:
    """The same as HTML, to change a heading in place; `colored` is HTML that we wrote, after the note.

    A note that finds no room is cut, and whole under the pointer; title and question mark always show.
    """
    said = f'<small title="{escape(note, quote=True)}">{escape(note)}{colored}</small>' if note or colored else ""
    return f'<span class="emx-heading"><span>{escape(title)}</span>{said}{help_mark(hint)}</span>'


def help_mark(hint: str) -> str:
    """A question mark that says what a word means; nothing without a hint."""
    if not hint:
        return ""
    said = escape(hint, quote=True)
    return f' <span class="emx-help" tabindex="0" role="img" aria-label="{said}" title="{said}">?</span>'


def button(label: str, action: Callable[[], object], *classes: str, tooltip: str = "") -> inputs.Button:
    """A button that calls `action()`."""
    made = styled(inputs.Button(description=label, tooltip=tooltip or None), *classes)
    made.on_click(lambda _: action())
    return made


class Buttons:
    """A box of buttons that are filled again: a new button takes three messages, another label on it one.

    Only for what may be pressed twice: the second press of a double click may find the button filled again.
    """

    def __init__(self, box: ipw.Box, *classes: str) -> None:
        self.root = box
        self._classes = classes
        self._actions: list[Callable[[], object]] = []

    def show(self, choices: Sequence[tuple[str, Callable[[], object], str]]) -> None:
        """A button for each label, action and tooltip."""
        self._actions = [action for _, action, _ in choices]
        made = list(self.root.children[: len(choices)])
        made += [button("", partial(self._press, i), *self._classes) for i in range(len(made), len(choices))]
        for one, (label, _, tooltip) in zip(made, choices, strict=True):
            one.description, one.tooltip = label, tooltip
        replace(self.root, made)

    def _press(self, number: int) -> None:
        self._actions[number]()


def icon(name: str, label: str, action: Callable[[], object], *classes: str, tooltip: str = "") -> inputs.Button:
    """A button with an icon of the theme; its label is read aloud where it is not shown."""
    return button(label, action, "emx-icon", f"emx-icon-{name}", *classes, tooltip=tooltip or label)


def choice(options: Options, value: Any, action: Callable[[Any], object], *classes: str) -> inputs.Dropdown:
    """A drop-down whose choice calls `action(value)`; as a word of the sentence with class `emx-token`."""
    made = styled(inputs.Dropdown(options=list(options), value=value), *classes)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def token(options: Options, value: Any, action: Callable[[Any], object], *classes: str) -> inputs.Dropdown:
    """A word of the sentence that can be chosen."""
    return choice(options, value, action, "emx-token", *classes)


def segmented(options: Options, value: Any, action: Callable[[Any], object], *classes: str) -> inputs.ToggleButtons:
    """Buttons side by side of which one is pressed."""
    made = styled(inputs.ToggleButtons(options=list(options), value=value), "emx-segmented", *classes)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def number(value: float, low: float, high: float, step: float, action: Callable[[float], object]) -> inputs.Number:
    """A number to type."""
    made = styled(inputs.Number(value, min=low, max=high, step=step), "emx-number")
    made.observe(lambda change: action(change["new"]), "value")
    return made


def checkbox(value: bool, label: str, action: Callable[[bool], object], *classes: str) -> inputs.Checkbox:
    """A box to tick."""
    made = styled(inputs.Checkbox(value, description=label, indent=False), *classes)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def field(words: str, action: Callable[[str], object], *classes: str) -> inputs.Text:
    """A line to type, done with Enter; `words` stand in it while it is empty."""
    made = styled(inputs.Text(placeholder=words, continuous_update=False), *classes)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def slider(
    value: float, low: float, high: float, step: float, action: Callable[[float], object], *classes: str
) -> ipw.FloatSlider:
    """A slider without a number of its own; it reports while it is dragged. `emx-above`: what is above it counts."""
    made = styled(sliders.FloatSlider(value, min=low, max=high, step=step, readout=False), *classes)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def move_slider(made: ipw.FloatSlider, value: float, low: float, high: float) -> None:
    """Give a slider another range and value in one message; its limits never cross on the way."""
    with made.hold_sync():
        made.min, made.max = min(low, made.max), max(high, made.min)
        made.value, made.min, made.max = value, low, high


def show(widget: ipw.DOMWidget, *, shown: bool) -> None:
    """Show or hide a widget where it is.

    What a page is first built of stays in its tree: a dashboard does not know a widget that was made before the page
    was sent and joins the tree later.
    """
    (widget.remove_class if shown else widget.add_class)("emx-hidden")


def row(*children: ipw.Widget) -> ipw.HBox:
    """Children in a line, centered."""
    return styled(ipw.HBox(children), "emx-row")


def section(*children: ipw.Widget, fills: bool = False) -> ipw.VBox:
    """A part of the rail; `fills`: it takes the height that is left, and scrolls."""
    return styled(ipw.VBox(children), "emx-section", *(["emx-fills"] if fills else []))


def panel(title: ipw.HTML, chart: ipw.Widget) -> ipw.VBox:
    """A part of the strip: a heading and a chart."""
    return styled(ipw.VBox([title, chart]), "emx-panel")


def labeled(label: str, widget: ipw.Widget, hint: str = "") -> ipw.HBox:
    """A line of More: a label, with a tooltip behind a question mark, and a control."""
    said = text(f'<span class="emx-muted">{escape(label)}</span>{help_mark(hint)}')
    return row(said, styled(widget, "emx-grow", "emx-field"))


def legend_html(legend: Legend) -> str:
    """A legend as HTML."""
    parts = [f"<b>{escape(legend.title)}</b>"]
    if legend.ramp is not None:
        parts += [
            f'<div class="emx-ramp" style="background:{colormaps.css_gradient(legend.ramp)}"></div>',
            f'<div class="emx-ends"><span>{escape(legend.low)}</span><span>{escape(legend.high)}</span></div>',
        ]
    for swatch in legend.swatches:
        is_class = swatch.css.startswith("emx-")
        look = f'class="{swatch.css}"' if is_class else f'style="background:{escape(swatch.css, quote=True)}"'
        parts.append(f'<div class="emx-swatch"><i {look}></i>{escape(swatch.text)}</div>')
    if legend.note:
        parts.append(f'<div class="emx-swatch">{escape(legend.note)}</div>')
    return "".join(parts)
