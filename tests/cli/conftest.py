"""How tests run the command line: in this process for most, as a real program where that is the point."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from embexplore.cli.app import app


@dataclass(frozen=True)
class Result:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def sentence(self):
        """The error as one line; a traceback or a second line is a failure of every test that looks at it."""
        assert "Traceback" not in self.err + self.out
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


@pytest.fixture
def run(capfd):
    """Run a command in this process; stdout and stderr apart."""

    def run_here(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as exit_:
            app([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Result(int(exit_.value.code or 0), captured.out, captured.err)

    return run_here


@pytest.fixture(scope="session")
def program():
    """Run a command as users do: a process of its own."""

    def run_program(*arguments, cwd=None, **environment):
        done = subprocess.run(
            [sys.executable, "-c", "from embexplore.cli import main; main()", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**os.environ, **environment},
            timeout=300,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run_program


@pytest.fixture(scope="session")
def island(tmp_path_factory) -> Path:
    """A small Null Island on disk, made by the command itself, once."""
    from embexplore.io.demo import demo

    path = tmp_path_factory.mktemp("island") / "island.zarr"
    return demo(path, size=64, seed=0, years=(2022, 2023, 2024))
