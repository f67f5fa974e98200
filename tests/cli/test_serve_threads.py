"""Where dask computes while the Explorer is served."""

import subprocess
import sys

import dask
from dask import config, threaded
from dask.base import get_scheduler

from embexplore.cli.verbs.serve import _own_threads

FIRST_PAGE = """
import sys
from embexplore.cli.verbs.serve import _own_threads
from embexplore.io.demo import null_island
from embexplore.ui.explorer import Explorer
from embexplore.ui.view import view_of
with _own_threads():
    view_of(Explorer(null_island()))
print(*sorted({"dask", "distributed", "geopandas", "rasterio", "sklearn"} & {name.partition(".")[0] for name in sys.modules}))
"""


def test_the_first_page_loads_no_library_that_it_does_not_need():
    told = subprocess.run([sys.executable, "-c", FIRST_PAGE], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["dask"]


def test_a_scheduler_that_was_set_stays():
    with config.set(scheduler=dask.get), _own_threads():
        assert get_scheduler() is dask.get
    with config.set({"scheduler-address": "tcp://127.0.0.1:1"}), _own_threads():
        assert config.get("scheduler", None) is None
    with _own_threads():
        assert get_scheduler() is threaded.get
    assert config.get("scheduler", None) is None
