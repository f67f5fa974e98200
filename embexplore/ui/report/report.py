"""What codecs cost on one cube, ready to be kept: the same rows and facts as a page, as JSON and as CSV."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from embexplore.analysis.costs import PRICE
from embexplore.analysis.trial import own_codec, stored_bytes
from embexplore.cube.build import crs_of, grid_of, provenance_of
from embexplore.cube.pieces import dimension_of
from embexplore.ui.report.page import page

if TYPE_CHECKING:
    from pandas import DataFrame

    from embexplore.core.dimension import Dimension

PACKAGES = ("embexplore", "numpy", "scikit-learn", "zarr")
"""Their versions stand in every report."""


@dataclass(frozen=True, eq=False)
class Report:
    """A measured trade-off and what it was measured on.

    Attributes
    ----------
    table : DataFrame
        Of `tradeoff`.
    shape : Dimension
        Of the same cube.
    about : dict
        What was measured on what, as plain JSON.
    """

    table: "DataFrame"
    shape: "Dimension"
    about: dict[str, Any]

    @classmethod
    def of(
        cls,
        cube: xr.Dataset,
        table: "DataFrame",
        *,
        name: str,
        given: Mapping[str, str | None] | None = None,
        price: float = PRICE,
        random_state: int = 0,
    ) -> "Report":
        """Of a cube, clipped or not, and its table.

        Parameters
        ----------
        cube : Dataset
        table : DataFrame
            With the `attrs` of `tradeoff`.
        name : str
            Path, address or title of the cube.
        given : mapping of str, optional
            What `aoi`, `labels` and `changed` were, in words or as paths.
        price : float
            Of a gigabyte and month.
        random_state : int
            What the table was measured with.
        """
        shape = cube.emb.dimension(year=table.attrs["year"], random_state=random_state)
        about = _about(cube, name) | dict(given or {}) | table.attrs
        return cls(table, shape, about | {"random_state": random_state, "price": price})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as dicts; NaN where something cannot be told."""
        return [{str(name): value for name, value in row.items()} for row in self.table.to_dict("records")]

    def html(self) -> str:
        """One page that stands alone."""
        return page(self.rows, self.about, self.shape)

    def json(self) -> str:
        """`{"rows": […], "about": {…}, "dimension": {…}}`; what cannot be told is null."""
        names = ("two_nn", "likelihood", "local_pca", "effective", "points")
        shape = {name: getattr(self.shape, name) for name in names} | {"spectrum": self.shape.spectrum.tolist()}
        everything = plain({"rows": self.rows, "about": self.about, "dimension": shape})
        return json.dumps(everything, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def csv(self) -> str:
        """The table alone."""
        return self.table.to_csv(index=False)


def plain(value: Any) -> Any:
    """JSON's own types: NaN and infinity are null, numpy's numbers Python's."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _about(cube: xr.Dataset, name: str) -> dict[str, Any]:
    from importlib.metadata import version

    grid = grid_of(cube)
    return {
        "cube": name,
        **provenance_of(cube).to_dict(),
        "codec": own_codec(cube),
        "stored_bytes_per_pixel": stored_bytes(cube),
        "dimensions": dimension_of(cube),
        "crs": crs_of(cube),
        "shape": list(grid.shape),
        "resolution": list(grid.meters),
        "bbox": [round(edge, 6) for edge in grid.bbox],
        "versions": {package: version(package) for package in PACKAGES},
    }
