"""The code of Compression: both codes, their maps, the best places, and the table of what codecs cost."""

from typing import TYPE_CHECKING

from embexplore.ui.code import call, in_python
from embexplore.ui.ground import fit_code

if TYPE_CHECKING:
    from embexplore.ui.modes.compression import Compression


def preparation(mode: "Compression", whole: str) -> list[str]:
    """What is searched for, and both codes, fitted on the whole cube."""
    first = mode.explorer.similar if mode.question == "search" else mode.explorer.change
    codes = [
        f"{side} = {whole}"
        if name == mode.book.own
        else f"{side} = {call(f'{whole}.emb.encode', in_python(name), random_state=0)}"
        for side, name in (("left", mode.left), ("right", mode.right))
    ]
    return [*(first.preparation(whole) if mode.is_asked else []), *codes]


def code(mode: "Compression", cube: str, whole: str) -> list[str]:
    """Both maps, the best places, and the table of what codecs cost."""
    if not mode.is_asked:
        return [f"shown = {call(f'{cube}.emb.pca_rgb', fit_code(mode.explorer, whole), year=mode.explorer.year)}"]
    clip = "" if cube == whole else ".emb.clip(area)"
    maps = [f"{side}_map = {side}{clip}.emb.{_asking(mode)}.compute()" for side in ("left", "right")]
    names = [name for name in dict.fromkeys([mode.left, mode.right]) if name != mode.book.own]
    table = call(
        f"{cube}.emb.tradeoff", in_python(names), year=mode.explorer.year, queries=mode.queries, random_state=0
    )
    shown = {"left": "left_map", "difference": "right_map - left_map"}.get(mode.picture, "right_map")
    return [*maps, *_places(mode, cube), *([f"table = {table}"] if names else []), f"shown = {shown}"]


def _asking(mode: "Compression") -> str:
    similar = mode.explorer.similar
    if mode.question == "change":
        return f"change{mode.explorer.change.span}"
    unlike = ["negatives=unlike"] if similar.negatives else []
    return call("search", "like", *unlike, combine=similar.combine, year=mode.explorer.year)


def _places(mode: "Compression", cube: str) -> list[str]:
    best = call(f"{cube}.emb.top", "left_map", k=mode.matches, min_distance=mode.spacing)
    if not mode.recheck:
        return [
            f"hits = {best}",
            f"kept = {call(f'{cube}.emb.kept', 'hits', 'right_map', min_distance=mode.spacing)}",
        ]
    exact = [] if mode.left == mode.book.own else [f"exact = {cube}.emb.{_asking(mode)}.compute()"]
    name = "exact" if exact else "left_map"
    options = {"min_distance": mode.spacing, "recheck": mode.recheck}
    return [
        *exact,
        f"hits = {best}",
        f"kept = {call(f'{cube}.emb.kept', 'hits', 'right_map', f'exact={name}', **options)}",
    ]
