"""Files that only strangers notice: pins, environments, README commands, and no address of any machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 50
    assert not [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line)]


def test_every_requirement_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[\[<>=!~ ]", name)[0].lower().replace("_", "-") for name in wanted} - {"embexplore"}
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()}
    assert names - pinned == set()


def test_the_two_environments_are_equal() -> None:
    assert (ROOT / "environment.yml").read_text() == (ROOT / "binder" / "environment.yml").read_text()


def test_readme_names_the_commands_that_the_makefile_has() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    for command in ("explore", "test", "lab", "bench"):
        assert f"make {command}" in readme
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_no_large_file_outside_data() -> None:
    large = [path for path in tracked() if path.is_file() and path.stat().st_size > 1 << 20]
    assert not [path for path in large if ROOT / "data" not in path.parents]


def test_bundled_data_stays_small() -> None:
    total = sum(path.stat().st_size for path in tracked() if ROOT / "data" in path.parents and path.is_file())
    assert 0 < total <= 12 * 2**20


def test_notebooks_are_committed_without_outputs() -> None:
    assert not [path for path in tracked() if path.suffix == ".ipynb" and '"output_type"' in path.read_text()]


def test_the_environment_pins_what_the_constraints_pin() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {re.split(r"[<>=!~ ]", name)[0] for name in [*project["dependencies"], *extras["ui"], *extras["lab"]]}
    lines = re.findall(r"^      - (\S+)==(\S+)$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    assert {name for name, _ in lines} == wanted
    pins = (ROOT / "constraints.txt").read_text().lower().replace("_", "-").split()
    missing = [f"{name}=={version}" for name, version in lines if _pin(name, version) not in pins]
    assert not missing


def _pin(name: str, version: str) -> str:
    return f"{name.split('[', maxsplit=1)[0]}=={version}".lower().replace("_", "-")
