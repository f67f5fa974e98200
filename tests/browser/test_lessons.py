"""A lesson in JupyterLab, offline: its pictures are drawn, and the Explorer below them."""

from embexplore.workshop.lesson import read_lesson

SHOW = """(index) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  return notebook.scrollToItem(index, "start");
}"""


def test_pictures_and_the_explorer_are_drawn_without_any_other_host(page, lab, screenshot):
    cells = [cell.source for cell in read_lesson("00").cells if cell.kind == "code"]
    notebook = lab(page, *cells)
    notebook.run_all()
    drawn = [index for index, cell in enumerate(cells) if "hv." in cell and "import" not in cell]
    assert len(drawn) == 4
    for index in drawn:
        page.evaluate(SHOW, index)
        picture = page.locator(f".jp-Cell[data-windowed-list-index='{index}'] canvas").first
        picture.wait_for(state="visible")
        assert picture.bounding_box()["width"] > 300
        screenshot(page, f"lesson-picture-{index}")
    page.evaluate(SHOW, len(cells) - 1)
    page.locator("img.leaflet-image-layer").first.wait_for(state="attached")
    screenshot(page, "lesson-explorer")
