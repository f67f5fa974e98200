"""`embexplore serve` that also says on stdout what it computed: `python counting_server.py FOLDER serve …`.

One line of JSON for each map that an Explorer computed; the map itself lies in FOLDER as `<number>.npy`.
With SLOWLY in the environment every scan is one beside the page, and while FOLDER has a file `slow`, each look at
whether to go on takes half a second: a cube too large for the eye's patience, without its size.
"""

import json
import os
import sys
import time
from itertools import count
from pathlib import Path

import numpy as np

from embexplore.cli import main
from embexplore.ui import scan
from embexplore.ui.answers import Answers
from embexplore.ui.view import painter

FOLDER = Path(sys.argv.pop(1))
NUMBERS = count()
answer, compute = Answers.of, scan._compute


def counted(self, key, compute, **keywords):
    before = self.scans
    values = answer(self, key, compute, **keywords)
    if self.scans > before:
        number = next(NUMBERS)
        np.save(FOLDER / f"{number}.npy", values.values)
        print(json.dumps({"scan": number, "explorer": id(self), "key": repr(key)}), flush=True)
    return values


def slowed(*arguments):
    if (FOLDER / "slow").exists():
        time.sleep(0.5)
    compute(*arguments)


Answers.of = counted
if "SLOWLY" in os.environ:
    scan._compute, painter.AT_ONCE = slowed, 0
main()
