"""Ctrl-C in a running program: a sentence, exit code 130, nothing that opens, and the same command finishes."""

import signal
import subprocess
import sys
import time

import pytest

from embexplore.errors import EmbexploreError
from embexplore.io.open import open_cube


@pytest.mark.slow
def test_ctrl_c_while_writing_says_that_the_same_command_resumes_and_it_does(program, tmp_path):
    out = tmp_path / "island.zarr"
    arguments = ["demo", str(out), "--size", "700", "--years", "2023-2024"]
    command = [sys.executable, "-c", "from embexplore.cli import main; main()", *arguments]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("island.zarr*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)

    assert running.returncode == 130, said
    assert said == "embexplore: Stopped. What was finished is kept: the same command resumes.\n"
    with pytest.raises(EmbexploreError):
        open_cube(out)

    assert program(*arguments).code == 0
    assert open_cube(out).sizes["y"] == 700
    assert list(tmp_path.iterdir()) == [out]
