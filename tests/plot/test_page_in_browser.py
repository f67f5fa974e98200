"""The page in a real browser, light and dark, wide and narrow: drawn, quiet, and asking nobody."""

import shutil

import pytest

from embexplore.io.demo import null_island
from embexplore.plot.page import write_page

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        shown = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield shown
        shown.close()


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "island.html"
    return write_page(null_island(), out, lon=0.12, lat=0.11, title="Null Island")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light")])
def test_the_page_draws_its_maps_fits_its_window_and_requests_nothing(browser, page_path, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_path.as_uri())

    assert page.evaluate("[...document.images].map(image => image.naturalWidth)") == [192, 192, 192]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate("[...document.images].map(image => image.currentSrc)")
    sources = page.evaluate("[...document.querySelectorAll('source')].map(source => source.srcset)")
    assert (shown == sources) == (scheme == "dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(33, 33, 33)"}[scheme]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    tops = page.evaluate("[...document.images].map(image => image.getBoundingClientRect().top)")
    assert (len({round(top) for top in tops}) == 1) == (width > 860), "side by side where there is room"
    page.close()
