"""Charts in a real browser."""

CELL = """
from embexplore.ui.view.chart import Chart, holoviews
import numpy as np
hv = holoviews()
def histogram(seed, threshold):
    counts = np.histogram(np.random.default_rng(seed).random(1000), 16)
    return hv.Histogram(counts, label="bars").opts(color="#788d9b", backend="bokeh") * hv.VLine(threshold, label="threshold")
charts = [Chart(height=160) for _ in range(3)]
taps = []
charts[0].on_tap(lambda *tap: taps.append(tap))
for chart in charts:
    chart.show(histogram(0, 0.5), describe="A thousand numbers.")
import ipywidgets
ipywidgets.HBox(charts)
"""


def test_a_chart_in_lab_is_drawn_changed_and_clicked(page, lab, screenshot):
    notebook = lab(page, CELL)
    notebook.run_all()
    first = page.locator(".emx-chart[data-figure]").first
    first.wait_for()
    assert page.locator(".emx-chart").first.get_attribute("aria-label") == "A thousand numbers."
    page.locator(".emx-chart[data-figure]").nth(2).wait_for()
    screenshot(page, "chart-lab")
    number = int(first.get_attribute("data-figure"))
    notebook.tell("charts[0].show(histogram(1, 0.8))")
    page.locator(f".emx-chart[data-figure='{number + 1}']").wait_for()
    notebook.tell("charts[0].patch({'threshold.glyph': {'location': 0.3}})")
    page.locator(f".emx-chart[data-figure='{number + 2}']").wait_for()
    screenshot(page, "chart-lab-changed")
    box = first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    ((x, _, found),) = notebook.ask("taps")
    assert 0.3 < x < 0.7
    assert found.keys() == {"bars.glyph"}
