"""Every notebook runs from top to bottom in a real kernel, and keeps to the house rules."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LONGEST_CELL = 12
SECONDS = 60


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_less_than_a_minute(path: Path) -> None:
    """A minute of the processor's own time, so that a busy machine does not decide."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import time\nprint(time.process_time())"))
    nbclient.NotebookClient(notebook, timeout=4 * SECONDS, resources={"metadata": {"path": str(FOLDER)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    warned = [output.text for output in shown if output.output_type == "stream" and output.name == "stderr"]
    assert not warned
    took = float(shown[-1].text)
    print(f"{path.stem}: {took:.1f} s of processor time")
    assert took < SECONDS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_to_the_house_rules(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert max(cell.count("\n") + 1 for cell in code) <= LONGEST_CELL
    assert not [cell for cell in code if "def " in cell]
    text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert all(heading in text for heading in ("What you will do", "What you need", "## Summary", "What next"))
