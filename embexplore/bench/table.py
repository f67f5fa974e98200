"""The benchmark table as text: a line a row and goal."""

from collections.abc import Sequence

from embexplore.bench.contest import Row

HEADER = ("work", "ours", "limit", "peers", "speed-up", "target", "met")


def format_table(rows: Sequence[Row]) -> str:
    """The rows as aligned columns of plain text.

    `limit` is the time to read the input once (for encode: to copy it); `speed-up` is how many times
    as long each peer takes.
    """
    lines = [HEADER]
    for row in rows:
        peers = ", ".join(f"{name} {_milliseconds(seconds)}" for name, seconds in row.peers.items())
        ratios = ", ".join(f"{seconds / row.ours:.1f}×" for seconds in row.peers.values())
        limit = "–" if row.limit is None else f"{_milliseconds(row.limit)} ({row.limit / row.ours:.0%})"
        first = (row.name, _milliseconds(row.ours), limit, peers or "–", ratios or "–")
        for goal, reached in zip(row.goals, row.reached, strict=True):
            met = "–" if reached is None else "yes" if reached >= 1 else f"no ({reached:.0%})"
            lines.append((*first, str(goal), met))
            first = ("", "", "", "", "")
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(text)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
