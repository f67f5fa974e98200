"""The first page of a server of several cubes: a card each, with the colors of its embedding."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bokeh.server.views.auth_request_handler import AuthRequestHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, authenticated

from embexplore.errors import EmbexploreError
from embexplore.ui.view import theme

if TYPE_CHECKING:
    import xarray as xr

    from embexplore.ui.shared import Shared

SIDE = 320
"""Pixels of a card's picture on its longer side, about."""

CARD = """<a class="card" href="{slug}">
  <span class="picture"><img src="{slug}/picture.png" alt="" width="296" height="196" loading="lazy"></span>
  <b>{title}</b><span>{facts}</span>
</a>"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Earth embeddings</title>
<style>
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ margin: 0 auto; padding: 32px 24px; max-width: 1000px; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }}
h1 {{ margin: 0 0 4px; font-size: 24px; font-weight: 650; }}
p {{ margin: 0 0 24px; color: var(--ink2); font-size: 16px; }}
main {{ display: grid; gap: 24px; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }}
.card {{ display: block; color: inherit; text-decoration: none; border-radius: 8px; }}
.card .picture {{ display: block; aspect-ratio: 296 / 196; overflow: hidden; border-radius: 8px; background: var(--water);
  margin-bottom: 8px; }}
.card img {{ width: 100%; height: 100%; object-fit: cover; image-rendering: pixelated; display: block; }}
.card b {{ display: block; font-size: 16px; font-weight: 600; }}
.card span {{ color: var(--ink2); }}
.card:hover b {{ color: var(--accent); text-decoration: underline; text-underline-offset: 3px; }}
.card:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 4px; }}
</style>
</head>
<body>
<h1>Earth embeddings</h1>
<p>Find places alike, see what changed, and what compression costs. Choose a map.</p>
<main>
{cards}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Entry:
    """One cube of a server: the last part of its address, what it is called, and the cube, shared and never written."""

    slug: str
    title: str
    cube: "xr.Dataset"

    @cached_property
    def shared(self) -> "Shared":
        """What its Explorers share, kept as long as the server runs: the next visitor waits for no second fit."""
        from embexplore.ui.shared import Shared

        return Shared.of(self.cube)

    @cached_property
    def facts(self) -> str:
        """`64 dimensions · 10 m · 2017–2024`."""
        from embexplore.cube.pieces import dimension_of
        from embexplore.cube.years import describe_years

        grid = self.cube.emb.grid
        size = f"{grid.resolution[0]:g}{'°' if grid.is_geographic else ' m'}"
        return f"{dimension_of(self.cube)} dimensions · {size} · {describe_years(self.cube.emb.years)}"

    @cached_property
    def picture(self) -> bytes:
        """The latest year in the colors of the Explorer, thinned out, as PNG."""
        import numpy as np

        from embexplore.ui.render.png import color_png

        shared = self.shared
        step = max(1, max(shared.grid.shape) // SIDE)
        thin = shared.whole.isel(y=slice(None, None, step), x=slice(None, None, step))
        colors = np.asarray(thin.emb.pca_rgb(shared.colors(), year=self.cube.emb.years[-1]).data)
        return color_png(np.dstack([colors, np.where(colors.any(axis=-1), 255, 0).astype(np.uint8)]))


def page(entries: Mapping[str, Entry]) -> str:
    """The page as HTML; names are text, whatever they contain."""
    cards = (
        CARD.format(slug=html.escape(entry.slug), title=html.escape(entry.title), facts=html.escape(entry.facts))
        for entry in entries.values()
    )
    return PAGE.format(cards="\n".join(cards), light=_variables(theme.LIGHT), dark=_variables(theme.DARK))


def _variables(colors: Mapping[str, str]) -> str:
    return "; ".join(f"--{name}: {color}" for name, color in colors.items())


class _Handler(AuthRequestHandler):
    def get_login_url(self) -> str:
        """Relative, so that it also holds behind a proxy that adds a prefix."""
        return f".{self.application.auth_provider.login_url}"

    def initialize(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries


class Landing(_Handler):
    """The page."""

    @authenticated
    async def get(self) -> None:
        """Answer with the page."""
        self.write(page(self.entries))


class Picture(_Handler):
    """The picture of a card."""

    async def get(self, slug: str) -> None:
        """Answer with the picture; made once, beside the server's own loop."""
        if not self.current_user:
            raise HTTPError(403)
        if slug not in self.entries:
            raise HTTPError(404)
        try:
            picture = await IOLoop.current().run_in_executor(None, lambda: self.entries[slug].picture)
        except EmbexploreError as error:
            raise HTTPError(503, str(error)) from error
        self.set_header("Content-Type", "image/png")
        self.write(picture)


def routes(entries: Mapping[str, Entry]) -> list[tuple[Any, ...]]:
    """For the server: the page at its root, and the pictures."""
    own = {"entries": entries}
    return [("/?", Landing, own), (r"/([\w.-]+)/picture\.png", Picture, own)]
