"""The Explorer in a real browser, offline: in JupyterLab and served."""

import subprocess
import sys

import numpy as np
from screen import Screen

RUN = """
import sys
import numpy as np
namespace = {}
exec(sys.stdin.read(), namespace)
np.save(sys.argv[1], namespace["score"].values)
"""


def test_a_click_draws_a_new_heat_map(page, explorer, screenshot):
    screen = explorer(page)
    screenshot(page, f"{screen.host.name}-start")
    first = screen.click(0.62, 0.72)
    second = screen.click(0.45, 0.66)
    screen.rest()
    screenshot(page, f"{screen.host.name}-similar")
    assert first != second
    assert "alike" in screen.status


def test_a_threshold_is_moved_without_a_scan(page, explorer):
    screen = explorer(page)
    picture = screen.click(0.62, 0.72)
    screen.rest()
    before = screen.host.scans()
    slider = page.locator(".emx-rail .noUi-handle").filter(visible=True).first
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] - 8 * step, box["y"] + box["height"] / 2)
        page.wait_for_timeout(60)
    page.mouse.up()
    assert screen.wait_for_picture(picture) != picture
    screen.rest()
    dragged = screen.picture
    for _ in range(3):  # the first may only end at a step of the slider
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
    assert screen.wait_for_picture(dragged) != dragged
    assert screen.host.scans() == before


def test_undo_brings_the_picture_back(page, explorer):
    screen = explorer(page)
    first = screen.click(0.62, 0.72)
    second = screen.click(0.45, 0.66)
    screen.button("Undo").click()
    assert screen.wait_for_picture(second) == first
    screen.button("Redo").click()
    assert screen.wait_for_picture(first) == second


def test_the_code_gives_the_same_array_in_a_fresh_process(page, explorer, tmp_path):
    screen = explorer(page)
    screen.click(0.62, 0.72)
    screen.rest()
    code = screen.code()
    out = tmp_path / "fresh.npy"
    subprocess.run([sys.executable, "-c", RUN, str(out)], input=code, text=True, check=True, timeout=120)
    np.testing.assert_array_equal(np.load(out), screen.host.values())


def test_an_area_restricts_the_answer_and_escape_wipes_nothing(page, explorer, screenshot):
    screen = explorer(page)
    whole = screen.click(0.62, 0.72)
    screen.wait_for_status("of the island")
    page.locator(".emx-icon-rectangle").first.click()
    screen.wait_for_status("Click two opposite corners.")
    page.locator(".geoman-draw-cursor").first.wait_for()
    for corner in ((0.45, 0.4), (0.65, 0.85)):
        page.mouse.move(*screen.at(*corner), steps=4)
        page.mouse.click(*screen.at(*corner))
    inside = screen.wait_for_picture(whole)
    assert "of the area" in screen.wait_for_status("of the area")
    values = screen.host.values()
    assert values.shape[0] < 192 or np.isnan(values).any()
    screenshot(page, f"{screen.host.name}-area")
    page.keyboard.press("Escape")
    screen.rest()
    assert screen.picture == inside
    assert page.locator(".emx-mark-like").count() == 1
    screen.button("Undo").click()
    assert screen.wait_for_picture(inside) == whole


def test_two_years_lie_under_a_divider_that_moves(page, explorer, screenshot):
    screen = explorer(page)
    screen.mode("Change")
    screen.rest()
    screenshot(page, f"{screen.host.name}-change")
    page.locator("button", has_text="Swipe").filter(visible=True).first.click()
    divider = page.locator(".leaflet-sbs-divider").first
    divider.wait_for()
    screen.rest()
    before = divider.bounding_box()["x"]
    handle = page.locator(".leaflet-sbs-range").first
    box = handle.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(before, middle)
    page.mouse.down()
    page.mouse.move(before - 120, middle, steps=6)
    page.mouse.up()
    screenshot(page, f"{screen.host.name}-swipe")
    assert divider.bounding_box()["x"] < before - 60
    left, right = (page.locator(f".leaflet-{side}-pane img").first.get_attribute("src") for side in ("left", "right"))
    assert left != right


def test_every_mode_opens_without_a_complaint(page, explorer, screenshot):
    screen = explorer(page)
    for title in ("Change", "Colors", "Compression", "Clusters", "Labels", "Similar"):
        screen.mode(title)
        screen.rest()
        screenshot(page, f"{screen.host.name}-mode-{title.lower()}")
        assert page.locator(".emx-stopped").count() == 0, screen.status


def test_the_map_alone_fills_the_screen_and_still_says_what_it_found(new_page, served, screenshot):
    page = new_page(width=1024, height=1112)
    page.goto(served.url)
    screen = Screen(page)
    screen.wait_for_map()
    small = screen.map.bounding_box()
    screen.button("Full screen").click()
    page.wait_for_function("() => window.innerHeight > 0 && document.fullscreenElement")
    page.locator(".emx-header").first.wait_for(state="hidden")
    large = screen.map.bounding_box()
    assert large["width"] == 1024
    assert large["height"] > small["height"] + 150
    screen.click(0.5, 0.5)
    screen.wait_for_status("alike")
    page.mouse.click(*screen.at(0.03, 0.6))  # the sea
    screen.wait_for_status("Not possible.")
    screenshot(page, "full-screen")
    screen.button("Full screen").click()
    page.locator(".emx-header").first.wait_for()
    assert screen.map.bounding_box() == small
