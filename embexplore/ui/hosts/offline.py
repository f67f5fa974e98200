"""Widgets of a Panel server, without any request to another host.

`ipywidgets_bokeh` fetches the scripts of every widget that is not ipywidgets' own from a public address, and Panel adds
style sheets from two others: without a network the map stays blank. `enable` points all of them at this server, which
answers with the files that pip installed. A plain `panel serve app.py` needs the routes as well:
`panel serve app.py --plugins embexplore.ui.hosts.offline`.
"""

import base64
import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

FOLDER = "embexplore-widgets"
"""The first part of the path; relative, so that it also holds behind a proxy that adds a prefix."""
REQUEST = re.compile(r"(?P<package>@?[\w.-]+(?:/[\w.-]+)?)@(?P<range>[^/]*)/dist/(?P<file>[\w.-]+)")
"""`jupyter-leaflet@^0.20.0/dist/index`, as `ipywidgets_bokeh` asks: package, range of versions, file."""
KINDS = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".svg": "image/svg+xml"}


class WidgetFiles(RequestHandler):
    """Files of installed widgets: what is asked of a package index is answered from `share/jupyter/nbextensions`."""

    def get(self, asked: str) -> None:
        """Answer with a file; `index` without an ending is the package's script."""
        found = installed(asked)
        if found is None:
            raise HTTPError(404, f"{asked}: no installed widget has this file")
        self.set_header("Content-Type", KINDS.get(found.suffix, "application/octet-stream"))
        self.set_header("Cache-Control", "max-age=3600")
        self.write(_patient(found.read_bytes()) if found.parent.name == "anywidget" else found.read_bytes())


ROUTES: list[tuple[Any, ...]] = [(rf"/(?:.*/)?{FOLDER}/(.*)", WidgetFiles)]
"""For the server: `pn.serve(…, extra_patterns=ROUTES)`, or `panel serve --plugins` with this module's name."""


def installed(asked: str) -> Path | None:
    """The installed file that a request means, or None; nothing outside the folders of widgets is ever found."""
    from jupyter_core.paths import jupyter_path

    request = REQUEST.fullmatch(asked)
    if request is None or ".." in asked:
        return None
    name = request["file"]
    names = (name,) if Path(name).suffix in KINDS else (f"{name}.js", name)
    places = [Path(folder) / request["package"] for folder in jupyter_path("nbextensions")]
    return next((place / name for place in places for name in names if (place / name).is_file()), None)


def _patient(script: bytes) -> bytes:
    """A minute for a widget to start: anywidget 0.11 gives it two seconds, and a slow page then loses its messages for good."""
    return script.replace(b"AbortSignal.timeout(2e3)", b"AbortSignal.timeout(6e4)")


def enable() -> None:
    """Let every widget of this process come from this process. Calling it again changes nothing."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else each start prints four lines about a debugger
    import panel.io.ipywidget  # noqa: F401  # Panel's kernel must come first: it says so itself
    from ipywidgets_bokeh.widget import IPyWidget

    from embexplore.ui.hosts import early

    early.enable()
    logging.getLogger("traitlets").addFilter(_is_no_second_kernel)
    if getattr(IPyWidget, "_embexplore_offline", False):
        return
    made = IPyWidget.__init__

    def make(self: Any, **properties: Any) -> None:
        made(self, **{"cdn": FOLDER, **properties})

    IPyWidget.__init__ = make
    IPyWidget.__css__ = []
    IPyWidget._embexplore_offline = True  # noqa: SLF001  # the mark that it was done


def inline_styles() -> None:
    """Let Panel's style sheets travel with a notebook's page: `pn.extension(inline=True)` brings scripts alone.

    Calling it again changes nothing.
    """
    from bokeh.models import ImportedStyleSheet

    if getattr(ImportedStyleSheet, "_embexplore_inline", False):
        return
    made = ImportedStyleSheet.__init__

    def make(self: Any, **properties: Any) -> None:
        if isinstance(properties.get("url"), str):
            properties["url"] = inlined(properties["url"])
        made(self, **properties)

    ImportedStyleSheet.__init__ = make
    ImportedStyleSheet._embexplore_inline = True  # noqa: SLF001  # the mark that it was done


@lru_cache
def inlined(url: str) -> str:
    """The style sheet of Panel's own that an address means as a `data:` address; any other address as it is.

    Icons of Font Awesome are left out: they need a font from the same place.
    """
    import panel as pn
    from panel.io.resources import CDN_DIST, LOCAL_DIST

    if "font-awesome" in url:
        return "data:text/css,"
    name = url.removeprefix(CDN_DIST).removeprefix(LOCAL_DIST).partition("?")[0]
    folder = Path(pn.__file__).parent / "dist"
    found = [folder / name] if (folder / name).is_file() else sorted(folder.glob(f"bundled/**/{Path(name).name}"))
    if name == url.partition("?")[0] or not found:
        return url
    return "data:text/css;base64," + base64.b64encode(found[0].read_bytes()).decode()


def _is_no_second_kernel(record: logging.LogRecord) -> bool:
    """Panel makes one kernel a session, and traitlets reports each as a second one, with a traceback: no fault."""
    return not (record.exc_info and record.exc_info[0] and record.exc_info[0].__name__ == "MultipleInstanceError")
