"""The places where the Explorer is shown, each in a real browser and offline."""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from hosts import free_port, running, serve
from screen import Screen

from embexplore.io.demo import demo


@pytest.fixture(scope="module")
def lakes(tmp_path_factory):
    """Two small cubes, one of them with a name that is HTML."""
    folder = tmp_path_factory.mktemp("lakes")
    names = ("lake.zarr", "<i>west<i>.zarr")
    return [str(demo(folder / name, size=64, seed=seed, years=(2023, 2024))) for seed, name in enumerate(names)]


def opened(page, url):
    page.goto(url)
    screen = Screen(page)
    screen.wait_for_map()
    return screen


def test_behind_a_firewall_that_drops_packets_the_map_appears(stalled_page, served):
    screen = opened(stalled_page, served.url)
    assert screen.click(0.62, 0.72)


def test_two_visitors_do_not_see_each_other(new_page, served):
    one, two = (opened(new_page(), served.url) for _ in range(2))
    two.rest()  # a page draws once more when the browser has said how large it is
    one.click(0.62, 0.72)
    assert "alike" in one.wait_for_status("alike")
    two.rest()
    assert two.status == ""
    assert two.page.locator(".emx-mark-like").count() == 0
    mine = two.click(0.45, 0.66)
    two.wait_for_status("alike")
    one.rest()
    two.rest()
    assert one.picture != mine
    assert one.page.locator(".emx-mark-like").count() == two.page.locator(".emx-mark-like").count() == 1


def test_a_shared_address_shows_the_same_view(new_page, served):
    one = opened(new_page(), served.url)
    one.click(0.62, 0.72)
    one.wait_for_status("alike")
    one.button("Share").click()
    shown = one.page.locator(".emx-drawer pre").first
    shown.wait_for()
    address = shown.text_content()
    assert address.startswith(f"{served.url}/?view=")
    two = opened(new_page(), address)
    assert two.wait_for_status("alike") == one.status


def test_a_file_goes_to_the_readers_downloads(page, served, tmp_path):
    screen = opened(page, served.url)
    screen.click(0.62, 0.72)
    screen.wait_for_status("alike")
    screen.button("Export").click()
    with page.expect_download() as download:
        screen.button("Matches (GeoJSON)").click()
    download.value.save_as(tmp_path / "hits.geojson")
    assert len(json.loads((tmp_path / "hits.geojson").read_text())["features"]) == 20


def test_several_cubes_have_a_page_of_cards_and_an_explorer_each(page, lakes, tmp_path, screenshot):
    with serve(tmp_path, *lakes) as server:
        page.goto(server.url)
        page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 1)")
        assert page.locator(".card b").all_text_contents() == ["lake", "<i>west<i>"]
        screenshot(page, "landing")
        page.locator(".card").first.click()
        screen = Screen(page)
        screen.wait_for_map()
        assert page.url == f"{server.url}/lake"
        screenshot(page, "landing-lake")


def fetch(url, opener=None, data=None, **headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    return (opener or urllib.request.build_opener()).open(request, timeout=20)


def test_only_those_with_the_password_come_in(new_page, tmp_path, lakes):
    users = tmp_path / "users.json"
    users.write_text(json.dumps({"ada": "engine"}))
    with serve(tmp_path, *lakes, "--basic-auth", str(users)) as server:
        page = new_page()
        for path in ("/", "/lake"):
            page.goto(server.url + path)
            assert "/login" in page.url
        with pytest.raises(urllib.error.HTTPError, match="403"):
            fetch(f"{server.url}/lake/picture.png")
        page.goto(f"{server.url}/lake")
        for name, word in (("username", "ada"), ("password", "wrong")):
            page.locator(f"input[name={name}]").fill(word)
        page.locator("input[type=submit], button[type=submit]").first.click()
        page.wait_for_load_state()
        assert page.locator(".emx").count() == 0
        page.locator("input[name=username]").fill("ada")
        page.locator("input[name=password]").fill("engine")
        page.locator("input[type=submit], button[type=submit]").first.click()
        page.goto(f"{server.url}/lake")
        Screen(page).wait_for_map()


def test_pages_of_other_hosts_may_not_connect_unless_they_are_named(tmp_path, lakes):
    from tornado.httpclient import HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    async def connected(request):
        (await websocket_connect(request)).close()

    def connect(server, origin):
        token = fetch(server.url).read().decode().split('"token":"')[1].split('"')[0]
        request = HTTPRequest(
            server.url.replace("http", "ws") + "/ws",
            headers={"Origin": origin, "Sec-WebSocket-Protocol": f"bokeh, {token}"},
        )
        with ThreadPoolExecutor(1) as beside:  # Playwright's own loop runs in this thread
            beside.submit(asyncio.run, connected(request)).result(30)

    with serve(tmp_path, lakes[0], "--allow-websocket-origin", "maps.example.org") as server:
        connect(server, server.url)
        connect(server, "http://maps.example.org")
        with pytest.raises(HTTPClientError, match="403"):
            connect(server, "http://elsewhere.example.org")


def test_the_hubs_proxy_starts_the_dashboard_on_demand(page, tmp_path, screenshot):
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--allow-root", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    command += ["--ServerApp.base_url=/user/ada/"]
    own = {f"JUPYTER_{name.upper()}_DIR": str(tmp_path / name) for name in ("config", "runtime", "data")}
    path = f"{sys.executable.rpartition('/')[0]}:/usr/bin:/bin"
    with running(command, f"http://127.0.0.1:{port}", tmp_path, PATH=path, **own) as server:
        screen = opened(page, f"{server.url}/user/ada/embexplore/")
        assert screen.click(0.62, 0.72)
        screen.wait_for_status("alike")
        screenshot(page, "proxy")


def test_voila_shows_the_explorer_of_a_notebook(page, tmp_path, screenshot):
    from notebook import write_notebook

    port = free_port()
    page.watch.expected += [
        "net::ERR_FAILED",
        "in shared scope",
        "labextensions",
    ]  # the sheets refused below; extensions made for Lab
    path = write_notebook(tmp_path / "map.ipynb", "import embexplore as ex\nex.Explorer(ex.null_island())")
    command = [sys.executable, "-m", "voila", str(path), "--no-browser", f"--port={port}"]
    own = {f"JUPYTER_{name.upper()}_DIR": str(tmp_path / name) for name in ("config", "runtime")}
    with running(command, f"http://127.0.0.1:{port}", tmp_path, **own) as server:
        screen = opened(page, server.url)
        assert screen.click(0.62, 0.72)
        screen.wait_for_status("alike")
        screenshot(page, "voila")
    asked = page.watch.outside  # by Voila's own template, for icons that the Explorer has none of
    assert all("cdn.jsdelivr.net/npm/@fortawesome/" in url for url in asked)
    asked.clear()


PANEL = """
import embexplore as ex
from embexplore.ui.view import view_of
app = ex.Explorer(ex.null_island())
pn.Column("# Island", pn.pane.IPyWidget(view_of(app).root, sizing_mode="stretch_width"))
"""


def test_a_panel_layout_in_a_notebook_holds_the_explorer(page, lab, screenshot):
    page.set_viewport_size({"width": 1640, "height": 1000})
    notebook = lab(page, "import panel as pn\npn.extension(inline=True)", PANEL)
    for _ in range(2):  # the second time its widgets replace those of the first
        notebook.run_all()
        screen = Screen(page)
        screen.wait_for_map()
        assert screen.click(0.62, 0.72)
        screen.wait_for_status("alike")
        assert page.locator(".emx-map .leaflet-map-pane").count() == 1
        screenshot(page, "panel-layout")
    screen.mode("Change")
    page.locator("button", has_text="Side by side").filter(visible=True).first.click()
    page.locator(".emx-second .leaflet-ground-pane img").first.wait_for()
    screen.rest()
    screenshot(page, "panel-layout-two")


def test_panels_own_command_shows_the_explorer_with_our_plugin(page, tmp_path):
    app = tmp_path / "app.py"
    app.write_text(
        "import embexplore as ex\nfrom embexplore.ui.hosts import offline\nfrom embexplore.ui.hosts.served import explorer_page\n"
        "offline.enable()\nexplorer_page(ex.null_island()).servable()\n"
    )
    port = free_port()
    command = [sys.executable, "-m", "panel", "serve", str(app), "--port", str(port)]
    command += ["--plugins", "embexplore.ui.hosts.offline"]
    with running(command, f"http://localhost:{port}", tmp_path) as server:
        screen = opened(page, f"{server.url}/app")
        assert screen.click(0.62, 0.72)
