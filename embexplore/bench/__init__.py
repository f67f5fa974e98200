"""How fast this machine is at the package's work, beside the libraries that it finds installed.

Every row is checked against float64 arithmetic before it is timed.
"""

import platform
from collections.abc import Callable, Sequence

from embexplore.bench import maps  # noqa: F401 - importing registers rows, in the order of the table

# isort: split
from embexplore.bench import bits, components, disk  # noqa: F401
from embexplore.bench.contest import Row, race
from embexplore.bench.registry import ROWS
from embexplore.bench.table import format_table
from embexplore.core.parallel import processors
from embexplore.errors import InvalidInput

__all__ = ["format_table", "main", "names", "run"]


def names() -> tuple[str, ...]:
    """The rows there are, in the order of the table."""
    return tuple(ROWS)


def run(
    names: Sequence[str] | None = None,
    *,
    scale: float = 1.0,
    rounds: int = 7,
    say: Callable[[str], object] | None = None,
) -> list[Row]:
    """Measure rows of the table.

    Parameters
    ----------
    names : sequence of str, optional
        Rows whose names contain one of these; all by default.
    scale : float
        1 is full size: maps of 2048² pixels, 1 M codes, 1 GB of memory. Targets hold at full size.
    rounds : int
        Turns of every contestant; the fastest counts.
    say : callable, optional
        Told the name of each row before it is run.

    Raises
    ------
    InvalidInput
        No row has such a name.
    WrongAnswer
        An answer differs from the float64 one by more than float32 explains.
    """
    chosen = [name for name in ROWS if names is None or any(part in name for part in names)]
    if not chosen:
        raise InvalidInput(f"no benchmark is called {', '.join(names or ())}: there are {'; '.join(ROWS)}.")
    rows = []
    for name in chosen:
        if say is not None:
            say(name)
        rows.append(race(name, ROWS[name](scale), rounds))
    return rows


def main() -> None:
    """Run all rows at full size and print the table."""
    import sys

    def say(name: str) -> None:
        sys.stderr.write(f"measuring {name} …\n")

    rows = run(say=say)
    sys.stdout.write(
        f"{platform.processor() or platform.machine()}, {processors()} processors\n\n{format_table(rows)}\n"
    )
