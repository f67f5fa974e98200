"""Memory does not grow with the cube: peak resident size of real processes, printed and bounded."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench

MEBI = 2**20


def peak(code: str) -> tuple[int, float]:
    """Peak resident bytes and seconds of a fresh process that runs `code`."""
    report = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[-1]) * 1024, time.perf_counter() - start


@pytest.fixture(scope="module")
def island(tmp_path_factory: pytest.TempPathFactory, capsys_off) -> Path:
    out = tmp_path_factory.mktemp("large") / "island.zarr"
    code = f"import embexplore as ex; ex.demo({str(out)!r}, size=2048)"
    resident, seconds = peak(code)
    capsys_off(f"demo --size 2048, eight years: {seconds:.0f} s, {resident / MEBI:.0f} MiB resident")
    assert resident <= 1536 * MEBI
    return out


@pytest.fixture(scope="module")
def capsys_off(request: pytest.FixtureRequest):
    manager = request.config.pluginmanager.getplugin("capturemanager")

    def show(line: str) -> None:
        with manager.global_and_fixture_disabled():
            print("\n" + line)

    return show


# Eight years of 2048² × 64 codes are 2 GiB. The bound is half of that, imports (about 250 MiB) included.
BOUND = 1024 * MEBI
WORK = {
    "PCA of all years": "cube.emb.fit_pca(3)",
    "largest change of all years": "cube.emb.largest_change().compute()",
    "binary copy of all years": "ex.save_cube(cube.emb.encode('binary'), out)",
}


@pytest.mark.parametrize("name", WORK)
def test_streaming_stays_under_its_bound(name: str, island: Path, tmp_path: Path, capsys_off) -> None:
    opened = f"import embexplore as ex; cube = ex.open_cube({str(island)!r}); out = {str(tmp_path / 'out.zarr')!r}; "
    resident, seconds = peak(opened + WORK[name])
    capsys_off(f"{name}, 2 GiB of codes: {seconds:.0f} s, {resident / MEBI:.0f} MiB resident")
    assert resident <= BOUND
