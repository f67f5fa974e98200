"""Two years on two maps in a real browser: they show the same place, and one map comes back."""

import re


def test_two_maps_show_the_same_place_and_one_map_comes_back(page, explorer, screenshot):
    screen = explorer(page)
    screen.mode("Change")
    screen.rest()
    page.locator(".emx-message", has_text="changed more than").first.wait_for()
    box, second = screen.map.bounding_box(), page.locator(".emx-second .leaflet-container").first
    page.locator("button", has_text="Side by side").filter(visible=True).first.click()
    second.wait_for()
    screen.rest()
    screenshot(page, f"{screen.host.name}-side")
    left, right = screen.map.bounding_box(), second.bounding_box()
    assert abs(left["width"] - right["width"]) <= 2
    said = []
    for frame in (left, right):
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        page.mouse.move(x - 4, y)
        page.mouse.move(x, y)
        page.wait_for_timeout(1500)
        readout = page.locator(".emx-readout").first.text_content()
        said.append([float(number) for number in re.findall(r"\d+\.\d+(?=°)", readout)])
    assert len(said[0]) == 2, "longitude and latitude"
    # Middles lie up to half a pixel of the screen beside each other, and the last digit said is 0.0001°.
    assert max(abs(one - other) for one, other in zip(*said, strict=True)) <= 1.5e-4
    page.locator("button", has_text="Change map").filter(visible=True).first.click()
    second.wait_for(state="hidden")
    screen.rest()
    assert screen.map.bounding_box() == box
