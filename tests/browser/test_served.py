"""`embexplore serve` in a real browser, offline."""


def test_the_map_appears_without_any_other_host(page, served, screenshot):
    page.on("response", lambda r: print(r.status, r.url) if r.status >= 400 else None)
    page.goto(served.url)
    page.locator("img.leaflet-image-layer").first.wait_for()
    page.wait_for_timeout(3000)
    screenshot(page, "served")
    print(served.said)
