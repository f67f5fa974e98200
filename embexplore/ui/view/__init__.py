"""The Explorer on screen: ipywidgets around an ipyleaflet map, the same in every host.

Only this folder imports widgets. It asks the headless model for everything that it shows.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


def show(explorer: "Explorer") -> dict[str, Any]:
    """The mimebundle of an Explorer's view; where no widget can be shown, a sentence instead of its markup."""
    from embexplore.ui.view.cells import CELLS, run_now

    CELLS.shows(explorer, run_now())
    bundle: dict[str, Any] = view_of(explorer).root._repr_mimebundle_()
    return {**bundle, "text/plain": f"The Explorer on {explorer.title}: run this cell to see it."}


def view_of(explorer: "Explorer") -> Any:
    """The view of an Explorer, made on first use: two cells that show it share one map."""
    if explorer.view is None:
        from embexplore.errors import MissingDependency

        try:
            from embexplore.ui.view.app import App
        except ImportError as error:
            raise MissingDependency(
                f"The map needs {error.name}, which is not installed: pip install 'embexplore[ui]'."
            ) from error
        explorer.view = App(explorer)
    return explorer.view
