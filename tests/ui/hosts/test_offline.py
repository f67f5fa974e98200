"""The shim of a Panel server: which files it answers with, and which it never finds."""

import base64
import logging

import pytest

from embexplore.ui.hosts import offline


@pytest.mark.parametrize("package", ["jupyter-leaflet", "anywidget"])
def test_the_script_of_a_widget_is_found_as_the_browser_asks_for_it(package):
    import anywidget
    import ipyleaflet

    widget = {"jupyter-leaflet": ipyleaflet.Map, "anywidget": anywidget.AnyWidget}[package]
    asked = f"{widget._view_module.default_value}@{widget._view_module_version.default_value}/dist/index"
    found = offline.installed(asked)
    assert (found.name, found.parent.name) == ("index.js", package)


@pytest.mark.parametrize(
    "asked",
    [
        "jupyter-leaflet@^0.20.0/dist/../../../etc/passwd",
        "../jupyter-leaflet@1/dist/index",
        "..@1/dist/index",
        "jupyter-leaflet/dist/index",
        "no-such-widget@1/dist/index",
        "jupyter-leaflet@1/dist/",
        "jupyter-leaflet@1/package.json",
        "",
    ],
)
def test_nothing_else_is_found(asked):
    assert offline.installed(asked) is None


def test_a_pane_of_widgets_asks_this_server_and_names_no_other():
    import ipywidgets
    import panel as pn

    offline.enable()
    offline.enable()
    from ipywidgets_bokeh.widget import IPyWidget

    model = IPyWidget(widget=ipywidgets.IntSlider())
    assert model.cdn == offline.FOLDER
    assert IPyWidget.__css__ == []
    assert IPyWidget(widget=ipywidgets.IntSlider(), cdn="elsewhere").cdn == "elsewhere"
    assert pn.config.css_files == []


def test_only_the_complaint_about_a_second_kernel_is_silenced(caplog):
    from traitlets.config import MultipleInstanceError

    offline.enable()
    logger = logging.getLogger("traitlets")
    with caplog.at_level(logging.ERROR, logger="traitlets"):
        for error in (MultipleInstanceError("second"), ValueError("real")):
            logger.error("complaint", exc_info=error)
    assert [record.exc_info[0] for record in caplog.records] == [ValueError]


def test_a_slow_page_gets_its_widgets_too():
    script = offline.installed("anywidget@~0.11.*/dist/index").read_bytes()
    patient = offline._patient(script)
    assert b"timeout(2e3)" in script, "anywidget waits otherwise now: look whether this is still needed"
    assert b"timeout(2e3)" not in patient
    assert len(patient) == len(script)


def test_panels_style_sheets_can_travel_with_a_page():
    from panel.io.resources import CDN_DIST

    sheet = offline.inlined(f"{CDN_DIST}css/button.css?v=1.9.4")
    assert b".bk-btn" in base64.b64decode(sheet.removeprefix("data:text/css;base64,"))
    assert offline.inlined("https://example.org/own.css") == "https://example.org/own.css"
    assert offline.inlined(f"{CDN_DIST}css/none.css") == f"{CDN_DIST}css/none.css"
