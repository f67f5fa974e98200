"""What the README shows works: its cells run in order, its links and pictures exist, and launch links agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LAUNCH = re.compile(r"https://mybinder\.org/v2/gh/([^)\s]+)/HEAD\?urlpath=([^)\s]+)")


def test_the_five_cells_run_in_order() -> None:
    import embexplore as ex

    cells = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(cells) == 5
    variables: dict[str, object] = {}
    for cell in cells:
        exec(cell, variables)
    assert isinstance(variables["cube"].emb, type(ex.null_island().emb))
    assert set(variables["small"].emb.codecs.values()) == {"binary"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_launch_links_name_one_repository_and_notebooks_that_exist() -> None:
    links = [link for page in PAGES for link in LAUNCH.findall(page.read_text())]
    assert len({repository for repository, _ in links}) == 1
    opened = {path for _, path in links}
    notebooks = {f"lab/tree/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert opened == notebooks | {"lab", "embexplore/"}
