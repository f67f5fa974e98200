"""What Binder does, in a clean environment: the pip section, `postBuild`, a notebook and the dashboard.

It downloads half a gigabyte, so it runs where `EMBEXPLORE_CLEAN_INSTALL` is set: `make environment`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINUTES = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(20 * MINUTES),
    pytest.mark.skipif(
        not os.environ.get("EMBEXPLORE_CLEAN_INSTALL"),
        reason="EMBEXPLORE_CLEAN_INSTALL is unset: this test downloads every dependency (`make environment`)",
    ),
]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkout of the commit, and an environment of its pip section with `postBuild` done."""
    folder = tmp_path_factory.mktemp("clean")
    checkout, environment = folder / "checkout", folder / "environment"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(checkout)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pins = re.findall(r"^      - (\S+==\S+)$", (checkout / "environment.yml").read_text(), re.MULTILINE)
    places = {"checkout": checkout, "bin": environment / "bin"}
    _run(places, "python", "-m", "pip", "install", "--quiet", *pins)
    _run(places, str(checkout / "binder" / "postBuild"))
    yield places
    shutil.rmtree(folder)


def _run(places: dict[str, Path], program: str, *arguments: str) -> str:
    """Run a program of the clean environment, in its checkout; what it printed."""
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    variables |= {"PATH": f"{places['bin']}:{os.environ['PATH']}"}
    found = shutil.which(program, path=variables["PATH"]) or program
    done = subprocess.run(
        [found, *arguments], cwd=places["checkout"], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_installed_packages_fit_together(clean: dict[str, Path]) -> None:
    assert "No broken requirements" in _run(clean, "python", "-m", "pip", "check")


def test_the_program_and_its_dashboard_are_there(clean: dict[str, Path]) -> None:
    assert "Serve the Explorer" in _run(clean, "embexplore", "serve", "--help")
    code = (
        "from importlib.metadata import entry_points\n"
        "(found,) = (point for point in entry_points(group='jupyter_serverproxy_servers') if point.name == 'embexplore')\n"
        "print(found.load()()['command'])"
    )
    assert "serve" in _run(clean, "python", "-c", code)


def test_a_notebook_runs(clean: dict[str, Path]) -> None:
    code = (
        "import json, nbclient, nbformat\n"
        "book = nbformat.read('notebooks/00-start-here.ipynb', 4)\n"
        "nbclient.NotebookClient(book, resources={'metadata': {'path': 'notebooks'}}).execute()\n"
        "shown = [out.get('data', {}) for cell in book.cells for out in cell.get('outputs', [])]\n"
        "print(json.dumps(sorted({kind for data in shown for kind in data})))"
    )
    kinds = json.loads(_run(clean, "python", "-c", code).splitlines()[-1])
    assert "application/vnd.jupyter.widget-view+json" in kinds, "the Explorer is shown"
