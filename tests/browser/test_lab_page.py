"""The lab as `embexplore serve` shows it: measured beside the page, drawn, chosen by a click, and nothing asked of other hosts."""


def test_codecs_are_measured_drawn_and_chosen(page, served, screenshot):
    page.goto(f"{served.url}/lab")
    measure = page.get_by_role("button", name="Measure", exact=True)
    measure.wait_for()
    for name in ("float32", "int4", "int2", "pca+near4", "pca+near2", "pca+near1"):
        page.get_by_role("checkbox", name=name, exact=True).uncheck()
    measure.click()
    page.get_by_text("of the 10 nearest found").wait_for()
    page.locator(".bk-Canvas canvas, .bk-CanvasPanel").first.wait_for(state="attached")
    cell = page.locator(".tabulator-row .tabulator-cell", has_text="binary, 200 re-checked")
    cell.wait_for()
    assert page.locator(".tabulator-row").count() == 3
    page.locator(".tabulator-col", has_text="stored, bytes").first.click()  # smallest first
    page.locator(".tabulator-row").first.get_by_text("binary", exact=True).wait_for()
    cell.click()
    page.get_by_text("72 bytes", exact=True).wait_for()
    screenshot(page, "served-lab")
    with page.expect_download() as got:
        page.get_by_text("Download report").click()
    assert got.value.suggested_filename == "tradeoff.html"
    assert got.value.path().read_text().startswith("<!doctype html>")
    page.get_by_role("link", name="Explorer").click()
    page.locator(".emx-map").first.wait_for()
