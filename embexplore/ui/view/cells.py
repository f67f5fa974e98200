"""Which cell of a notebook shows which Explorers: those that nobody shows any more are closed when a cell runs again.

IPython keeps every result in `Out`, so the Explorer of a cell's last run, with its hundreds of widgets, would stay
until the kernel ends.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


@dataclass(frozen=True)
class Run:
    """One run of one cell: the cell's own name, and the message that asked for the run."""

    cell: str
    message: str


@dataclass
class Cells:
    """What the cells of this kernel show. Hosts that do not name their cells close nothing."""

    _runs: dict[str, Run] = field(default_factory=dict)
    _shown: dict[str, "WeakSet[Explorer]"] = field(default_factory=dict)

    def shows(self, explorer: "Explorer", run: Run | None) -> None:
        """An Explorer is displayed by a run of a cell; what only earlier runs of that cell displayed is closed."""
        if run is None:
            return
        before: WeakSet[Explorer] = WeakSet()
        if self._runs.get(run.cell) != run:
            self._runs[run.cell] = run
            before = self._shown.pop(run.cell, before)
        self._shown.setdefault(run.cell, WeakSet()).add(explorer)
        for other in before:
            if not any(other in shown for shown in self._shown.values()):
                other.close()


def run_now() -> Run | None:
    """The cell that runs, as JupyterLab and Notebook 7 name it; None in a script and where cells have no names."""
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    asked = kernel.get_parent("shell") if hasattr(kernel, "get_parent") else {}
    cell = asked.get("metadata", {}).get("cellId")
    return Run(cell, asked["header"]["msg_id"]) if cell else None


CELLS = Cells()
