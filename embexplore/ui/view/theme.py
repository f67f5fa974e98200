"""Colors, icons and the stylesheet of the Explorer: one dict feeds CSS and Bokeh, whose canvas reads no CSS."""

import base64
from functools import lru_cache
from pathlib import Path

LIGHT = {
    "ground": "#ffffff",
    "ink": "#18222a",
    "ink2": "#4d5b66",
    "line": "#dbe2e6",
    "fill": "#f2f5f7",
    "accent": "#0b61a4",
    "accent-fill": "#e1edf6",
    "b": "#b5500a",
    "b-fill": "#fbeee3",
    "stop": "#b3261e",
    "stop-fill": "#fdeceb",
    "bar": "#788d9b",
    "noise": "#e9eef1",
    "water": "#dde5ea",
    "hatch": "#d2dce2",
    "on-accent": "#ffffff",
}
DARK = {
    "ground": "#212121",
    "ink": "#ebebeb",
    "ink2": "#b7c1c8",
    "line": "#40484d",
    "fill": "#2c3134",
    "accent": "#7cc0ff",
    "accent-fill": "#1d3a54",
    "b": "#ffb26b",
    "b-fill": "#452c15",
    "stop": "#ffb4ab",
    "stop-fill": "#48201d",
    "bar": "#7d8f9a",
    "noise": "#343b3f",
    "water": "#1b2329",
    "hatch": "#232d34",
    "on-accent": "#10161a",
}
"""Text on its ground has a contrast of 4.5:1 or more, marks and lines that mean something 3:1 (a test computes them)."""

_PATHS = {
    "undo": '<path d="M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H7"/>',
    "redo": '<path d="m10 3 3 3-3 3M13 6H7a4 4 0 0 0 0 8h2"/>',
    "reset": '<path d="M3 3v4h4M3.5 7A5.2 5.2 0 1 1 3 10"/>',
    "code": '<path d="M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4M9 3 7 13"/>',
    "share": '<path d="M6.5 9.5a3 3 0 0 0 4.2 0l2-2a3 3 0 0 0-4.2-4.2l-1 1M9.5 6.5a3 3 0 0 0-4.2 0l-2 2a3 3 0 0 0 4.2 4.2l1-1"/>',
    "export": '<path d="M8 2v8M5 7l3 3 3-3M2.5 13.5h11"/>',
    "close": '<path d="m4 4 8 8M12 4l-8 8"/>',
    "layers": '<path d="m8 2 6 3.2-6 3.2-6-3.2zM2 8.4l6 3.2 6-3.2M2 11l6 3.2 6-3.2"/>',
    "full": '<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>',
    "rectangle": '<path d="M3 4h10v8H3z"/>',
    "polygon": '<path d="m8 2.5 5.5 4-2 6.5h-7l-2-6.5z"/>',
    "freehand": '<path d="M2.5 11c2-8 4-8 5-4s3 4 6-3"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "minus": '<path d="M3 8h10"/>',
    "play": '<path d="M5 3v10l7-5z"/>',
    "pause": '<path d="M5 3v10M11 3v10"/>',
    "target": '<circle cx="8" cy="8" r="3.5"/><path d="M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3"/>',
}

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#000" stroke-width="1.5" '
    'stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)


def colors(*, dark: bool) -> dict[str, str]:
    """The colors of a light or dark page, by name."""
    return DARK if dark else LIGHT


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """The whole stylesheet: variables of both pages, icons, and the rules of `style.css`."""
    icons = "\n".join(f".emx-icon-{name}{{--emx-icon:url({_uri(path)})}}" for name, path in _PATHS.items())
    rules = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    dark = _variables(DARK) + "color-scheme:dark;"  # of menus, boxes to tick and scroll bars
    return (
        f".emx{{{_variables(LIGHT)}color-scheme:light;}}\n.emx.emx-dark{{{dark}}}\n"
        f'body[data-jp-theme-light="false"] .emx:not(.emx-light){{{dark}}}\n{icons}\n{rules}'
    )


def _variables(named: dict[str, str]) -> str:
    return "".join(f"--emx-{name}:{value};" for name, value in named.items())


def _uri(path: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(_SVG.format(path).encode()).decode()
