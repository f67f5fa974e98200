"""Kill a real writer 200 times at random moments: nothing half-written ever opens, and the bytes end the same."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from embexplore.errors import NotACube, SourceUnavailable
from embexplore.io.open import open_cube
from embexplore.io.write import write

KILLS = 100
"""For a new cube, and as many for an appended year."""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Writer:
    """The forking process, and what happened to its children."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("crash_worker.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def run(self, out: Path, mode: str, seconds: float | None = None) -> str:
        """`finished`, or `killed` when SIGKILL came first."""
        child = int(self._ask(f"{out} {mode}"))
        if seconds is not None:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        status = int(self._ask("wait"))
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return "killed"
        assert os.WEXITSTATUS(status) == 0, "the writer failed by itself"
        return "finished"

    def _ask(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture(scope="module")
def writer():
    made = Writer()
    yield made
    made.process.stdin.close()
    made.process.wait()


@pytest.fixture
def folder(tmp_path):
    """In memory where that can be: a kill is a kill there too, and no other program's disk traffic slows 200 of them."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # a minute on a quiet machine; other tests beside it on two processors stretch it
@pytest.mark.timeout(600)
def test_two_hundred_kills_leave_old_or_new_cubes_and_end_in_the_same_bytes(folder, writer, sample):
    given = sample("both", years=(2021, 2020), shape=(24, 24))
    write(folder / "new.zarr", given.plan, given.read)
    shutil.copytree(folder / "new.zarr", folder / "append.zarr")
    write(folder / "append.zarr", given.of(2019).plan, given.read, append=True)
    old = contents(folder / "new.zarr")
    rng = np.random.default_rng(0)
    kills, finished = Counter(), Counter()
    for mode in ("new", "append"):
        whole = contents(folder / f"{mode}.zarr")
        out = fresh(folder, mode, 0)
        start = time.perf_counter()
        assert writer.run(out, mode) == "finished"
        usual = time.perf_counter() - start
        while kills[mode] < KILLS:
            if is_done(out, whole):
                finished[mode] += 1
                out = fresh(folder, mode, finished[mode])
            if writer.run(out, mode, seconds=rng.uniform(0, 0.9 * usual)) == "killed":
                kills[mode] += 1
                check_new(out, whole) if mode == "new" else check_appended(out, whole, old)
            else:
                assert is_done(out, whole)
        if not is_done(out, whole):
            assert writer.run(out, mode) == "finished"
        assert is_done(out, whole)
        finished[mode] += 1
    sys.stdout.write(
        f"\n{kills.total()} kills ({dict(kills)}) over {dict(finished)} cubes that were finished bit for bit" + "\n"
    )
    assert kills == {"new": KILLS, "append": KILLS}
    assert kills.total() == 200
    assert min(finished.values()) >= 1


def fresh(folder: Path, mode: str, number: int) -> Path:
    """Where the next cube goes; for an appended year, with the old years in it."""
    out = folder / f"{mode}-{number}.zarr"
    if mode == "append":
        shutil.copytree(folder / "new.zarr", out)
    return out


def is_done(out: Path, whole: dict[str, bytes]) -> bool:
    """Whether the write is finished, and every byte of every file is that of an undisturbed one."""
    beside = [path for path in out.parent.iterdir() if path.name.startswith(out.name) and path != out]
    return not beside and out.exists() and contents(out) == whole


def check_new(out: Path, whole: dict[str, bytes]) -> None:
    """After a kill: there is no cube, or the whole one."""
    if out.exists():
        assert contents(out) == whole
        return
    partial = out.with_name(out.name + ".partial")
    for place in (out, partial):
        with pytest.raises((NotACube, SourceUnavailable)):
            open_cube(place)
    if partial.exists():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                xr.open_zarr(partial, chunks=None)
        except FileNotFoundError:
            return
        assert contents(partial) == whole  # killed between the last byte and the rename


def check_appended(out: Path, whole: dict[str, bytes], old: dict[str, bytes]) -> None:
    """After a kill: the old years read as ever; the new one is there only when all of it is."""
    now = contents(out)
    is_committed = now["zarr.json"] == whole["zarr.json"]
    assert open_cube(out).time.values.tolist() == ([2019, 2020, 2021] if is_committed else [2020, 2021])
    assert all(now[name] == data for name, data in old.items() if not name.endswith("zarr.json"))
    if is_committed:
        assert now == whole
    else:
        assert now["zarr.json"] == old["zarr.json"]
