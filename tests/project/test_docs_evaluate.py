"""The first cell of the page on evaluation runs as it is written, and the page names every pooling."""

import re
from pathlib import Path

from embexplore.core.pooling import FITTED, POOLINGS

PAGE = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text()


def test_the_cell_of_the_page_runs():
    cell = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    said: dict = {}
    exec(compile(cell, "docs/evaluate.md", "exec"), said)
    assert said["table"].codec.iloc[0] == "float32"


def test_the_page_names_every_pooling():
    assert {name for name in (*POOLINGS, *FITTED) if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE} == set()
