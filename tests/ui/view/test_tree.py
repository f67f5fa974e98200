"""What is gone is closed: searches, modes and Explorers leave no widget and no thread behind."""

import asyncio
import gc
import threading
import weakref

import ipywidgets as ipw
import pytest
from ipywidgets.widgets.widget import _instances

import embexplore as ex
from embexplore.ui.view import parts
from embexplore.ui.view.app import App
from embexplore.ui.view.tree import below, close, replace

PLACES = [(0.1236, 0.1071), (0.1233, 0.1055), (0.12217, 0.11155), (0.121, 0.109), (0.1225, 0.1063)]


@pytest.fixture
def alive():
    """How many widgets live that were not there before."""
    before = set(_instances)
    return lambda: len(set(_instances) - before)


def threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("embexplore-")}


def test_what_hangs_below_a_widget_is_found_once():
    button, shared = ipw.Button(), ipw.Layout()
    box = ipw.HBox([button, ipw.VBox([button], layout=shared)], layout=shared)
    found = list(below(box))
    assert len(found) == len({id(widget) for widget in found})
    assert {box, button, button.style, button.layout, shared} < set(found)


def test_a_closed_widget_takes_its_layout_and_style_along(alive):
    box = ipw.HBox([ipw.Button(), ipw.VBox([ipw.HTML("one")])])
    assert alive() > 4
    close(box)
    assert alive() == 0


def test_children_that_stay_are_not_closed(alive):
    kept, gone = ipw.Button(), ipw.Button()
    box = ipw.HBox([kept, gone])
    before = alive()
    replace(box, [ipw.HTML("new"), kept])
    assert kept.comm is not None
    assert gone.comm is None
    assert box.children[1] is kept
    assert alive() == before - 3 + 3  # a button and a text have a layout and a style each
    close(box)


def test_a_button_may_replace_itself_while_it_is_pressed(alive):
    box, pressed = ipw.HBox(), []

    def press():
        pressed.append(box.children)
        replace(box, [parts.button("another", press)])

    replace(box, [parts.button("one", press)])
    before = alive()
    box.children[0]._handle_msg(
        {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}
    )
    assert len(pressed) == 1
    assert box.children[0].description == "another"
    assert alive() == before
    close(box)


def test_buttons_are_filled_again_and_never_left_over(alive):
    pressed = []
    list_ = parts.Buttons(ipw.VBox())
    for count in (3, 5, 2):
        list_.show([(f"{count}.{i}", lambda word=(count, i): pressed.append(word), "") for i in range(count)])
        assert [one.description for one in list_.root.children] == [f"{count}.{i}" for i in range(count)]
        list_.root.children[1].click()
    assert pressed == [(3, 1), (5, 1), (2, 1)]
    close(list_.root)
    assert alive() == 0


def test_searches_leave_no_widget_behind(app, alive):
    view, counts = App(app), []
    for place in PLACES:
        app.similar.search(*place)
        view.drawers.toggle("export")
        view.drawers.toggle("code")
        view.status.problem("No.")
        counts.append(alive())
    assert counts[1] == counts[-1]
    view.close()


def test_all_modes_twice_leave_no_widget_behind(app, alive):
    view = App(app)
    app.similar.search(*PLACES[0])
    app.labels.load_places()
    view.tour.begin()
    counts = []
    for _ in range(2):
        for mode in app.modes:
            app.mode = mode
        app.mode, app.change.picture = "change", "swipe"
        app.change.picture = "side"
        app.change.picture = "change"
        counts.append(alive())
    assert counts[0] == counts[1]
    view.close()


def test_a_closed_view_leaves_nothing_and_hears_nothing(app, alive):
    before = threads()

    async def main():
        view = App(app)
        app.similar.search(*PLACES[0])
        for mode in ("change", "labels", "compression"):
            app.mode = mode
            view._describe()
        app.change.picture = "side"
        app.mode = "change"
        view._describe()
        app.basemap = True
        view.work._pool.submit(int)
        view.map.painter._detail._pool.submit(int)
        view._views["compression"]._measuring._pool.submit(int)
        assert len(threads()) >= len(before) + 3
        view._views["similar"].year_slider._toggle()
        app.view = view
        app.close()
        assert alive() == 0
        assert app.view is None
        year = app.year
        app.year = 2020  # nobody draws it
        await asyncio.sleep(2)
        assert app.year == 2020 != year, "the years play no more"
        assert alive() == 0

    asyncio.run(main())
    assert {thread.name for thread in threads() - before} <= {"embexplore-warm"}, "once a process"


def test_nothing_keeps_an_explorer_that_was_closed(island):
    from embexplore.ui.view import view_of

    explorer = ex.Explorer(island)
    view_of(explorer)
    explorer.similar.search(*PLACES[0])
    explorer.mode = "change"
    explorer.close()
    kept = weakref.ref(explorer)
    del explorer
    gc.collect()
    assert kept() is None


def test_an_explorer_that_was_closed_can_be_shown_again(app, alive):
    from embexplore.ui.view import view_of

    first = view_of(app)
    app.close()
    app.close()
    assert alive() == 0
    app.similar.search(*PLACES[0])
    assert view_of(app) is not first
    assert view_of(app).map.marks.layer.layers
    app.close()
    assert alive() == 0
