"""What a page of maps says about a cube: three panels, each an answer in words with its picture.

Every array comes from the accessor, by the very calls that the panel shows as its Python cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

import embexplore.accessor  # noqa: F401  # registers `.emb`
from embexplore.core.noise import usual_noise
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.plot import colormaps

if TYPE_CHECKING:
    from shapely import Point

KEPT = 0.1
"""Share of pixels that the similarity panel colors: the most alike tenth."""
APART = 150
"""Meters between marked places, as in the Explorer."""
SHARPEST = 768
"""Pixels of a picture's longer side; a larger map is drawn from every n-th pixel."""

RGB = NDArray[np.uint8]


class Hit(Protocol):
    """A row of what `top` gives."""

    x: float
    y: float
    geometry: "Point"


@dataclass(frozen=True)
class Mark:
    """A marked pixel: its place in percent of the picture's width and height, and what is written on it.

    `kind` is `pin` (an example, round), `dot` (a match) or `tag` (a numbered place, square).
    """

    kind: str
    left: float
    top: float
    title: str
    label: str = ""


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
    heading: str
    rows: Sequence[tuple[str, str, str]]
    marks: Sequence[Mark] = ()


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


def percent(share: float, digits: int = 0) -> str:
    """A share in words, its sign kept on the line: `6.5 %`."""
    return f"{100 * share:.{digits}f}\u00a0%"


def ground_area(grid: Grid, pixels: int) -> str:
    """The area of a number of pixels in words, `""` for a grid in degrees, whose pixels differ."""
    if grid.is_geographic:
        return ""
    hectares = pixels * grid.resolution[0] * grid.resolution[1] / 10_000
    return f"{hectares / 100:.2f} km²" if hectares >= 100 else f"{hectares:.1f} ha"


def _similar(cube: xr.Dataset, rgb: RGB, *, lon: float, lat: float, year: int, place: str) -> Panel:
    query = cube.emb.at(lon=lon, lat=lat, year=year)
    score = cube.emb.search(query, year=year).compute()
    values, grid = score.values, grid_of(score)
    least = float(np.nanquantile(values, 1 - KEPT))
    hits = cube.emb.top(score, k=11, min_distance=APART).iloc[1:]
    hits = hits[hits["similarity"] >= least]
    kept, data = values >= least, np.isfinite(values)
    area = ground_area(grid, int(kept.sum()))
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
            f"The most alike tenth of the area is colored{f': {area}' if area else ''}. "
            f"① is {f'{place}, ' if place else ''}{degrees(lon, lat)}."
        ),
        heading=f"Best matches, {APART} m apart",
        rows=[(str(n), f"{hit.similarity:.3f}", _where(hit)) for n, hit in enumerate(hits.itertuples(), start=1)][:5],
        marks=[
            *(_mark("dot", grid, hit, f"{hit.similarity:.3f} alike") for hit in hits.itertuples()),
            _pin(grid, lon, lat),
        ],
        code=(
            f"query = cube.emb.at(\n    lon={lon}, lat={lat}, year={year})\n"
            f"score = cube.emb.search(query, year={year})\n"
            f"hits = cube.emb.top(\n    score, k=11, min_distance={APART})"
        ),
    )


def _change(cube: xr.Dataset, rgb: RGB) -> Panel:
    years = cube["time"].values
    first, last = int(years.min()), int(years.max())
    change = cube.emb.change(first, last).compute()
    values, grid = change.values, grid_of(change)
    floor, most = usual_noise(values), float(np.nanquantile(values, 0.998))
    kept, data = values > floor, np.isfinite(values)
    hits = cube.emb.top(change, k=5, min_distance=2 * APART)
    area = ground_area(grid, int(kept.sum()))
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
            f"{percent(kept.sum() / max(data.sum(), 1), 1)} of the area{f', {area},' if area else ''} "
            f"changed more than most ground does ({floor:.3f})."
        ),
        heading=f"Largest changes, {2 * APART} m apart",
        rows=[(str(hit.rank), f"{hit.change:.3f}", _where(hit)) for hit in hits.itertuples()],
        marks=[_mark("tag", grid, hit, f"{hit.change:.3f}", str(hit.rank)) for hit in hits.itertuples()],
        code=(
            f"change = cube.emb.change({first}, {last})\n"
            f"places = cube.emb.top(\n    change, k=5, min_distance={2 * APART})"
        ),
    )


def _colors(rgb: RGB, ratios: NDArray[np.floating], year: int) -> Panel:
    data = rgb.any(axis=-1)
    picture = _thinned(np.dstack([rgb, np.where(data, 255, 0).astype(np.uint8)]))
    rows = [
        (str(n), percent(ratio, 1), name)
        for n, (name, ratio) in enumerate(zip(("red", "green", "blue"), ratios, strict=False), start=1)
    ]
    return Panel(
        name="Colors",
        sentence=f"{year} colored by its first 3 directions, fitted on the cube",
        light=picture,
        dark=picture,
        legend=Legend(f"The embedding, {year}", "alike colors, alike places"),
        finding=f"Three directions hold {percent(ratios.sum())} of the differences between pixels.",
        heading="What each direction holds",
        rows=rows,
        code=f"pca = cube.emb.fit_pca(3, random_state=0)\nrgb = cube.emb.pca_rgb(pca, year={year})",
    )


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


def _where(hit: Hit) -> str:
    return degrees(hit.geometry.x, hit.geometry.y)


def _mark(kind: str, grid: Grid, hit: Hit, title: str, label: str = "") -> Mark:
    left, bottom, right, top = grid.bounds
    return Mark(kind, 100 * (hit.x - left) / (right - left), 100 * (top - hit.y) / (top - bottom), title, label)


def _pin(grid: Grid, lon: float, lat: float) -> Mark:
    (row, column), (rows, columns) = grid.pixel(lon, lat), grid.shape
    return Mark("pin", 100 * (column + 0.5) / columns, 100 * (row + 0.5) / rows, degrees(lon, lat), "1")
