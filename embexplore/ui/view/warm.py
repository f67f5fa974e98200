"""What the first click needs, loaded before it comes: chart libraries, tables, compiled kernels."""

import contextlib
from threading import Thread
from typing import TYPE_CHECKING

from embexplore.errors import EmbexploreError

if TYPE_CHECKING:
    from embexplore.ui.shared import Shared

_STARTED = False


def start(shared: "Shared") -> None:
    """Begin to load in a thread; once a process."""
    global _STARTED  # noqa: PLW0603 (one flag a process, like the modules that it loads)
    if not _STARTED:
        _STARTED = True
        Thread(target=load, args=(shared,), name="embexplore-warm", daemon=True).start()


def load(shared: "Shared") -> None:
    """Draw a chart that nobody sees, and search a corner of the cube."""
    import numpy as np

    from embexplore.ui.view.charts.backend import holoviews
    from embexplore.ui.view.charts.lines import vector

    drawing = vector(np.zeros(4), beside=None, bar="#788d9b", line="#0b61a4")
    holoviews().renderer("bokeh").get_plot(drawing)
    rows, columns = (slice(0, min(64, shared.whole.sizes[name])) for name in ("y", "x"))
    corner = shared.whole.isel(y=rows, x=columns)
    with contextlib.suppress(EmbexploreError):  # a corner without data; whoever clicks hears of anything worse
        query = np.ones(corner.sizes["band"], np.float32)
        corner.emb.top(corner.emb.search(query), k=1)
