"""The Python of the Explorer's page runs as it is written, and what the page says in numbers is what the code says."""

import re
from pathlib import Path

from embexplore.ui import levels
from embexplore.ui.modes.registry import MODES
from embexplore.ui.view.modes import base

PAGE = (Path(__file__).parents[2] / "docs" / "explorer.md").read_text()


def test_the_cells_of_the_explorers_page_run(capsys):
    for cell in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(cell, "docs/explorer.md", "exec"), {})
    assert "import embexplore as ex" in capsys.readouterr().out


def test_the_page_names_every_mode_and_the_limits_of_the_code():
    assert [mode.title for mode in MODES.values()] == re.findall(
        r"^\| (\w+) \| (?!asks)\w+ .*\| \w+", PAGE, re.MULTILINE
    )[:6]
    assert f"more than {base.LARGE} MB" in PAGE
    assert f"at most {levels.LARGEST // 10**6} million pixels" in PAGE
