"""What is given to be judged: vectors, groups, codecs and splits, checked, and said what is wrong with them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.core.codecs import Codec, make_codec
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

RANDOM, SPATIAL = "random", "spatial"


def checked_units(vectors: ArrayLike) -> NDArray[np.float32]:
    """Unit vectors `(n, d)`; InvalidInput where one has no data or no direction."""
    try:
        given: NDArray[np.float32] = np.asarray(vectors, np.float32)
    except (TypeError, ValueError):
        given = np.empty((), np.float32)
    if given.ndim != 2 or not given.size:
        raise InvalidInput(f"vectors have the shape {given.shape}: expected (points, bands).")
    units = normalize(given)
    empty = np.flatnonzero(~np.isfinite(units[:, 0]))
    if len(empty):
        raise InvalidInput(
            f"{len(empty)} of {len(units)} vectors, the first at {empty[0]}, have no data or no direction "
            "(NaN, infinite or all 0): leave these points out."
        )
    return units


def checked_groups(groups: ArrayLike | None) -> NDArray[np.int64] | None:
    """Groups of any kind as numbers."""
    if groups is None:
        return None
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in np.asarray(groups).tolist()], np.int64)


def checked_codecs(codecs: Sequence[str | Codec]) -> list[Codec]:
    """Unfitted codecs by name, each once."""
    made = [make_codec(codec) if isinstance(codec, str) else codec for codec in codecs]
    names = [codec.spec for codec in made]
    if not names or len(set(names)) < len(names):
        raise InvalidInput(f"codecs={names}: expected one or more, each once.")
    return made


def checked_splits(splits: Sequence[str] | None, groups: NDArray[np.integer] | None) -> Sequence[str]:
    """Splits that there is something for; None: all of them."""
    if splits is None:
        return (RANDOM,) if groups is None else (RANDOM, SPATIAL)
    wrong = [split for split in splits if split not in (RANDOM, SPATIAL)]
    if wrong or not splits:
        raise InvalidInput(f"splits={list(splits)}: choose {RANDOM}, {SPATIAL} or both.")
    if SPATIAL in splits and groups is None:
        raise InvalidInput(
            "A spatial split holds whole groups out: give `groups`, such as spatial_groups(points, 5000)."
        )
    return splits


def checked_whole(name: str, value: int, least: int) -> int:
    """A whole number of at least `least`."""
    if value != int(value) or value < least:
        raise InvalidInput(f"{name}={value}: expected a whole number from {least}.")
    return int(value)


def checked_lengths(units: NDArray[np.float32], **given: Sequence[object] | NDArray[np.generic] | None) -> None:
    """Refuse what has not one entry for each vector."""
    for what, each in given.items():
        if each is not None and len(each) != len(units):
            raise InvalidInput(f"{len(units)} vectors and {len(each)} {what}: expected one of each.")
