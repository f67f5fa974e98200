"""One look for the pictures of all lessons, so that their cells say only what is in a picture."""

from typing import Any


def pictures() -> None:
    """Draw HoloViews with Bokeh in this notebook, offline: square pixels, no toolbar, values under the pointer.

    Maps keep the shape of the ground: their pixels are square, whatever the size of the picture.

    Examples
    --------
    >>> from embexplore import workshop
    >>> workshop.pictures()
    """
    import holoviews as hv

    hv.extension("bokeh", inline=True)
    hv.opts.defaults(*_look(hv.opts))


def _look(opts: Any) -> list[Any]:
    bare: dict[str, Any] = {"toolbar": None, "xaxis": None, "yaxis": None}
    square = {**bare, "frame_width": 330, "data_aspect": 1}
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
