"""The code of Change: the noise floor, the change above it, when it was largest, and its regions."""

from typing import TYPE_CHECKING

from embexplore.ui.code import call, in_python
from embexplore.ui.ground import fit_code

if TYPE_CHECKING:
    from embexplore.ui.modes.change import Change


def preparation(mode: "Change", whole: str) -> list[str]:
    """The noise floor, told from the whole cube."""
    keywords = {} if mode.percentile == type(mode).percentile else {"percentile": mode.percentile}
    keywords |= {} if mode.stable is None else {"stable": mode.stable}
    return [f"noise = {call(f'{whole}.emb.noise_floor', *map(str, mode.span), **keywords)}"]


def code(mode: "Change", cube: str, whole: str) -> list[str]:
    """The change, when it was largest, what is above the noise, and its regions."""
    first, second = mode.span
    between = [year for year in sorted(mode.explorer.cube.emb.years) if first <= year <= second]
    all_years = len(between) == len(mode.explorer.cube.emb.years)
    years = cube if all_years else f"{cube}.sel(time={in_python(between)})"
    floor = "round(noise.floor, 3)" if mode.threshold is None else in_python(mode.threshold)
    lines = [
        f"change = {cube}.emb.change({first}, {second}).compute()",
        f"year = {years}.emb.largest_change().year.compute()",
        f"floor = {floor}",
        *([] if mode.when is None else [f"change = change.where(year == {mode.when})"]),
        f"regions = {call(f'{whole}.emb.change_regions', 'change', 'floor=floor', **mode.counts())}",
    ]
    if mode.picture == "year":
        return [*lines, "year = year.where(change > floor)"]
    if mode.picture not in ("swipe", "side"):
        return lines
    colors = [f"{name} = {cube}.emb.pca_rgb(pca, year={y}).compute()" for name, y in
              (("before", first), ("after", second))]  # fmt: skip
    return [*lines, f"pca = {fit_code(mode.explorer, whole)}", *colors]
