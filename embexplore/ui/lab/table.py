"""The table of the lab, a row a codec, to be sorted by any column."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = {
    "bytes_per_pixel": ("stored, bytes", 0),
    "bytes_scanned_per_pixel": ("read, bytes", 0),
    "recall": ("recall", 3),
    "recall_low": ("from", 3),
    "recall_high": ("to", 3),
    "score_error": ("cosine error", 4),
    "change_flipped": ("flipped, %", 2),
    "rank_correlation": ("order of all", 4),
    "knn_accuracy": ("neighbors", 3),
    "knn_worst_class": ("worst class", None),
    "knn_worst_f1": ("its F1", 2),
    "linear_accuracy": ("linear probe", 3),
    "bytes_on_disk": ("on disk, MB", 2),
    "queries_per_second": ("queries/s", 0),
}
"""The title of each column and its digits; a column without any value is left out."""


def table_of(rows: Sequence[dict[str, Any]], k: int) -> "DataFrame":
    """What was measured, as numbers under short titles."""
    import pandas as pd

    found = pd.DataFrame(rows)
    found = found.rename(columns={f"recall_at_{k}{end}": f"recall{end}" for end in ("", "_low", "_high")})
    found["change_flipped"] *= 100
    found["bytes_on_disk"] /= 1e6
    kept = [name for name in COLUMNS if name in found and found[name].notna().any()]
    return found[["codec", *kept]].rename(columns={name: COLUMNS[name][0] for name in kept})


def formatters() -> dict[str, Any]:
    """How each title's numbers are written."""
    from bokeh.models.widgets.tables import NumberFormatter

    formats = {title: _format(digits) for title, digits in COLUMNS.values() if digits is not None}
    return {title: NumberFormatter(format=each, nan_format="–", text_align="right") for title, each in formats.items()}


def _format(digits: int) -> str:
    return "0" if not digits else f"0.{'0' * digits}"
