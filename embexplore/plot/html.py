"""Panels as one HTML document that needs nothing else: pictures inline, style inline, no request to anyone."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from embexplore.cube.grid import Grid
from embexplore.plot.colormaps import css_gradient
from embexplore.plot.panels import Legend, Mark, Panel, degrees

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy: the browser itself refuses any request to a host."""


def document(
    panels: Sequence[Panel],
    *,
    title: str,
    facts: Sequence[str],
    grid: Grid,
    opened_by: str,
    provenance: Mapping[str, str],
) -> str:
    """The page; all text is escaped here."""
    style = (files("embexplore.plot") / "page.css").read_text(encoding="utf-8")
    sections = "\n".join(_section(panel, grid) for panel in panels)
    west, south, east, north = grid.bbox
    about = [
        f"From {degrees(west, south)} to {degrees(east, north)}, in {grid.crs}.",
        f"Source: {provenance['source']}. Quantizer: {provenance['quantizer']}.",
        f"{provenance['attribution']} {provenance['license']}".strip(),
        f"Made by {provenance['software']}. This page holds everything it shows and asks no other host for anything.",
    ]
    paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in about if line)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body style="--panels: {len(panels)}">
<header>
<h1>{escape(title)}</h1>
<p>{escape(" · ".join(facts))}</p>
</header>
<main>
{sections}
</main>
<footer><div class="about">
<div><p>The Python under each map runs after these lines:</p>
<pre tabindex="0" aria-label="Python that opens this cube">{escape("import embexplore as ex" + chr(10) + opened_by)}</pre></div>
<div>
{paragraphs}
</div>
</div></footer>
</body>
</html>
"""


def _section(panel: Panel, grid: Grid) -> str:
    alternative = escape(f"Map: {panel.sentence}. {panel.finding}", quote=True)
    height, width = panel.light.shape[:2]
    marks = "".join(_mark(mark) for mark in panel.marks)
    return f"""<section>
<h2><b>{escape(panel.name)}</b>{_sentence(panel.sentence)}</h2>
<div class="map"><picture><source media="(prefers-color-scheme: dark)" srcset="{_data_uri(panel.dark)}"><img src="{_data_uri(panel.light)}" width="{width}" height="{height}" alt="{alternative}"></picture>{marks}{_scale(grid)}</div>
{_legend(panel.legend)}
<p class="finding">{_sentence(panel.finding)}</p>
<div>{_rows(panel)}</div>
<pre tabindex="0" aria-label="Python that makes this map">{escape(panel.code)}</pre>
</section>"""


def _sentence(text: str) -> str:
    """The sentence; ① becomes the same pin that the map shows."""
    return escape(text).replace("①", '<i class="example">1</i>')


def _mark(mark: Mark) -> str:
    low = " low" if mark.kind == "tag" and mark.top < 10 else ""  # where there is no room above
    place = f"left:{mark.left:.2f}%;top:{mark.top:.2f}%"
    title = escape(mark.title, quote=True)
    return f'<span class="{mark.kind}{low}" style="{place}" title="{title}">{escape(mark.label)}</span>'


def _legend(legend: Legend) -> str:
    ramp = ""
    if legend.ramp is not None and legend.ramp_dark is not None:
        colors = f"--light:{css_gradient(legend.ramp)};--dark:{css_gradient(legend.ramp_dark)}"
        ends = f"<span>{escape(legend.low)}</span><span>{escape(legend.high)}</span>"
        ramp = f'<span class="ramp" style="{colors}"></span><div class="ends">{ends}</div>'
    gray = "<i></i>" if ramp else ""
    hatch = '<span><i class="hatch"></i>hatched: no data</span>'
    note = f'<div class="key"><span>{gray}{escape(legend.note)}</span>{hatch}</div>'
    return f'<div class="legend"><strong>{escape(legend.title)}</strong>{ramp}{note}</div>'


def _rows(panel: Panel) -> str:
    rows = "".join(
        f"<tr><td>{escape(number)}</td><td>{escape(value)}</td><td>{escape(text)}</td></tr>"
        for number, value, text in panel.rows
    )
    return f"<table><caption>{escape(panel.heading)}</caption>{rows}</table>" if rows else ""


def _scale(grid: Grid) -> str:
    """A scale bar of a round length, at most a quarter of the width."""
    length, text = scale_bar(grid)
    return (
        f'<span class="scale" style="width:calc({100 * length:.2f}% + 14px);min-width:max-content">{text}<i></i></span>'
    )


def scale_bar(grid: Grid) -> tuple[float, str]:
    """The largest of 1, 2, 5 × 10ⁿ meters within a quarter of the width: its share of the width, and its name."""
    from pyproj import Geod

    left, bottom, right, top = grid.bounds
    lon, lat = grid.lonlat([left, right], [(bottom + top) / 2] * 2)
    width = float(Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])[2])
    tens = 10.0 ** np.floor(np.log10(width / 4))
    meters = max(step * tens for step in (1, 2, 5) if step * tens <= width / 4)
    return meters / width, f"{meters / 1000:g} km" if meters >= 1000 else f"{meters:g} m"


def _data_uri(picture: NDArray[np.uint8]) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
