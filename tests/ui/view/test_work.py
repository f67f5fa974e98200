"""Long scans beside the page: Cancel, failures and newer questions leave words and picture in agreement."""

import asyncio
from threading import Event

import pytest

from embexplore.errors import EmbexploreError
from embexplore.ui.scan import Cancelled
from embexplore.ui.view import painter, work
from embexplore.ui.view.app import App
from embexplore.ui.view.status import Status

PIVOT, FIELD = (0.1236, 0.1071), (0.1233, 0.1055)


class Line:
    """What a status line is told by a job."""

    def __init__(self):
        self.heard = []

    def progress(self, _, share, *, stop):
        self.heard.append("bar")
        self.stop = stop

    def rest(self):
        self.heard.append("rest")


def until_cancelled(_, cancelled):
    while not cancelled():
        Event().wait(0.01)
    raise Cancelled("stopped after 3 of 9 chunks.")


async def until(is_so, seconds=20.0):
    """Let the loop turn until something is so."""
    ends = asyncio.get_running_loop().time() + seconds
    while not is_so():
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.01)


def ends(job, meanwhile=lambda _: None):
    """How a job ends, and what the status line heard; `meanwhile(line)` once its bar is shown."""
    line, heard = Line(), []

    async def main():
        at = work.Work(line)
        at.start(
            job,
            what="Searching",
            done=lambda result: heard.append(("done", result)),
            failed=lambda error: heard.append(("failed", str(error))),
            stopped=lambda: heard.append(("stopped",)),
        )
        await until(lambda: heard or "bar" in line.heard)
        meanwhile(line)
        await until(lambda: heard)

    asyncio.run(main())
    return heard, line.heard


@pytest.fixture
def impatient(monkeypatch):
    """Bars are shown at once."""
    monkeypatch.setattr(work, "PATIENCE", 0.0)
    monkeypatch.setattr(work, "BEAT", 0.01)


@pytest.mark.usefixtures("impatient")
def test_cancel_stops_the_job_that_shows_the_bar_and_is_no_failure():
    ended, heard = ends(until_cancelled, meanwhile=lambda line: line.stop())
    assert ended == [("stopped",)]
    assert heard[-1] == "rest"


def test_a_defect_in_a_job_is_told_and_does_not_leave_a_bar_for_ever():
    def broken(_, __):
        raise ZeroDivisionError("by zero")

    ended, heard = ends(broken)
    assert ended == [("failed", "ZeroDivisionError: by zero")]
    assert heard[-1] == "rest"


def test_a_bar_gives_way_to_what_was_found(app):
    status = Status(App(app))
    status.finding("6.5 % is alike.")
    status.progress("Looking closer at …", 0.5, stop=lambda: None)
    status.rest()
    assert "6.5 % is alike." in status._message.value
    status.problem("No.")
    status.rest()
    assert "No." in status._message.value


@pytest.fixture
def slow(app, monkeypatch):
    """A view whose answers are computed beside the page, and the gate that they wait at."""
    gate = Event()
    view = App(app)
    monkeypatch.setattr(painter, "AT_ONCE", 0)
    compute = app.answers.of

    def waits(key, made, *, cancelled=None, **keywords):
        while cancelled is not None and not gate.wait(0.01):
            if cancelled():
                raise Cancelled("stopped after 0 of 9 chunks.")
        return compute(key, made, cancelled=cancelled, **keywords)

    monkeypatch.setattr(app.answers, "of", waits)
    yield view, gate
    gate.set()  # a thread that still waits would outlive a test that failed


def test_after_cancel_the_settings_are_those_of_the_picture(slow, app):
    view, gate = slow

    async def main():
        gate.set()
        app.similar.search(*PIVOT)
        await until(lambda: "alike" in view.status._message.value)
        gate.clear()
        before, answer = app.state(), view.map._beside.answers["right"].url
        view.drawers.toggle("code")
        app.mode = "labels"
        app.mode = "similar"
        app.similar.search(*FIELD)
        view.work.cancel()
        await until(lambda: "Stopped." in view.status._message.value)
        assert app.state() == before
        assert view.map._beside.answers["right"].url == answer
        assert view.header._modes.value == "similar"
        assert "0.1055" not in view.drawers._body.children[0].value
        await asyncio.sleep(0.1)

    asyncio.run(main())


def test_moving_the_map_during_a_scan_computes_nothing_on_the_page(slow, app):
    view, gate = slow

    async def main():
        gate.set()
        app.similar.search(*PIVOT)
        await until(lambda: "alike" in view.status._message.value)
        gate.clear()
        scans, before = app.answers.scans, view.map._beside.answers["right"].url
        app.similar.search(*FIELD)
        west, south, east, north = app.grid.bbox
        view.map.map.set_trait("bounds", ((south, west), ((south + north) / 2, (west + east) / 2)))
        assert app.answers.scans == scans
        assert view.map._beside.answers["right"].url == before
        gate.set()
        await until(lambda: app.answers.scans > scans and not view.map.painter.is_asked)
        assert view.map._beside.answers["right"].url != before
        await asyncio.sleep(0.1)

    asyncio.run(main())


def test_nothing_is_said_about_an_answer_before_it_is_there(slow, app):
    view, gate = slow

    async def main():
        gate.set()
        app.similar.search(*PIVOT)
        await until(lambda: "alike" in view.status._message.value)
        await asyncio.sleep(10 * work.BEAT)  # charts of the first answer come in their turn
        gate.clear()
        scans = app.answers.scans
        app.similar.search(*FIELD)
        app.opacity = 0.5
        app.inspect(*PIVOT)
        view.map._interacted(type="mousemove", coordinates=FIELD[::-1])
        await asyncio.sleep(5 * work.BEAT)
        assert app.answers.scans == scans
        gate.set()
        await until(lambda: app.answers.scans > scans and not view.map.painter.is_asked)
        await until(lambda: "alike" in view.status._readout.value)
        assert [mark.lon for mark in view.view.marks() if mark.kind == "pinned"] == [PIVOT[0]]

    asyncio.run(main())


def test_a_question_that_cannot_be_asked_drops_the_one_before_it(slow, app, monkeypatch):
    view, gate = slow

    async def main():
        gate.set()
        app.similar.search(*PIVOT)
        await until(lambda: "alike" in view.status._message.value)
        gate.clear()
        before, answer = app.state(), view.map._beside.answers["right"].url
        app.similar.search(*FIELD)

        def impossible(_):
            raise EmbexploreError("it is gone.")

        monkeypatch.setattr(type(app.modes["labels"]), "layers", impossible)
        view.header._modes.value = "labels"
        assert app.state() == before
        assert view.header._modes.value == "similar"
        gate.set()
        await asyncio.wrap_future(view.work._pool.submit(lambda: None))
        await asyncio.sleep(5 * work.BEAT)
        assert view.map._beside.answers["right"].url == answer
        assert app.state() == before
        assert "it is gone." in view.status._message.value

    asyncio.run(main())
