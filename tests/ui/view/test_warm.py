"""What is loaded before somebody asks for it."""

import subprocess
import sys

PREPARE = """
import sys
from embexplore.io.demo import null_island
from embexplore.ui.shared import Shared
from embexplore.ui.view import warm
served = [Shared.of(null_island()) for _ in range({cubes})]
warm.prepare(served).join()
print({{"ipyleaflet", "numba", "PIL"}} <= set(sys.modules), [shared.knows(("pca", 3, None)) for shared in served])
"""


def told(cubes):
    command = [sys.executable, "-c", PREPARE.format(cubes=cubes)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)


def test_a_server_of_one_cube_has_its_widgets_and_colors_ready():
    done = told(1)
    assert done.stdout.strip() == "True [True]"
    assert done.stderr == ""


def test_a_server_of_several_cubes_fits_none_before_it_is_opened():
    assert told(2).stdout.strip() == "False [False, False]"
