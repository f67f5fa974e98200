"""What a hand on the map feels, in a real browser: medians, printed; and what thirty sessions cost a server.

Measured in the page: from the event of the pointer or key to the load of the answer's new picture.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import hosts
from screen import Screen

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ROUNDS = 7
SESSIONS = 30
MEBI = 2**20

PAGES = {"512 wide": (512, 900), "952 × 476": (1280, 800), "1024², full screen": (1024, 1112)}
"""Pages whose map is about so large."""

WATCH = """() => {
  const roots = [document];
  const walk = (root) => root.querySelectorAll("*").forEach((e) => {
    if (e.shadowRoot) { roots.push(e.shadowRoot); walk(e.shadowRoot); }
  });
  walk(document);
  const seen = (window.seen = { events: {}, loads: [] });
  for (const root of roots) root.addEventListener("load", ({ target }) => {
    if (target.matches?.(".leaflet-right-pane img")) seen.loads.push(performance.now());
  }, true);
  for (const name of ["click", "mouseup", "keydown"])
    window.addEventListener(name, () => { seen.events[name] = performance.now(); }, true);
}"""
LATENCY = "(name) => { const at = seen.events[name]; return (seen.loads.find((t) => t >= at) ?? NaN) - at; }"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def say(capsys):
    def show(line):
        with capsys.disabled():
            print("\n" + line)

    return show


@contextlib.contextmanager
def opened(browser, url, width, height):
    """A page with a map that is drawn and at rest."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(url)
    Screen(page).wait_for_map()
    page.evaluate(WATCH)
    yield page
    context.close()


def measured(page, event, gesture, rest=1500):
    """Milliseconds from an event to the answer's picture."""
    page.evaluate("() => { seen.events = {}; seen.loads = []; }")
    gesture()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = page.evaluate(LATENCY, event)
        if found == found:  # noqa: PLR0124 (NaN until it is there)
            page.wait_for_timeout(rest)  # what is said about a picture comes after it
            return found
        page.wait_for_timeout(20)
    raise AssertionError(f"no picture within 20 s after {event}")


def places(page, count):
    """Places below the middle of the map, where no card lies; eleven of them differ."""
    box = page.locator(".emx-map .leaflet-container").first.bounding_box()
    for i in range(count):
        across, down = 0.52 + 0.012 * (i * 3 % 11), 0.55 + 0.012 * (i * 5 % 11)
        yield box["x"] + across * box["width"], box["y"] + down * box["height"]


def drag(page, start, step):
    page.mouse.move(*start)
    page.mouse.down()
    for k in range(1, 5):
        page.mouse.move(start[0] + k * step, start[1])
        page.wait_for_timeout(30)
    page.wait_for_timeout(200)  # no throw
    page.mouse.up()


def fill_the_screen(page):
    """The map alone, with the island as large as it goes on it."""
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.locator(".emx-header").first.wait_for(state="hidden")
    page.locator(".leaflet-control-zoom-in").first.click()
    page.wait_for_timeout(3000)


@pytest.mark.parametrize("size", PAGES)
def test_click_pan_and_threshold(size, browser, tmp_path, say):
    is_full = "full" in size
    with hosts.serve(tmp_path) as server, opened(browser, server.url, *PAGES[size]) as page:
        if is_full:
            fill_the_screen(page)
        box = page.locator(".emx-map .leaflet-container").first.bounding_box()
        found = {}
        spots = list(places(page, ROUNDS + 1))
        measured(page, "click", lambda: page.mouse.click(*spots[-1]), rest=5000)  # charts are made on the first
        found["click"] = [measured(page, "click", lambda at=at: page.mouse.click(*at)) for at in spots[:-1]]
        found["pan"] = [
            measured(page, "mouseup", lambda i=i: drag(page, spots[0], 12 * (-1) ** i)) for i in range(ROUNDS)
        ]
        lower, higher = (",", ".") if is_full else ("ArrowLeft", "ArrowRight")  # the rail is off the screen then
        if not is_full:
            page.locator(".emx-rail .noUi-handle").filter(visible=True).first.focus()
        for _ in range(3):  # from what was found to a step of the slider, which may look the same
            page.keyboard.press(lower)
            page.wait_for_timeout(1000)
        keys = [lower if i % 2 else higher for i in range(ROUNDS)]
        found["threshold"] = [measured(page, "keydown", lambda key=key: page.keyboard.press(key)) for key in keys]
        words = ", ".join(f"{name} {statistics.median(times):.0f} ms" for name, times in found.items())
        say(f"map of {box['width']:.0f} × {box['height']:.0f} ({size}), medians of {ROUNDS}: {words}")
    assert all(time > 0 for times in found.values() for time in times)


def test_a_slider_of_compression(browser, tmp_path, say):
    with hosts.serve(tmp_path) as server, opened(browser, server.url, 1280, 800) as page:
        page.locator(".emx-modes button", has_text="Compression").first.click()
        page.wait_for_timeout(5000)  # both sides are measured
        measured(page, "click", lambda: page.mouse.click(*next(places(page, 1))), rest=5000)
        page.locator(".emx-rail .noUi-handle").filter(visible=True).first.focus()
        press = page.keyboard.press
        for key in ("ArrowRight", "ArrowLeft"):  # fits and measures the second code
            measured(page, "keydown", lambda key=key: press(key), rest=5000)
        keys = ["ArrowLeft" if i % 2 else "ArrowRight" for i in range(ROUNDS)]
        times = [measured(page, "keydown", lambda key=key: press(key)) for key in keys]
        say(f"Compression, bits up or down by one step, both codes fitted: median {statistics.median(times):.0f} ms")
    assert all(time > 0 for time in times)


def processor_seconds(pid):
    """What a process has used of the processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("pause", [0, 5], ids=["opened at once", "opened after 5 s"])
def test_start_to_first_picture(pause, browser, tmp_path, say):
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "pyc")}
    for _ in range(2):  # the first start compiles every module, as on the day of installation
        start = time.perf_counter()
        with hosts.serve(tmp_path, **compiled) as server:
            answered, used = time.perf_counter() - start, processor_seconds(server.process.pid)
            time.sleep(pause)
            context = browser.new_context()
            page = context.new_page()
            opened_at = time.perf_counter()
            page.goto(server.url)
            page.locator(".leaflet-ground-pane img").first.wait_for(state="attached", timeout=90_000)
            seconds = time.perf_counter() - opened_at
            in_all = processor_seconds(server.process.pid)
            context.close()
    say(
        f"embexplore serve, opened {pause} s after it listens: listens after {answered:.1f} s ({used:.1f} s of processor), "
        f"first picture {seconds:.1f} s after the page was opened ({in_all:.1f} s of the server's processor in all); "
        f"load {os.getloadavg()[0]:.1f}"
    )
    assert used < in_all


def resident(pid):
    """Resident bytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


USED = """
import embexplore as ex
from embexplore.ui.view.app import App

def resident(name):
    print(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1])

app = ex.Explorer(ex.null_island())
view = App(app)
place = app.places[0]
app.similar.search(place.lon, place.lat)
resident("VmRSS")
for mode in app.modes:
    app.mode = mode
resident("VmRSS")
resident("VmHWM")
"""


def test_memory_of_a_kernel_with_the_explorer(say):
    done = subprocess.run([sys.executable, "-c", USED], capture_output=True, text=True, check=True)
    searched, used, most = (int(kibi) / 1024 for kibi in done.stdout.split())
    say(
        f"a kernel with the Explorer on the island: {searched:.0f} MiB resident after a search, {used:.0f} after all "
        f"six modes, {most:.0f} at most"
    )
    assert used * MEBI <= 600e6


def test_thirty_sessions_on_one_server(browser, tmp_path, say):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(hosts.serve(tmp_path))
        pages = [stack.enter_context(opened(browser, server.url, 1280, 800))]
        one = resident(server.process.pid)
        pages += [stack.enter_context(opened(browser, server.url, 1280, 800)) for _ in range(SESSIONS - 1)]
        opened_all = resident(server.process.pid)
        times = []
        for page, at in zip(pages, places(pages[0], SESSIONS), strict=True):
            times.append(measured(page, "click", lambda page=page, at=at: page.mouse.click(*at), rest=0))
        used = resident(server.process.pid)
        each = (used - one) / (SESSIONS - 1) / MEBI
        say(
            f"{SESSIONS} sessions: {one / MEBI:.0f} MiB with one, {opened_all / MEBI:.0f} MiB with all, "
            f"{used / MEBI:.0f} MiB after a search in each: {each:.0f} MiB a session; click → picture, "
            f"one after the other: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms"
        )
    assert used > one
