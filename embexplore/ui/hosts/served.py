"""The Explorer as a web server: one cube at `/`, several behind a page of cards; every visitor has an Explorer of their own.

Cubes are opened once and shared, never written. Nothing is requested from any other host.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from embexplore.errors import EmbexploreError, InvalidInput

if TYPE_CHECKING:
    import xarray as xr

    from embexplore.ui.hosts.landing import Entry

PORT = 5006
FILL = "html, body { height: 100%; margin: 0; overflow: hidden; }"


def serve(
    cubes: Sequence[str | Path] = (),
    *,
    port: int = PORT,
    address: str = "localhost",
    origins: Sequence[str] = (),
    basic_auth: str | None = None,
    show: bool = False,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve Explorers until the process is stopped.

    Parameters
    ----------
    cubes : sequence of str or Path
        Paths or addresses; none is Null Island.
    port : int
        0 takes a free one.
    address : str
        What to listen on; `0.0.0.0` for every network of this machine.
    origins : sequence of str
        Hosts (`maps.example.org`, `maps.example.org:443`, `*`) whose pages may connect, beside this machine's own.
    basic_auth : str, optional
        A password for everybody, or a JSON file of `{user: password}`.
    show : bool
        Open a browser.
    started : callable, optional
        Called with the address once the server listens.

    Raises
    ------
    InvalidInput
        The port is taken; the file of passwords cannot be read.
    NotACube, SourceUnavailable
        As `open_cube` says.
    """
    import panel as pn

    from embexplore.ui.hosts import offline
    from embexplore.ui.view import warm

    entries = opened(cubes)
    auth = {} if basic_auth is None else _auth(basic_auth)
    pn.extension("tabulator")
    offline.enable()
    try:
        server = pn.io.server.get_server(
            _pages(entries),
            port=port,
            address=address,
            websocket_origin=_origins(port, address, origins),
            title=_titles(entries),
            extra_patterns=_routes(entries),
            keep_alive_milliseconds=10_000,
            show=False,
            start=False,
            verbose=False,
            **auth,
        )
    except OSError as error:
        raise InvalidInput(
            f"port {port} at {address}: {error.strerror or error}. Choose another with --port."
        ) from error
    host = "localhost" if address in {"0.0.0.0", "::"} else address  # noqa: S104
    url = f"http://{host}:{server.port}/"
    if started is not None:
        started(url)
    warm.prepare([entry.shared for entry in entries.values()])
    if show:
        server.io_loop.add_callback(server.show, "/")
    server.start()
    try:
        server.io_loop.start()
    finally:
        server.stop()


def opened(cubes: Sequence[str | Path]) -> "dict[str, Entry]":
    """The cubes by the last part of their address: `lake.zarr` is at `/lake`, a second one of this name at `/lake-2`."""
    from embexplore.io.demo import null_island_path
    from embexplore.io.open import open_cube
    from embexplore.ui.hosts.landing import Entry
    from embexplore.ui.shared import Shared

    entries: dict[str, Entry] = {}
    for path in cubes or (null_island_path(),):
        cube = open_cube(path)
        slug = _free(_slug(path), entries)
        title = "Null Island" if Shared.of(cube).is_null_island else _name(path)
        entries[slug] = Entry(slug, title, cube)
    return entries


def checked_auth(basic_auth: str) -> str:
    """A password, or the path of a file of passwords that can be read."""
    import json

    if not basic_auth.endswith(".json"):
        return basic_auth
    try:
        users = json.loads(Path(basic_auth).read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"--basic-auth {basic_auth}: cannot be read as JSON ({error}).") from error
    if not isinstance(users, Mapping) or not all(isinstance(word, str) for word in users.values()):
        raise InvalidInput(f'--basic-auth {basic_auth}: expected {{"user": "password", …}}.')
    return basic_auth


def explorer_page(cube: "xr.Dataset", *, view: str | None = None, theme: str = "auto", lab: str | None = None) -> Any:
    """A Panel pane that fills its page with a new Explorer; a view that cannot be shown is said under the map.

    `lab` is where its Lab is, if anywhere.
    """
    import panel as pn

    from embexplore.ui.explorer import Explorer
    from embexplore.ui.view import view_of

    explorer, problem = Explorer(cube, theme=theme), ""
    if view:
        try:
            explorer = Explorer(cube, view=view, theme=theme)
        except EmbexploreError as error:
            problem = str(error)
    explorer.lab_address = lab
    explorer.address = ""  # the browser says the rest: only it knows what lies in front of this server
    app = view_of(explorer)
    app.root.add_class("emx-page")
    _when_left(explorer.close)
    if problem:
        app.status.problem(problem)
    return pn.pane.IPyWidget(app.root, sizing_mode="stretch_both", min_height=560, margin=0)


def _when_left(close: Callable[[], None]) -> None:
    """Close what a visitor had once they are gone; where there is no session, whoever made it does."""
    from panel.io.state import set_curdoc, state

    document = state.curdoc
    if document is None:
        return

    def closed(_: Any) -> None:
        with set_curdoc(document):  # by which widgets find their connection
            close()

    document.on_session_destroyed(closed)


def lab_page(cube: "xr.Dataset", *, theme: str = "light", back: str = "") -> Any:
    """A Panel layout with a new Lab: every codec's trade-off on a cube; `back` is the address of its Explorer."""
    from embexplore.ui.lab import Lab
    from embexplore.ui.lab.page import LabPage

    page = LabPage(Lab(cube), dark=theme == "dark", back=back)
    _when_left(page.close)
    return page.root


def _pages(entries: "Mapping[str, Entry]") -> dict[str, Callable[[], Any]]:
    places = _places(entries)
    explorers = {place: _page(entry, place) for place, entry in places.items()}
    return explorers | {_lab_of(place): _lab(entry, place) for place, entry in places.items()}


def _titles(entries: "Mapping[str, Entry]") -> dict[str, str]:
    places = _places(entries)
    labs = {_lab_of(place): f"{entry.title}: lab" for place, entry in places.items()}
    return {place: entry.title for place, entry in places.items()} | labs


def _places(entries: "Mapping[str, Entry]") -> "dict[str, Entry]":
    """Where the Explorers are: one cube at the root."""
    return {"/" if len(entries) == 1 else f"/{slug}": entry for slug, entry in entries.items()}


def _lab_of(place: str) -> str:
    return f"{place.rstrip('/')}/lab"


def _lab(entry: "Entry", place: str) -> Callable[[], Any]:
    def make() -> Any:
        import panel as pn

        pn.config.raw_css = [FILL]
        asked = {name: values[0].decode() for name, values in pn.state.session_args.items()}
        return lab_page(entry.cube, theme=asked.get("theme", "light"), back="." if place == "/" else f"../{place[1:]}")

    return make


def _page(entry: "Entry", place: str) -> Callable[[], Any]:
    def make() -> Any:
        import panel as pn

        pn.config.raw_css = [FILL]
        asked = {name: values[0].decode() for name, values in pn.state.session_args.items()}
        theme = asked.get("theme", "auto")
        look = {"theme": theme if theme in {"light", "dark"} else "auto", "lab": _lab_of(place).lstrip("/")}
        return explorer_page(entry.cube, view=asked.get("view"), **look)

    return make


def _routes(entries: "Mapping[str, Entry]") -> list[tuple[Any, ...]]:
    from embexplore.ui.hosts import landing, offline

    return [*offline.ROUTES, *(landing.routes(entries) if len(entries) > 1 else [])]


def _origins(port: int, address: str, more: Sequence[str]) -> list[str]:
    """Hosts that may connect: this machine by its usual names, and those that were given, as host or host:port."""
    own = {f"{host}:{port}" for host in ("localhost", "127.0.0.1", address)} if port else {"*"}
    given = {urlsplit(origin).netloc if "//" in origin else origin for origin in more}
    return sorted(own | given)


def _auth(basic_auth: str) -> dict[str, str]:
    """Panel's own basic authentication, with a login page that asks no other host for pictures.

    The secret signs the cookies of those who logged in; it is new at each start, so a restart logs everybody out.
    """
    page = Path(__file__).with_name("login.html")
    return {
        "basic_auth": checked_auth(basic_auth),
        "cookie_secret": secrets.token_hex(32),
        "login_template": str(page),
    }


def _name(path: str | Path) -> str:
    last = re.split(r"[/\\]", str(path).rstrip("/\\").partition("?")[0])[-1]
    return last.removesuffix(".zarr") or "cube"


def _slug(path: str | Path) -> str:
    return re.sub(r"[^\w.-]+", "-", _name(path), flags=re.ASCII).strip("-.") or "cube"


def _free(slug: str, taken: "Mapping[str, Entry]") -> str:
    number = 2
    free = slug
    while free in taken:
        free, number = f"{slug}-{number}", number + 1
    return free
