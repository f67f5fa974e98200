"""How every chart looks: no toolbar, nothing behind it, 13 px, the page's own colors; and what its parts are called."""

from collections.abc import Mapping
from typing import Any

LIGHT = {"ink2": "#4d5b66", "line": "#dbe2e6"}
"""Quiet text and hairlines on a light page: the parts of the theme that a canvas, which reads no CSS, must know."""
FONT = "-apple-system, 'Segoe UI', 'Liberation Sans', Helvetica, Arial, sans-serif"
SIZE = "13px"


def dress(root: Any, colors: Mapping[str, str], *, axis_labels: bool = False) -> None:
    """Give a Bokeh figure, or every figure of a layout, the look of the page; it fills its container."""
    from bokeh.models import LayoutDOM, Plot

    for layout in root.select({"type": LayoutDOM}):
        layout.sizing_mode = "stretch_both"
        layout.width = layout.height = None
    for figure in root.select({"type": Plot}):
        _dress_figure(figure, {**LIGHT, **colors})
        if not axis_labels:
            for axis in figure.axis:
                axis.axis_label = None


def _dress_figure(figure: Any, colors: Mapping[str, str]) -> None:
    figure.update(
        toolbar_location=None,
        output_backend="canvas",  # HoloViews asks for WebGL, of which a page has 16 contexts at most
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        min_border=4,
        name=figure.name or "figure",
    )
    figure.title.visible = False
    for axis in figure.axis:
        axis.update(
            major_label_text_color=colors["ink2"],
            major_label_text_font=FONT,
            major_label_text_font_size=SIZE,
            axis_label_text_color=colors["ink2"],
            axis_label_text_font=FONT,
            axis_label_text_font_size=SIZE,
            axis_label_text_font_style="normal",
            axis_line_color=None,
            major_tick_line_color=None,
            minor_tick_line_color=None,
        )
    for grid in figure.grid:
        grid.update(minor_grid_line_color=None)
        if grid.grid_line_color is not None:  # HoloViews takes the color away where `show_grid` is off
            grid.grid_line_color = colors["line"]
    for legend in figure.legend:
        legend.visible = False


def name_models(plot: Any) -> None:
    """Name the Bokeh models behind a HoloViews plot: `"label.glyph"`, `"label.source"`, and the figure's own parts."""
    from holoviews.plotting.bokeh.element import ElementPlot

    own = {"x_range": "x_range", "y_range": "y_range", "x_axis": "xaxis", "y_axis": "yaxis"}
    for part in plot.traverse(lambda found: found, [ElementPlot]):
        label = part.current_frame.label if part.current_frame is not None else ""
        marks = {f"{label}.glyph": "glyph", f"{label}.source": "source"} if label and "glyph" in part.handles else {}
        for name, handle in {**own, **marks}.items():
            if part.handles.get(handle) is not None:
                part.handles[handle].name = name
