"""What a page says is heard one message at a time, on the loop of the view, whichever thread it comes to."""

import asyncio
from threading import Event, Thread

import ipyleaflet
import ipywidgets as ipw

from embexplore.ui.view import inputs
from embexplore.ui.view.app import App
from embexplore.ui.view.tree import below

SILENT = (ipw.HTML, ipw.Box, ipw.Layout, ipw.Style, ipyleaflet.Layer, ipyleaflet.Control, ipyleaflet.MapStyle, ipyleaflet.DivIcon)  # fmt: skip
"""What a reader cannot press, type or drag, or where nobody listens."""
LOUD = (ipyleaflet.Marker, ipyleaflet.GeomanDrawControl)
"""But these."""


def said(**state):
    """A message of a page, as a kernel hands it on."""
    return {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}


async def until(is_so, seconds=20.0):
    ends = asyncio.get_running_loop().time() + seconds
    while not is_so():
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.01)


def test_a_click_that_comes_while_the_view_brings_itself_up_to_date_is_not_lost(app):
    app.mode = "change"

    async def main():
        view = App(app)
        swipe = said(index=[label for label, _ in view.view._pictures.options].index("Swipe"))
        subshell = Thread(target=view.view._pictures._handle_msg, args=(swipe,))
        with view.updating():
            subshell.start()
            subshell.join(0.2)
            assert app.change.picture == "change", "the view is not changed under its own hands"
        await until(lambda: app.change.picture == "swipe")
        await until(lambda: view.map._beside.arrangement == "swipe")
        subshell.join()

    asyncio.run(main())


def test_messages_are_heard_in_the_order_in_which_they_come():
    heard = []

    async def main():
        number = inputs.Number(0, min=0, max=10)
        number.observe(lambda change: heard.append(change["new"]), "value")
        subshell = Thread(target=lambda: [number._handle_msg(said(value=i)) for i in range(1, 6)])
        subshell.start()
        await until(lambda: not subshell.is_alive())

    asyncio.run(main())
    assert heard == [1, 2, 3, 4, 5]


def test_a_page_waits_until_it_is_heard_but_not_for_a_long_cell(monkeypatch):
    monkeypatch.setattr(inputs, "PATIENCE", 0.05)
    is_back = Event()

    async def main():
        button = inputs.Checkbox(False)

        def press():
            button._handle_msg(said(value=True))
            is_back.set()

        Thread(target=press).start()
        assert is_back.wait(5), "the loop stands still meanwhile"
        assert button.value is False
        await until(lambda: button.value)

    asyncio.run(main())


def test_without_a_loop_a_message_is_heard_where_it_comes():
    box = inputs.Checkbox(False)
    box._handle_msg(said(value=True))
    assert box.value is True


def test_all_that_readers_use_is_heard_so(app):
    view = App(app)
    app.similar.search(0.1236, 0.1071)
    deaf = set()
    for mode in app.modes:
        app.mode = mode
        deaf |= {type(widget) for widget in below(view.root) if not isinstance(widget, inputs.Heard)}
    assert {kind for kind in deaf if issubclass(kind, LOUD) or not issubclass(kind, SILENT)} == set()
