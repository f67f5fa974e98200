"""The server without a browser: addresses of cubes, origins, passwords, the page of cards."""

import json

import pytest
import xarray as xr

from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.demo import demo
from embexplore.ui.hosts import landing, served


@pytest.fixture(scope="module")
def lakes(tmp_path_factory):
    """Two cubes of the same name in different folders, and one whose name is HTML."""
    paths = []
    for folder, name in (("a", "lake.zarr"), ("b", "lake.zarr"), ("c", "<b>bold<b> & co.zarr")):
        path = tmp_path_factory.mktemp(folder) / name
        paths.append(demo(path, size=32, years=(2023, 2024)))
    return paths


def test_without_a_cube_null_island_is_served():
    (entry,) = served.opened([]).values()
    assert (entry.title, entry.slug) == ("Null Island", "null-island")
    assert isinstance(entry.cube, xr.Dataset)


def test_cubes_of_one_name_have_addresses_of_their_own(lakes):
    assert list(served.opened(lakes)) == ["lake", "lake-2", "b-bold-b-co"]


def test_every_cube_has_a_lab_beside_its_explorer(lakes):
    assert set(served._pages(served.opened(lakes[:1]))) == {"/", "/lab"}
    several = served.opened(lakes)
    assert {f"/{slug}{end}" for slug in several for end in ("", "/lab")} == set(served._pages(several))
    assert served._titles(several)["/lake-2/lab"] == "lake: lab"


def test_a_cube_that_is_not_there_is_refused_before_anything_listens(tmp_path):
    with pytest.raises(SourceUnavailable, match="nowhere"):
        served.serve([tmp_path / "nowhere.zarr"])


def test_a_taken_port_is_a_sentence(lakes):
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"port {port} at 127.0.0.1: .*--port"):
            served.serve(lakes[:1], port=port, address="127.0.0.1")


def test_this_machine_and_the_given_hosts_may_connect():
    assert served._origins(5006, "localhost", ["maps.example.org", "https://hub.example.org:8000/x"]) == [
        "127.0.0.1:5006",
        "hub.example.org:8000",
        "localhost:5006",
        "maps.example.org",
    ]


def test_passwords_are_a_word_or_a_file_of_users(tmp_path):
    users = tmp_path / "users.json"
    users.write_text(json.dumps({"ada": "secret"}))
    assert served.checked_auth(str(users)) == str(users)
    assert served.checked_auth("secret") == "secret"
    users.write_text("[1]")
    with pytest.raises(InvalidInput, match="expected"):
        served.checked_auth(str(users))
    with pytest.raises(InvalidInput, match="cannot be read"):
        served.checked_auth(str(tmp_path / "none.json"))


def test_the_first_page_has_a_card_for_each_cube_and_shows_names_as_text(lakes):
    text = landing.page(served.opened(lakes))
    assert text.count('class="card"') == 3
    assert "&lt;b&gt;bold&lt;b&gt; &amp; co" in text
    assert "<b>bold" not in text
    assert "64 dimensions · 10 m · 2023, 2024" in text
    assert "http" not in text


def test_the_picture_of_a_card_is_small_and_has_the_cubes_shape(lakes):
    import io

    from PIL import Image

    entry = served.opened(lakes[:1])["lake"]
    picture = Image.open(io.BytesIO(entry.picture))
    assert picture.size == (32, 32)
    assert len(set(picture.convert("RGB").get_flattened_data())) > 10


def test_every_visitor_has_an_explorer_of_their_own_on_one_cube(lakes):
    (entry,) = served.opened(lakes[:1]).values()
    one, two = served.explorer_page(entry.cube), served.explorer_page(entry.cube)
    assert one.object is not two.object


def test_the_hubs_proxy_finds_the_dashboard():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="jupyter_serverproxy_servers", name="embexplore")
    entry = found.load()()
    assert entry["command"][:2] == ["embexplore", "serve"]
    assert "{port}" in entry["command"]


def test_a_visitor_who_left_leaves_no_widget_and_no_thread_behind(lakes, monkeypatch):
    import asyncio
    import threading

    import panel as pn
    from ipywidgets.widgets.widget import _instances
    from panel.io.state import set_curdoc
    from tornado.httpclient import AsyncHTTPClient

    from embexplore.ui import view

    entries = served.opened(lakes[:1])
    (entry,) = entries.values()
    place = [float(part) for part in entry.cube.emb.grid.lonlat(entry.cube.x.values[9], entry.cube.y.values[9])]
    made, view_of = [], view.view_of
    monkeypatch.setattr(view, "view_of", lambda explorer: made.append(explorer) or view_of(explorer))

    def threads():
        return {thread for thread in threading.enumerate() if thread.name.startswith("embexplore-scan")}

    async def visit(server):
        await AsyncHTTPClient().fetch(f"http://localhost:{server.port}/")
        (session,) = server.get_sessions("/")
        with set_curdoc(session.document):
            made[-1].similar.search(*place)
            made[-1].mode = "change"
        made[-1].view.work._pool.submit(int)
        await asyncio.sleep(0.3)
        assert set(_instances) - before
        assert threads() - working
        await server._tornado._applications["/"]._cleanup_sessions(-1)  # as if it had been idle for long enough
        assert server.get_sessions("/") == []

    async def main():
        server = pn.io.server.get_server(
            served._pages(entries), port=0, show=False, start=False, verbose=False, websocket_origin="localhost"
        )
        server.start()
        try:
            await visit(server)
            await asyncio.sleep(0.5)  # what was put off until the answer had left
        finally:
            server.stop()

    before, working = set(_instances), threads()
    asyncio.run(main())
    assert [type(_instances[name]).__name__ for name in set(_instances) - before] == []
    assert threads() <= working
