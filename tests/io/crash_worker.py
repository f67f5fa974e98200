"""A process that forks one writer per line it reads: a real process to kill, without its imports to wait for.

Lines: `OUT MODE`, MODE one of new, append. Answers the writer's pid; after one more line, how it ended.
Until that line the writer's pid stays its own, even if it is done: a late kill hits nobody else.
"""

import importlib.util
import os
import sys
import traceback
from pathlib import Path

import numpy as np


def load_samples():
    spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("conftest.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["samples"] = module
    spec.loader.exec_module(module)
    return module


def tell(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def serve() -> None:
    import pyproj
    import zarr.codecs.numcodecs

    from embexplore.core.downsample import halve
    from embexplore.io.write import write

    halve(np.ones((2, 2, 2), np.float32))  # load the compiled kernel once, before any fork
    given = load_samples().make_sample("both", years=(2021, 2020), shape=(24, 24))
    jobs = {"new": (given.plan, False), "append": (given.of(2019).plan, True)}
    pyproj.CRS.from_user_input("EPSG:32631")  # open PROJ's database
    assert zarr.codecs.numcodecs
    tell("ready")
    for line in sys.stdin:
        out, mode = line.split()
        plan, append = jobs[mode]
        child = os.fork()
        if child == 0:
            try:
                write(out, plan, given.read, append=append)
            except BaseException:  # noqa: BLE001 - a forked child must end here, whatever happened
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        tell(child)
        sys.stdin.readline()
        tell(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    serve()
