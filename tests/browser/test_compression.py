"""Compression in a real browser: both codes under a divider, and a dot of the chart that sets the right one."""


def test_two_codes_answer_under_a_divider_and_are_measured(page, explorer, screenshot):
    screen = explorer(page)
    screen.mode("Compression")
    page.get_by_text("Both codes search for it").wait_for()
    screen.rest()
    page.mouse.click(*screen.at(0.6, 0.45))  # the divider takes the picture off the map and lays it down anew
    screen.wait_for_status("best places")
    page.locator(".leaflet-sbs-divider").wait_for()
    page.get_by_text("of the 10 nearest found").wait_for(timeout=60_000)
    screen.rest()
    screenshot(page, f"{screen.host.name}-compression")
    screen.button("Difference").click()
    page.locator(".leaflet-sbs-divider").wait_for(state="detached")
    page.get_by_label("Spread bits").check(force=True)
    assert "1 bit, spread" in screen.wait_for_status("1 bit, spread")
    page.locator("[aria-label*='1 bit, spread, right: 8 bytes']").wait_for(timeout=60_000)
    screen.rest()
    screenshot(page, f"{screen.host.name}-compression-difference")
    page.locator(".emx-token-b select").select_option(label="RaBitQ-lite · 9 bytes")
    screen.wait_for_status("RaBitQ-lite keeps")
    page.get_by_text("RaBitQ-lite is made as a whole").wait_for()
    page.locator("[aria-label*='4 bits, spread: 32 bytes'][aria-label*='RaBitQ-lite, right']").wait_for(timeout=60_000)
    screen.rest()
    screenshot(page, f"{screen.host.name}-compression-whole")
