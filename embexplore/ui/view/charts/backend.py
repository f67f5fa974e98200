"""HoloViews with its Bokeh backend, imported on first use and without writing scripts into a notebook."""

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def holoviews() -> Any:
    """The module `holoviews`, ready to take Bokeh options."""
    import holoviews as hv
    import holoviews.plotting.bokeh  # registers the backend: `hv.extension` would write scripts into the notebook

    hv.Store.set_current_backend("bokeh")
    return hv
