"""One look for the pictures of all lessons, drawn without any other host.

`hv.extension` would do, but the Panel below it links four style sheets of a public address into every picture. Here
Bokeh draws what HoloViews describes, and its script comes with the notebook.
"""

from typing import Any


def pictures() -> None:
    """Draw HoloViews with Bokeh in this notebook: square pixels, no toolbar, values under the pointer.

    Examples
    --------
    >>> from embexplore import workshop
    >>> workshop.pictures()
    """
    import holoviews as hv
    import holoviews.plotting.bokeh  # importing it registers the backend

    hv.Store.set_current_backend("bokeh")
    hv.opts.defaults(*_look(hv.opts))
    _draw_here()


def _draw_here() -> None:
    """Let the notebook, if this is one, show elements of HoloViews as pictures."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    import holoviews as hv
    from bokeh.resources import INLINE
    from IPython.display import HTML, display

    shell.display_formatter.formatters["text/html"].for_type(hv.core.Dimensioned, _html)
    scripts = INLINE.clone(components=["bokeh"]).js_raw  # `render()` would link the scripts of every loaded extension
    display(HTML(f"<script>{''.join(scripts)}</script>"))


def _html(element: Any) -> str:
    """An element as a picture: a place on the page, and the script that draws there."""
    import holoviews as hv
    from bokeh.embed import components
    from bokeh.models import Plot

    drawn = hv.render(element, backend="bokeh")
    for figure in drawn.select({"type": Plot}):
        if figure.width is None:
            figure.sizing_mode = None  # "fixed", of a picture that only its frame gives a size, is warned about
    script, place = components(drawn)
    return f"{place}\n{script}"


def _look(opts: Any) -> list[Any]:
    square: dict[str, Any] = {"toolbar": None, "xaxis": None, "yaxis": None, "frame_width": 330, "data_aspect": 1}
    chart: dict[str, Any] = {"toolbar": None, "width": 560, "height": 260, "tools": ["hover"]}
    return [
        opts.Image(**square, colorbar=True, cmap="viridis", clabel=" ", tools=["hover"]),
        opts.RGB(**square),
        opts.Points(size=7, color="white", line_color="black"),
        opts.Polygons(fill_alpha=0, line_color="black", line_width=2),
        opts.HeatMap(toolbar=None, width=620, height=460, xrotation=60, colorbar=True, tools=["hover"]),
        opts.Curve(**chart),
        opts.Bars(**chart),
        opts.Histogram(**chart, line_color=None, color="#788d9b"),
        opts.Area(toolbar=None, color="#e9eef1", line_color=None),
        opts.Labels(text_color="black", text_font_size="10pt"),
        opts.VLine(color="black"),
        opts.Layout(toolbar=None),
    ]
