"""What codecs cost in accuracy and save in bytes, measured on a cube's own pixels: a table."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from embexplore.analysis.holdout import hold_out
from embexplore.analysis.telling import METHODS
from embexplore.analysis.trial import Trial
from embexplore.analysis.weighing import Weigh
from embexplore.core.codecs import Codec, codec_names, make_codec
from embexplore.cube import schema
from embexplore.cube.pieces import tier_names
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

CODECS = ("float32", "int8", "int4", "int3", "int2", "binary", "pca+water4", "pca+water2", "pca+water1")
"""What is compared by default: plain rounding, and bits by variance along principal axes."""
ALL = "all"
Progress = Callable[[int, int, str], None]


def tradeoff(
    cube: xr.Dataset,
    codecs: Sequence[str | Codec] = CODECS,
    *,
    year: int | None = None,
    since: int | None = None,
    floor: float | None = None,
    changed: Any = None,
    labels: "GeoDataFrame | None" = None,
    methods: Sequence[str] = METHODS,
    recheck: int | None = None,
    queries: int = 200,
    k: int = 10,
    weigh: Weigh | None = None,
    progress: Progress | None = None,
    random_state: int | None = None,
) -> "DataFrame":
    """What codecs cost and save: a row each, measured on pixels that none of them was fitted on.

    The cube's pixels fall into blocks of 16 × 16. Codecs are fitted on every other block; queries and what they
    search are pixels of the other blocks. The truth is the exact cosine of the vectors as the cube stores them.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not; of large cubes 131 072 pixels of 64 random chunks.
    codecs : sequence of str or Codec, or "all"
        Names, chains such as `pca32+rotate+int4`, or codecs; each is fitted here. Not the cube's own. `"all"`:
        every registered one and those of the default that this cube can be stored in.
    year : int, optional
        Of the search; the latest by default.
    since : int, optional
        The earlier year of the change map; the cube's first by default.
    floor : float, optional
        Change that counts; by default the noise floor between both years.
    changed : area, optional
        Ground that truly changed between both years, as `clip` takes areas.
    labels : GeoDataFrame, optional
        Points of known classes, as `fit_classifier` takes them; those in tested blocks are used.
    methods : sequence of {"knn", "linear"}
        How classes are told; see `evaluate`.
    recheck : int, optional
        A further row for each codec at most a quarter as large as the finer codes: its best so many, ranked again
        with those. The finer codes are the cube's own, or `int8` where the cube holds float32.
    queries : int
        Pixels that are searched for.
    k : int
        How many nearest count.
    weigh : callable, optional
        Writes a cube and gives its bytes, as `ex.written_bytes` does; it is given the year in each codec.
    progress : callable, optional
        `progress(done, total, what)`.
    random_state : int, optional
        Of the pixels and the resampling; None is seed 0.

    Returns
    -------
    DataFrame
        Sizes: `codec`; `bytes_per_pixel` stored, `bytes_scanned_per_pixel` by a search, `side_bytes` once a cube,
        `bytes_on_disk` as `weigh` says. Search: `recall_at_10` (or at `k`) in [0, 1]; `score_error`, mean absolute error
        of the cosine; `change_flipped`, the share of pixels whose change crosses the floor on one side only; then what
        `distortion` and, with labels, `telling` add. Each with `…_low` and `…_high`, the 95 % bootstrap interval over
        blocks. Speed on this machine: `search_speed`, times as fast as int8; `queries_per_second` of 512² pixels;
        `encode_seconds` of as many; `fit_seconds`. `is_best`: no other row finds as much with as few bytes. NaN where
        something cannot be told. `attrs` say years, floor, pixels, what `shuffled` labels give, and `left_out`: why
        a codec of `"all"` has no row.

    Raises
    ------
    InvalidInput
        A codec is unknown, or is the one the cube is stored in: compared with itself it would look perfect;
        or there are too few pixels.

    Examples
    --------
    >>> import embexplore as ex
    >>> table = ex.null_island().emb.tradeoff(["float32", "int4", "binary"], year=2024, random_state=0)
    >>> table.recall_at_10[0].item(), table.recall_at_10.is_monotonic_decreasing
    (1.0, True)
    """
    wanted, left_out = _wanted(cube, codecs)
    say, steps = progress or _silent, len(wanted) + 1 + (labels is not None)
    say(0, steps, "reading pixels")
    truth = {"changed": changed, "floor": floor}
    held = hold_out(cube, year=year, since=since, queries=queries, k=k, random_state=random_state, **truth)
    trial = Trial(cube, held, recheck=recheck, weigh=weigh, random_state=random_state)
    for number, codec in enumerate(wanted, 1):
        say(number, steps, codec.spec)
        try:
            trial.measure(codec)
        except InvalidInput as error:
            if codecs != ALL:
                raise
            left_out[codec.spec] = str(error)
    if labels is not None:
        say(steps - 1, steps, "telling classes")
    names = [codec.spec for codec in wanted if codec.spec in trial]
    table = trial.table(names, labels=labels, methods=methods)
    table.attrs["left_out"] = left_out
    say(steps, steps, "done")
    return table


def _silent(done: int, total: int, what: str) -> None:
    """Nobody watches."""


def _wanted(cube: xr.Dataset, codecs: Sequence[str | Codec]) -> tuple[list[Codec], dict[str, str]]:
    """The codecs to fit; of all, those that say something, and why the others do not."""
    if codecs != ALL:
        given = [codecs] if isinstance(codecs, str) else codecs
        wanted = [make_codec(codec) if isinstance(codec, str) else codec for codec in given]
        _refuse(cube, wanted)
        return wanted, {}
    own = judges(cube)
    made = {codec.spec: codec for codec in map(make_codec, dict.fromkeys([*CODECS, *codec_names()]))}
    left_out = {name: "the cube is stored in it" for name in made if name in own}
    return [codec for name, codec in made.items() if name not in own], left_out


def judges(cube: xr.Dataset) -> set[str]:
    """What cannot be judged on this cube, since the truth is told by it: the finest tier, and bits where they are alone."""
    if schema.ATTRS not in cube.attrs:
        return set()  # `hold_out` says that it is no cube
    names = {variable: entry["name"] for variable, entry in cube.attrs[schema.ATTRS]["codecs"].items()}
    if schema.PRECISION in cube.variables and not (cube[schema.PRECISION].values == schema.BITS_ONLY).any():
        names = {variable: name for variable, name in names.items() if variable in tier_names(cube, "best")[:1]}
    return set(names.values()) - {"float32"}


def _refuse(cube: xr.Dataset, codecs: Sequence[Codec]) -> None:
    """Refuse what the cube is stored in: a code compared with itself is perfect, and says nothing."""
    names = [codec.spec for codec in codecs]
    same = [name for name in names if name in judges(cube)]
    if same:
        raise InvalidInput(
            f"codec {same[0]!r} is what this cube is stored in: compared with itself it loses nothing. "
            "Compare others, on the cube that they were made from."
        )
    twice = {name for name in names if names.count(name) > 1}
    if twice or not names:
        raise InvalidInput(f"codecs={names}: expected one or more, each once.")
