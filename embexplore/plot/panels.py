"""What a page of maps says about a cube: three panels, each an answer in words with its picture.

Every array comes from the accessor, by the very calls that the panel shows as its Python cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import embexplore.accessor  # noqa: F401  # registers `.emb`
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.plot import colormaps

KEPT = 0.1
"""Share of pixels that the similarity panel colors: the most alike tenth."""
APART = 150
"""Meters between marked places, as in the Explorer."""
SHARPEST = 768
"""Pixels of a picture's longer side; a larger map is drawn from every n-th pixel."""

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Mark:
    """A marked pixel: its place in percent of the picture's width and height, and what is written on it."""

    left: float
    top: float
    label: str = ""
    title: str = ""


@dataclass(frozen=True)
class Legend:
    """A legend in words. `ramp` and `ramp_dark` are color tables (n, 3), or None where colors have no order."""

    title: str
    note: str
    ramp: RGB | None = None
    ramp_dark: RGB | None = None
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Panel:
    """One map with everything that is said about it. Pictures are uint8 (rows, columns, 4), alpha 0 for no data."""

    name: str
    sentence: str
    light: RGB
    dark: RGB
    legend: Legend
    finding: str
    code: str
    marks: Sequence[Mark] = ()
    places: Sequence[tuple[str, str]] = ()


def panels_of(cube: xr.Dataset, *, lon: float, lat: float, year: int, place: str = "") -> list[Panel]:
    """Similarity to a place, change from the first year to the last (where there are two), and PCA colors."""
    pca = cube.emb.fit_pca(3, random_state=0)
    rgb = cube.emb.pca_rgb(pca, year=year).compute()
    panels = [_similar(cube, rgb.values, lon=lon, lat=lat, year=year, place=place)]
    if cube.sizes["time"] > 1:
        panels.append(_change(cube, rgb.values))
    return [*panels, _colors(rgb.values, np.asarray(pca.explained_variance_ratio_), year)]


def degrees(lon: float, lat: float) -> str:
    """A place as readers write it: `0.1200° E 0.1100° N`."""
    return f"{abs(lon):.4f}° {'E' if lon >= 0 else 'W'} {abs(lat):.4f}° {'N' if lat >= 0 else 'S'}"


def ground_area(grid: Grid, pixels: int) -> str:
    """The area of a number of pixels in words, `""` for a grid in degrees, whose pixels differ."""
    if grid.is_geographic:
        return ""
    hectares = pixels * grid.resolution[0] * grid.resolution[1] / 10_000
    return f": {hectares / 100:.2f} km²" if hectares >= 100 else f": {hectares:.1f} ha"


def _similar(cube: xr.Dataset, rgb: RGB, *, lon: float, lat: float, year: int, place: str) -> Panel:
    query = cube.emb.at(lon=lon, lat=lat, year=year)
    score = cube.emb.search(query, year=year).compute()
    hits = cube.emb.top(score, k=11, min_distance=APART).iloc[1:]
    values, grid = score.values, grid_of(score)
    least = float(np.nanquantile(values, 1 - KEPT))
    kept = values >= least
    data = np.isfinite(values)
    share = kept.sum() / max(data.sum(), 1)
    row, column = grid.pixel(lon, lat)
    where = f"{place}, " if place else ""
    return Panel(
        name="Similar",
        sentence=f"Places like ① in {year}, at least {least:.2f} alike",
        light=_drawn(values, kept, data, rgb, colormaps.SIMILARITY, colormaps.GROUND, (least, 1.0)),
        dark=_drawn(values, kept, data, rgb, colormaps.SIMILARITY_DARK, colormaps.GROUND_DARK, (least, 1.0)),
        legend=Legend(
            f"How alike, {year}",
            f"gray: less alike than {least:.2f}",
            colormaps.SIMILARITY,
            colormaps.SIMILARITY_DARK,
            f"{least:.2f} alike",
            "1.00 the same",
        ),
        finding=(
            f"{share:.0%} of the area is at least {least:.2f} alike{ground_area(grid, int(kept.sum()))}. "
            f"① is {where}{degrees(lon, lat)}; the {len(hits)} best other places, {APART} m apart, are dots."
        ),
        marks=[
            *(
                _mark(grid, *grid.pixel(hit.geometry.x, hit.geometry.y), "", f"{hit.similarity:.3f}")
                for hit in hits.itertuples()
            ),
            _mark(grid, row, column, "1", degrees(lon, lat)),
        ],
        code=(
            f"query = cube.emb.at(lon={lon:.6g}, lat={lat:.6g}, year={year})\n"
            f"score = cube.emb.search(query, year={year})\n"
            f"hits  = cube.emb.top(score, k=11, min_distance={APART})"
        ),
    )


def _change(cube: xr.Dataset, rgb: RGB) -> Panel:
    years = cube["time"].values
    first, last = int(years.min()), int(years.max())
    change = cube.emb.change(first, last).compute()
    values, grid = change.values, grid_of(change)
    floor, most = usual_noise(values), float(np.nanquantile(values, 0.998))
    data = np.isfinite(values)
    kept = values > floor
    hits = cube.emb.top(change, k=5, min_distance=2 * APART)
    ramp = colormaps.CHANGE
    return Panel(
        name="Change",
        sentence=f"What changed from {first} to {last}, beyond the usual noise",
        light=_drawn(values, kept, data, rgb, ramp, colormaps.GROUND, (floor, most)),
        dark=_drawn(values, kept, data, rgb, ramp, colormaps.GROUND_DARK, (floor, most)),
        legend=Legend(
            f"How much changed, {first} → {last}",
            "gray: within the usual noise",
            ramp,
            ramp,
            f"{floor:.2f} a little",
            f"{most:.2f} a different place",
        ),
        finding=(
            f"{kept.sum() / max(data.sum(), 1):.1%} of the area changed more than ground usually does "
            f"({floor:.3f}){ground_area(grid, int(kept.sum()))}. The largest changes are numbered."
        ),
        marks=[
            _mark(grid, *grid.pixel(hit.geometry.x, hit.geometry.y), str(hit.rank), f"{hit.change:.2f}")
            for hit in hits.itertuples()
        ],
        places=[(f"{hit.change:.2f}", degrees(hit.geometry.x, hit.geometry.y)) for hit in hits.itertuples()],
        code=f"change = cube.emb.change({first}, {last})\nplaces = cube.emb.top(change, k=5, min_distance={2 * APART})",
    )


def _colors(rgb: RGB, ratios: NDArray[np.floating], year: int) -> Panel:
    data = rgb.any(axis=-1)
    parts = ", ".join(f"{name} {ratio:.0%}" for name, ratio in zip(("red", "green", "blue"), ratios, strict=False))
    picture = _thinned(np.dstack([rgb, np.where(data, 255, 0).astype(np.uint8)]))
    return Panel(
        name="Colors",
        sentence=f"{year} colored by its first 3 directions, fitted on the cube",
        light=picture,
        dark=picture,
        legend=Legend(f"The embedding, {year}", "alike colors, alike places"),
        finding=f"Three directions hold {ratios.sum():.0%} of the differences between pixels: {parts}.",
        code=f"pca = cube.emb.fit_pca(3, random_state=0)\nrgb = cube.emb.pca_rgb(pca, year={year})",
    )


def usual_noise(change: NDArray[np.floating]) -> float:
    """What change most ground stays below: the median plus three robust standard deviations.

    The median and the median absolute deviation describe the ground that did not change as long as it is
    more than half of the area (Rousseeuw and Croux 1993, doi:10.1080/01621459.1993.10476408).
    """
    middle = float(np.nanmedian(change))
    return middle + 3 * 1.4826 * float(np.nanmedian(np.abs(change - middle)))


def _drawn(
    values: NDArray[np.floating],
    kept: NDArray[np.bool_],
    data: NDArray[np.bool_],
    rgb: RGB,
    ramp: RGB,
    grays: tuple[int, int],
    limits: tuple[float, float],
) -> RGB:
    """Kept pixels in the ramp's colors, the others as gray ground, no data transparent."""
    colored = colormaps.shade(values, ramp, low=limits[0], high=limits[1])
    picture = np.where(kept[..., None], colored, colormaps.ground(rgb, grays))
    return _thinned(np.dstack([picture, np.where(data, 255, 0)]).astype(np.uint8))


def _thinned(picture: RGB) -> RGB:
    step = -(-max(picture.shape[:2]) // SHARPEST)
    return picture[::step, ::step]


def _mark(grid: Grid, row: int, column: int, label: str, title: str) -> Mark:
    rows, columns = grid.shape
    return Mark(100 * (column + 0.5) / columns, 100 * (row + 0.5) / rows, label, title)
