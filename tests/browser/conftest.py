"""A real Chromium, offline: every request to another host is refused, recorded and fails the test.

`page` refuses such requests; `stalled_page` never answers them, as a firewall that drops packets does.
Errors of scripts and errors that we print on the console fail the test too.
"""

import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hosts
from notebook import Notebook, write_notebook
from screen import LabHost, Screen, ServedHost

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = {"127.0.0.1", "localhost", "[::1]", "::1"}
SCREENSHOTS = Path(os.environ.get("EMBEXPLORE_SCREENSHOTS", Path(__file__).parents[2] / "out" / "screenshots"))

HARMLESS = re.compile(
    r"Failed to load resource: the server responded with a status of 404"  # Lab asks for optional files of its own
    r"|net::ERR_FAILED.*favicon"
    r"|jupyterlab.*(deprecated|plugin)"
    r"|WebSocket is closed before the connection is established"
)
"""Complaints of JupyterLab and Panel themselves, which are there without us too."""


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about", "file"} or parts.hostname in LOCAL


class Watch:
    """What a page asked of the outside, and what it complained about."""

    def __init__(self, context, *, stall: bool) -> None:
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []
        context.route(lambda url: not is_local(url), self._stall if stall else self._refuse)

    def follow(self, page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"pageerror: {error}\n{error.stack}"))
        page.on("console", self._heard)

    def _heard(self, message) -> None:
        if message.type == "error" and not HARMLESS.search(message.text):
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _refuse(self, route) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def _stall(self, route) -> None:
        self.outside.append(route.request.url)

    def verdict(self) -> None:
        assert self.outside == [], "requests to other hosts"
        unexpected = [said for said in self.complaints if not any(part in said for part in self.expected)]
        assert unexpected == [], "\n".join(unexpected)


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, headless. Playwright leaves an event loop running in this thread: no longer than needed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """Makes pages, each in a context of its own: `new_page(width=1280, height=800, stall=False)`; all are judged at the end."""
    opened = []

    def make(*, width=1280, height=800, stall=False, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        watch = Watch(context, stall=stall)
        page = context.new_page()
        page.set_default_timeout(60_000)
        watch.follow(page)
        page.watch = watch
        opened.append((context, watch))
        return page

    yield make
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.verdict()


@pytest.fixture
def page(new_page):
    """A page of 1280 × 800 whose requests to other hosts are refused."""
    return new_page()


@pytest.fixture
def stalled_page(new_page):
    """A page whose requests to other hosts are never answered: a black hole."""
    return new_page(stall=True)


@pytest.fixture
def screenshot():
    """Keeps a picture of the page as `out/screenshots/<name>.png`, for people to look at."""

    def keep(page, name, **options):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(SCREENSHOTS / f"{name}.png"), **options)

    return keep


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory):
    """JupyterLab on an empty folder."""
    with hosts.lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(lab_server, request):
    """Open a notebook with these cells in JupyterLab: `lab(page, "1 + 1", …)` gives a `Notebook`."""

    def open_notebook(page, *cells, name=None):
        name = name or re.sub(r"\W+", "-", request.node.name)
        path = write_notebook(lab_server.log.parent / "notebooks" / f"{name}.ipynb", *cells)
        return Notebook(page, lab_server, path)

    return open_notebook


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """`embexplore serve` with Null Island."""
    with hosts.serve(tmp_path_factory.mktemp("served")) as server:
        yield server


EXPLORER = """
import embexplore as ex
app = ex.Explorer(ex.null_island())
app
"""


@pytest.fixture(params=["served", "lab"])
def explorer(request):
    """Open the Explorer of Null Island in a page: `explorer(page)` gives a `Screen`, with the `host` that computes."""

    opened = []

    def show(page):
        server = None
        if request.param == "lab":
            page.set_viewport_size({"width": 1640, "height": 1000})  # a cell as wide as the served page
            notebook = request.getfixturevalue("lab")(
                page, EXPLORER, name="explorer"
            )  # its kernel serves the next test
            notebook.run_all()
            opened.append(notebook)
            host = LabHost(notebook, request.getfixturevalue("tmp_path"))
        else:
            server = request.getfixturevalue("served")
            host = ServedHost(server, server.log.parent)
            page.goto(server.url)
        screen = Screen(page)
        screen.host = host
        try:
            screen.wait_for_map()
        except Exception as error:
            raise RuntimeError(f"no map: {page.watch.complaints}\n{server.said if server else ''}") from error
        return screen

    yield show
    for notebook in opened:
        notebook.tell("app.close()")
