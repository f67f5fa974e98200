"""The Explorer in a real browser, offline: in JupyterLab and served."""

import subprocess
import sys

import numpy as np

RUN = """
import sys
import numpy as np
namespace = {}
exec(sys.stdin.read(), namespace)
np.save(sys.argv[1], namespace["result"].values)
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
