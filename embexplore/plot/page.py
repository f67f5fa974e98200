"""One page of a cube: places alike, change, and colors, each with the words and the Python that belong to it."""

from pathlib import Path

import numpy as np
import xarray as xr

from embexplore.cube.build import grid_of, provenance_of
from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import describe_years, resolve_year, years_of
from embexplore.io.export.stamp import stamp
from embexplore.io.export.whole import whole_file
from embexplore.plot.html import document
from embexplore.plot.panels import panels_of

OUT, PLACE = Path("out/null-island.html"), "Solar farm"
"""What `main` writes, and the place of the island that it looks for."""


def write_page(
    cube: xr.Dataset,
    out: Path | str,
    *,
    lon: float | None = None,
    lat: float | None = None,
    place: str = "",
    year: int | None = None,
    title: str = "",
    opened_by: str = 'cube = ex.open_cube("cube.zarr")',
    overwrite: bool = True,
) -> Path:
    """Write a self-contained HTML page with the maps of a cube; it opens offline and follows the reader's light or dark.

    Parameters
    ----------
    lon, lat : float, optional
        The place whose likes are searched; by default the pixel with data nearest to the center.
    place : str
        What the place is called.
    year : int, optional
        Of the similarity map and the colors; the latest by default.
    title : str
        By default the model's name. All text is escaped.
    opened_by : str
        The line of Python that opens this cube, shown to the reader.

    Raises
    ------
    OutOfBounds, NoData
        If the place has no vector.
    """
    year = resolve_year(cube, year)
    grid, provenance = grid_of(cube), provenance_of(cube)
    if lon is None or lat is None:
        lon, lat = _middle(cube, year)
    panels = panels_of(cube, lon=lon, lat=lat, year=year, place=place)
    page = document(
        panels,
        title=title or provenance.model,
        facts=[
            f"{dimension_of(cube)} dimensions",
            f"{grid.resolution[0]:g} {'°' if grid.is_geographic else 'm'}",
            describe_years(sorted(years_of(cube))),
            f"{grid.shape[1]} × {grid.shape[0]} pixels",
        ],
        grid=grid,
        opened_by=opened_by,
        provenance=stamp(cube, description=title),
    )
    with whole_file(out, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return Path(out)


def _middle(cube: xr.Dataset, year: int) -> tuple[float, float]:
    """The pixel with data that is nearest to the center."""
    pca = cube.emb.fit_pca(3, years=[year], random_state=0)
    rows, columns = np.nonzero(cube.emb.pca_rgb(pca, year=year).values.any(axis=-1))
    grid = grid_of(cube)
    nearest = int(np.argmin((rows - grid.shape[0] / 2) ** 2 + (columns - grid.shape[1] / 2) ** 2))
    lon, lat = grid.lonlat(grid.x[columns[nearest]], grid.y[rows[nearest]])
    return round(float(lon), 5), round(float(lat), 5)  # to a meter, as it is shown


def main() -> None:
    """Make Null Island's page below the current folder and say where it is: what `make explore` runs."""
    from embexplore.io.demo import null_island, null_island_truth

    places = null_island_truth().places.set_index("name")
    lon, lat = (round(float(places.loc[PLACE, axis]), 4) for axis in ("lon", "lat"))
    opened_by = "cube = ex.null_island()"
    OUT.parent.mkdir(exist_ok=True)
    path = write_page(
        null_island(), OUT, lon=lon, lat=lat, place=f"the {PLACE.lower()}", title="Null Island", opened_by=opened_by
    )
    print(f"{path.resolve()}\nOpen it in a browser: places alike, change 2017–2024 and colors of a fictional island.")  # noqa: T201  # what it is for


if __name__ == "__main__":
    main()
