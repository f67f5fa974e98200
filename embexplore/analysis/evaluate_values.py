"""What codecs cost a regression: measured values (biomass, backscatter, income) told from stored vectors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.analysis.evaluate import CODECS, METHODS, REFERENCE
from embexplore.analysis.judged_inputs import (
    RANDOM,
    checked_codecs,
    checked_groups,
    checked_lengths,
    checked_splits,
    checked_units,
    checked_whole,
)
from embexplore.core.accuracy import deal
from embexplore.core.codecs import Codec, make_codec
from embexplore.core.normalize import normalize
from embexplore.core.resample import Resamples, Weights
from embexplore.core.significance import Interval
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from pandas import DataFrame

PENALTIES = tuple(10.0**power for power in range(-4, 4))
"""Of the ridge regression: scikit-learn chooses one by leaving out each training point in turn."""

Values = NDArray[np.float64]
Method = Callable[[Values, Values, Values, int], Values]
"""`method(known (n, d), values (n,), asked (m, d), k)` gives values `(m,)`."""


def evaluate_values(
    vectors: ArrayLike,
    values: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    drawn: ArrayLike | None = None,
    codecs: Sequence[str | Codec] = CODECS,
    methods: Sequence[str] = METHODS,
    splits: Sequence[str] | None = None,
    k: int = 5,
    folds: int = 5,
    random_state: int | None = None,
) -> "DataFrame":
    """How well a measured value is told from vectors that a codec has stored: a row a codec, method and split.

    As `evaluate` does it for classes: points are dealt to folds, codecs are fitted on the folds learned from, and
    all that is known of any point is its code.

    Parameters
    ----------
    vectors : array of shape (n, d)
        Of pixels or patches, with data; scaled to unit length.
    values : array of shape (n,)
        Numbers in any unit.
    groups, drawn : array of shape (n,), optional
        What a spatial split holds out together, and what the bootstrap draws together, as in `evaluate`.
    codecs : sequence of str or Codec
    methods : sequence of {"knn", "linear"}
        `knn`: the mean of the `k` nearest by cosine. `linear`: ridge regression on decoded vectors. Both are
        scikit-learn's.
    splits : sequence of {"random", "spatial"}, optional
    k, folds : int
    random_state : int, optional
        Of folds, codecs and bootstrap; None is seed 0.

    Returns
    -------
    DataFrame
        `codec`, `method`, `split`, `bytes_per_pixel`, `side_bytes`; `r2`, the share of the variance that is told
        (1 is all, 0 what the mean of all points tells, less than 0 worse), `rmse` in the unit of the values, and
        `r2_lost`, float32's less this one's; each with its 95 % bootstrap interval `…_low` and `…_high`.

    Raises
    ------
    InvalidInput
        Lengths that differ, vectors without data, values that are no numbers or all the same, unknown names.

    Examples
    --------
    >>> import numpy as np, embexplore as ex
    >>> rng = np.random.default_rng(0)
    >>> vectors = rng.normal(size=(200, 8))
    >>> height = 10 * vectors[:, 0] / np.linalg.norm(vectors, axis=1)
    >>> table = ex.evaluate_values(vectors, height, codecs=["float32", "binary"], methods=["linear"])
    >>> table.r2.round(2).to_list()[0], bool(table.r2_lost_low[1] > 0)
    (1.0, True)
    """
    import pandas as pd

    units, truth = checked_units(vectors), _numbers(values)
    together = checked_groups(groups)
    sampled = together if drawn is None else checked_groups(drawn)
    checked_lengths(units, values=truth, groups=together, drawn=sampled)
    wrong = [method for method in methods if method not in PREDICTORS]
    if wrong or not methods:
        raise InvalidInput(f"methods={list(methods)}: choose one or more of {', '.join(PREDICTORS)}.")
    wanted = checked_codecs(codecs)
    each = np.arange(len(units))
    resamples = Resamples.of(each if sampled is None else sampled, random_state=random_state)
    settings = {"k": checked_whole("k", k, 1), "folds": checked_whole("folds", folds, 2), "random_state": random_state}
    rows: list[dict[str, Any]] = []
    for split in checked_splits(splits, together):
        blocks = each if split == RANDOM or together is None else together
        rows += _rows(units, truth, blocks, wanted, methods, settings, resamples, split)
    table = pd.DataFrame(rows)
    table.attrs = {"points": len(units), "k": k, "folds": folds}
    table.attrs["groups"] = None if together is None else len(np.unique(together))
    return table


def _rows(
    units: NDArray[np.float32],
    truth: Values,
    blocks: NDArray[np.integer],
    wanted: Sequence[Codec],
    methods: Sequence[str],
    settings: Mapping[str, Any],
    resamples: Resamples,
    split: str,
) -> Iterator[dict[str, Any]]:
    exact, fitted = _predicted(units, truth, blocks, make_codec(REFERENCE), methods, **settings)
    for codec in wanted:
        is_exact = codec.spec == REFERENCE
        told, own = (exact, fitted) if is_exact else _predicted(units, truth, blocks, codec, methods, **settings)
        for method in methods:
            row = {"codec": own.spec, "method": method, "split": split}
            row |= {"bytes_per_pixel": own.bytes_per_pixel(units.shape[1]), "side_bytes": own.side_bytes}
            for name, interval in _told(truth, told[method], exact[method], resamples).items():
                row |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
            yield row


def _predicted(
    units: NDArray[np.float32],
    truth: Values,
    blocks: NDArray[np.integer],
    codec: Codec,
    methods: Sequence[str],
    *,
    k: int,
    folds: int,
    random_state: int | None,
) -> tuple[dict[str, Values], Codec]:
    """Every point's value by method, from the points of other folds; and the codec as fitted in the last one."""
    fold = deal(blocks, folds, random_state)
    told = {method: np.empty(len(truth)) for method in methods}
    for number in range(int(fold.max()) + 1):
        learned, asked = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        codec = codec.fit(units[learned], random_state=random_state)
        known, unknown = (_decoded(codec, units[which]) for which in (learned, asked))
        for method in methods:
            told[method][asked] = PREDICTORS[method](known, truth[learned], unknown, k)
    return told, codec


def _decoded(codec: Codec, units: NDArray[np.float32]) -> Values:
    """Stored, read again and scaled to unit length; a code without direction says nothing, and becomes zeros."""
    decoded = normalize(codec.decode(codec.encode(units), codec.scales(units)))
    return np.nan_to_num(np.asarray(decoded, np.float64))


def _nearest(known: Values, values: Values, asked: Values, k: int) -> Values:
    from sklearn.neighbors import KNeighborsRegressor

    found = KNeighborsRegressor(min(k, len(known)), metric="cosine").fit(known, values).predict(asked)
    return np.asarray(found, np.float64)


def _ridge(known: Values, values: Values, asked: Values, _: int) -> Values:
    from sklearn.linear_model import RidgeCV

    return np.asarray(RidgeCV(PENALTIES).fit(known, values).predict(asked), np.float64)


PREDICTORS: Mapping[str, Method] = {"knn": _nearest, "linear": _ridge}
"""How values are told, by name."""


def _told(truth: Values, told: Values, exact: Values, resamples: Resamples) -> dict[str, Interval]:
    ours, theirs = (truth - told) ** 2, (truth - exact) ** 2

    def share(errors: Values, weights: Weights) -> float:
        mean = np.average(truth, weights=weights)
        varies = float(weights @ (truth - mean) ** 2)
        return 1 - float(weights @ errors) / varies if varies else float("nan")

    return {
        "r2": resamples.statistic(lambda w: share(ours, w)),
        "rmse": resamples.statistic(lambda w: float(np.sqrt(np.average(ours, weights=w)))),
        "r2_lost": resamples.statistic(lambda w: share(theirs, w) - share(ours, w)),
    }


def _numbers(values: ArrayLike) -> Values:
    """Values as numbers; refused where one is missing or all are the same."""
    try:
        given = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput("values are no numbers: classes are for `evaluate`.") from error
    if given.ndim != 1:
        raise InvalidInput(f"values have the shape {given.shape}: expected one for each vector.")
    missing = int((~np.isfinite(given)).sum())
    if missing:
        raise InvalidInput(f"{missing} of {len(given)} values are missing or infinite: leave these points out.")
    if not len(given) or np.ptp(given) == 0:
        raise InvalidInput(f"These {len(given)} values are all the same: there is nothing to tell.")
    return given
