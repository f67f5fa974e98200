"""One unit query vector out of several exemplars, for and against."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput


def combine(
    positives: ArrayLike, negatives: ArrayLike | None = None, how: Literal["mean", "contrast"] = "mean"
) -> NDArray[np.float32]:
    """One query that looks for `positives` and away from `negatives`.

    Every exemplar is first scaled to unit length, so each has the same say.

    Parameters
    ----------
    positives : array of shape (n, d) or (d,)
        What to look for.
    negatives : array of shape (m, d) or (d,), optional
        What to avoid. Given, both ways mean `contrast`.
    how : {"mean", "contrast"}
        `mean` is the mean of the positives; `contrast` is 2·mean(positives) − mean(negatives).

    Returns
    -------
    ndarray of shape (d,), float32
        Of unit length.

    Raises
    ------
    InvalidInput
        For NaN or inf, zero vectors, exemplars that differ in length or that cancel each other,
        and `contrast` without negatives.

    Examples
    --------
    >>> [round(float(x), 3) for x in combine([[3.0, 0.0], [0.0, 2.0]])]
    [0.707, 0.707]
    >>> [round(float(x), 3) for x in combine([1.0, 1.0], negatives=[0.0, 5.0])]
    [0.96, 0.281]
    """
    if how not in ("mean", "contrast"):
        raise InvalidInput(f"combine={how!r}: a query vector is combined by 'mean' or 'contrast'.")
    if how == "contrast" and negatives is None:
        raise InvalidInput("combine='contrast' needs negatives: say what to avoid, or use 'mean'.")
    query = _mean_direction(positives, "positives")
    if negatives is not None:
        against = _mean_direction(negatives, "negatives")
        if against.shape != query.shape:
            raise InvalidInput(f"negatives have {against.size} bands, positives have {query.size}: they must agree.")
        query = 2 * query - against
    if not np.any(query):
        raise InvalidInput("the exemplars cancel each other: their combination has no direction.")
    return normalize(query)


def _mean_direction(exemplars: ArrayLike, what: str) -> NDArray[np.float64]:
    vectors = np.atleast_2d(np.asarray(exemplars, np.float64))
    if vectors.ndim != 2 or not vectors.size:
        raise InvalidInput(f"{what} have shape {np.shape(exemplars)}: expected one vector (d,) or several (n, d).")
    if not np.isfinite(vectors).all():
        raise InvalidInput(f"{what} hold NaN or inf: a query needs numbers in every band (is the place no data?).")
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not lengths.all():
        raise InvalidInput(f"{what} hold a zero vector: it has no direction to compare with.")
    return np.asarray((vectors / lengths).mean(axis=0))
