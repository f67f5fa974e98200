"""What codecs cost a classification: labeled vectors stored, read again and told apart, with intervals."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.analysis.judged_inputs import (
    RANDOM,
    checked_codecs,
    checked_groups,
    checked_lengths,
    checked_splits,
    checked_units,
    checked_whole,
)
from embexplore.analysis.judging import judged, known_methods
from embexplore.core.codecs import Codec, make_codec
from embexplore.core.significance import Interval, Verdict, verdict
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from pandas import DataFrame

CODECS = ("float32", "int8", "int4", "int3", "int2", "binary", "pca32+int8", "rotate+int4", "pca+water1")
METHODS = ("knn", "linear")
REFERENCE = "float32"


def evaluate(
    vectors: ArrayLike,
    labels: ArrayLike,
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
    """How well classes are told from vectors that a codec has stored: a row a codec, method and split.

    Points are dealt to folds, and each fold is predicted from all others. A codec is fitted on the others alone,
    and all that is known of any point, learned from or asked, is its code.

    Parameters
    ----------
    vectors : array of shape (n, d)
        Of pixels or patches, with data; compared by direction, so they are scaled to unit length.
    labels : array of shape (n,)
        Classes, as text or numbers.
    groups : array of shape (n,), optional
        Block or region of each point, as `spatial_groups` makes them: what a spatial split holds out together.
    drawn : array of shape (n,), optional
        What the bootstrap draws together, `groups` by default. Of a handful of regions it says little: smaller blocks
        tell how sure a number is for these regions, not for others.
    codecs : sequence of str or Codec
        Names, chains such as `pca32+int8`, or codecs; each is fitted anew.
    methods : sequence of {"knn", "linear", "knn-decoded"}
        `knn`: the `k` nearest vote, each with weight 1 / (1 − cosine)²; codes of bits are compared by Hamming
        distance, others by the cosine of what they decode to. `knn-decoded`: by that cosine, codes of bits too.
        `linear`: logistic regression on decoded vectors, its C of 0.01 … 100 chosen on the training folds.
    splits : sequence of {"random", "spatial"}, optional
        `random`: points are dealt one by one. `spatial`: whole groups are, so that no neighbor tells; of no more
        groups than folds each is held out once. Both by default, without groups `random`.
    k : int
        Neighbors that vote.
    folds : int
        At most.
    random_state : int, optional
        Of folds, codecs and bootstrap; None is seed 0.

    Returns
    -------
    DataFrame
        `codec`, `method`, `split`, `bytes_per_pixel`, `side_bytes`; `accuracy`, `macro_f1`, `mean_iou` (the mean of
        all classes' intersection over union, as of segmentations), and `worst_class` with its `worst_f1`; `mcnemar_p` against float32 under the same split (exact, points taken for independent);
        `accuracy_lost`, `macro_f1_lost`, `worst_f1_lost`: float32's number less this one's, the worst class of each its
        own. All with 95 % bootstrap limits `…_low` and `…_high`, of whole groups where there are any. Then `f1_…`
        of every class. `attrs` hold the numbers of points and groups.

    Raises
    ------
    InvalidInput
        Lengths that differ, vectors without data or direction, missing labels, one class or one group alone,
        unknown names, or fewer points than a codec is fitted on.

    Examples
    --------
    >>> import numpy as np, embexplore as ex
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat(["field", "forest"], 40)
    >>> vectors = np.eye(8)[np.repeat([0, 1], 40)] + rng.normal(0, 0.1, (80, 8))
    >>> table = ex.evaluate(vectors, labels, codecs=["float32", "int2"], methods=["knn"])
    >>> table.codec.to_list(), bool((table.accuracy > 0.9).all())
    (['float32', 'int2'], True)
    """
    import pandas as pd

    units, names = checked_units(vectors), _names(labels)
    together = checked_groups(groups)
    sampled = together if drawn is None else checked_groups(drawn)
    checked_lengths(units, labels=names, groups=together, drawn=sampled)
    known_methods(methods)
    wanted = checked_codecs(codecs)
    rows: list[dict[str, Any]] = []
    for split in checked_splits(splits, together):
        blocks = np.arange(len(units)) if split == RANDOM or together is None else together
        settings = {
            "k": checked_whole("k", k, 1),
            "folds": checked_whole("folds", folds, 2),
            "random_state": random_state,
        }
        found = _judged(units, names, blocks, wanted, methods, settings)
        rows += _rows(found, names, sampled, methods, split, units.shape[1], random_state)
    table = pd.DataFrame(rows)
    table.attrs = {"points": len(units), "k": k, "folds": folds}
    table.attrs["groups"] = None if together is None else len(np.unique(together))
    return table


Found = tuple[Codec, dict[str, list[str]]]


def _judged(
    units: NDArray[np.float32],
    names: list[str],
    blocks: NDArray[np.integer],
    wanted: list[Codec],
    methods: Sequence[str],
    settings: dict[str, Any],
) -> Iterator[Found]:
    """float32 first, which is the reference of all; then every codec asked for, and what was predicted from its codes."""
    exact = list(dict.fromkeys([*methods, *map(_exact, methods)]))
    reference, fitted = judged(units, names, blocks, make_codec(REFERENCE), exact, **settings)
    yield fitted, reference
    for codec in wanted:
        if codec.spec == REFERENCE:
            yield fitted, reference
        else:
            predicted, own = judged(units, names, blocks, codec, methods, **settings)
            yield own, predicted


def _rows(
    found: Iterator[Found],
    names: list[str],
    drawn: NDArray[np.integer] | None,
    methods: Sequence[str],
    split: str,
    d: int,
    random_state: int | None,
) -> Iterator[dict[str, Any]]:
    classes = sorted(set(names))
    number = {name: index for index, name in enumerate(classes)} | {"": -1}
    truth = np.array([number[name] for name in names])
    _, exact = next(found)
    for codec, predicted in found:
        for method in methods:
            mine, theirs = (
                np.array([number[name] for name in each]) for each in (predicted[method], exact[_exact(method)])
            )
            said = verdict(truth, mine, theirs, len(classes), drawn, random_state=random_state)
            about = {"codec": codec.spec, "method": method, "split": split}
            size = {"bytes_per_pixel": codec.bytes_per_pixel(d), "side_bytes": codec.side_bytes}
            yield about | size | _numbers(said, classes)


def _exact(method: str) -> str:
    """What a method is compared with, on float32."""
    return "knn" if method == "knn-decoded" else method


def _numbers(said: Verdict, classes: Sequence[str]) -> dict[str, Any]:
    numbers: dict[str, Any] = {**_with_limits("accuracy", said.accuracy), **_with_limits("macro_f1", said.macro_f1)}
    numbers |= _with_limits("mean_iou", said.mean_iou)
    numbers |= {"worst_class": classes[said.worst], **_with_limits("worst_f1", said.worst_f1), "mcnemar_p": said.p}
    numbers |= _with_limits("accuracy_lost", said.accuracy_lost) | _with_limits("macro_f1_lost", said.macro_f1_lost)
    numbers |= _with_limits("worst_f1_lost", said.worst_f1_lost)
    return numbers | {f"f1_{name}": float(value) for name, value in zip(classes, said.f1, strict=True)}


def _with_limits(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _names(labels: ArrayLike) -> list[str]:
    """Labels as text; refused where one is missing, or where there are not two classes."""
    import pandas as pd

    given = np.asarray(labels, object)
    if given.ndim != 1:
        raise InvalidInput(f"labels have the shape {given.shape}: expected one for each vector.")
    missing = [bool(pd.isna(label)) or not str(label).strip() for label in given]
    if any(missing):
        raise InvalidInput(f"{sum(missing)} of {len(given)} labels are missing: leave these points out.")
    names = [str(label) for label in given]
    if len(set(names)) < 2:
        raise InvalidInput(f"These {len(names)} points have {len(set(names))} class: expected two at least.")
    return names
