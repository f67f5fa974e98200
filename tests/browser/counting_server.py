"""`embexplore serve` that also says on stdout what it computed: `python counting_server.py FOLDER serve …`.

One line of JSON for each map that an Explorer computed; the map itself lies in FOLDER as `<number>.npy`.
"""

import json
import sys
from itertools import count
from pathlib import Path

import numpy as np

from embexplore.cli import main
from embexplore.ui.answers import Answers

FOLDER = Path(sys.argv.pop(1))
NUMBERS = count()
answer = Answers.of


def counted(self, key, compute, **keywords):
    before = self.scans
    values = answer(self, key, compute, **keywords)
    if self.scans > before:
        number = next(NUMBERS)
        np.save(FOLDER / f"{number}.npy", values.values)
        print(json.dumps({"scan": number, "explorer": id(self), "key": repr(key)}), flush=True)
    return values


Answers.of = counted
main()
