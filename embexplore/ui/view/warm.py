"""What the first page and the first click need, loaded before they come: widgets, colors, chart libraries, kernels."""

import contextlib
from collections.abc import Sequence
from threading import Thread
from typing import TYPE_CHECKING

from embexplore.errors import EmbexploreError

if TYPE_CHECKING:
    import xarray as xr

    from embexplore.ui.shared import Shared

_STARTED = False


def prepare(served: Sequence["Shared"]) -> Thread:
    """Begin to load what a page is made of, and the colors where there is one cube: of many, nobody may ask."""
    only = served[0] if len(served) == 1 else None
    thread = Thread(target=_prepare, args=(only,), name="embexplore-prepare", daemon=True)
    thread.start()
    return thread


def _prepare(shared: "Shared | None") -> None:
    with contextlib.suppress(EmbexploreError, ImportError):  # whoever opens the page is told
        import embexplore.ui.view.app  # noqa: F401  # loaded for those who come
        from embexplore.ui.render.png import color_webp

        if shared is not None:
            color_webp(_corner(shared).emb.pca_rgb(shared.colors()).values)


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
    corner = _corner(shared)
    with contextlib.suppress(EmbexploreError):  # a corner without data; whoever clicks hears of anything worse
        query = np.ones(corner.sizes["band"], np.float32)
        corner.emb.top(corner.emb.search(query), k=1)


def _corner(shared: "Shared") -> "xr.Dataset":
    """A part small enough to cost nothing."""
    rows, columns = (slice(0, min(64, shared.whole.sizes[name])) for name in ("y", "x"))
    return shared.whole.isel(y=rows, x=columns)
