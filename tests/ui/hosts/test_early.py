"""What is set right after a widget was made travels with it: a page that has no model yet cannot lose it."""

import json

import pytest

pytest.importorskip("panel")

from embexplore.ui.hosts import early


class Document:
    """What a session needs of a Bokeh document: it keeps what is sent."""

    def __init__(self):
        self.sent, self.callbacks = [], self

    def on_message(self, *_):
        pass

    def add_next_tick_callback(self, callback):
        self.next_tick = callback

    def trigger_on_change(self, event):
        self.sent.append(json.loads(event.msg_data))


class Stream:
    channel = "iopub"


@pytest.fixture
def session():
    early.enable()
    from panel.io.ipywidget import PanelSessionWebsocket

    return PanelSessionWebsocket(document=Document(), key=b"")


def opened(session, comm="one", **state):
    session.send(Stream(), "comm_open", {"comm_id": comm, "data": {"state": state, "buffer_paths": []}})


def updated(session, comm="one", buffers=None, **state):
    content = {"comm_id": comm, "data": {"method": "update", "state": state, "buffer_paths": []}}
    session.send(Stream(), "comm_msg", content, buffers=buffers)


def received(session):
    session._document.next_tick()
    found, session._document.sent = session._document.sent, []
    return [(message["msg_type"], message["content"]["data"].get("state")) for message in found]


def test_updates_of_the_same_turn_open_with_the_widget(session):
    opened(session, value=1, color="red")
    opened(session, "two", value=5)
    updated(session, value=2)
    updated(session, _dom_classes=["a"])
    assert received(session) == [
        ("comm_open", {"value": 2, "color": "red", "_dom_classes": ["a"]}),
        ("comm_open", {"value": 5}),
    ]


def test_later_updates_and_other_messages_go_by_themselves(session):
    opened(session, value=1)
    received(session)
    updated(session, value=2)
    session.send(Stream(), "comm_msg", {"comm_id": "one", "data": {"method": "custom", "content": {}}})
    assert received(session) == [("comm_msg", {"value": 2}), ("comm_msg", None)]


def test_a_widget_never_names_another_before_it_is_there(session):
    opened(session, "box", children=[])
    opened(session, "child", value=1)
    updated(session, "box", children=["IPY_MODEL_child"])
    assert received(session) == [
        ("comm_open", {"children": []}),
        ("comm_open", {"value": 1}),
        ("comm_msg", {"children": ["IPY_MODEL_child"]}),
    ]
