"""What a codec bends: distances, the order of pixels, the map of change, and the colors of a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.analysis.holdout import Holdout, nearness
from embexplore.analysis.measuring import NOTHING, Measured, limits
from embexplore.core.agreement import auc, rank_correlations, spearman
from embexplore.core.codecs import Float32
from embexplore.core.pca import rgb
from embexplore.core.recall import nearest_of, recall
from embexplore.core.significance import Interval

RANKED = 4096
"""Pixels whose order is compared for each query."""
COMPARED = 1 << 14
"""Pixels whose order of change is compared: sorting more takes most of the time, and blocks decide how sure it is."""


def distortion(held: Holdout, measured: Measured) -> dict[str, Any]:
    """Further numbers of a codec's row, each with the limits of its 95 % interval.

    Parameters
    ----------
    held : Holdout
    measured : Measured
        A codec fitted and measured on it.

    Returns
    -------
    dict of float
        `recall_euclidean_at_10` (or at `k`): the nearest by Euclidean distance from what codes decode to, of those of
        the unit vectors. `rank_correlation`: Spearman's, of cosines by codes and exact ones, the mean over queries.
        `reconstruction_error`: squared distance from what codes decode to, as a share of the variance.
        `change_correlation`: Spearman's, of change by codes and exact change. `change_auc`: how well change by codes
        finds the changed ground. `color_difference`: of the three colors of a picture by principal components, on
        0 … 255. NaN where the cube has one year, the truth about change is not known, or vectors are too short.
    """
    decoded = measured.codec.decode(measured.codes, measured.scales)
    numbers = limits(f"recall_euclidean_at_{held.k}", held.asked.mean(_euclidean(held, decoded)))
    numbers |= limits("rank_correlation", held.asked.mean(_order(held, measured)))
    numbers |= limits("reconstruction_error", _reconstruction(held, decoded))
    numbers |= limits("change_correlation", _change_correlation(held, measured))
    numbers |= limits("change_auc", _change_auc(held, measured))
    return numbers | limits("color_difference", _colors(held, decoded))


def _euclidean(held: Holdout, decoded: NDArray[np.float32]) -> NDArray[np.float64]:
    return recall(held.closest, nearest_of(nearness(held.test[: held.queries], decoded), held.k))


def _order(held: Holdout, measured: Measured) -> NDArray[np.float64]:
    some = slice(max(0, len(held.test) - RANKED), None)
    exact, coded = (
        np.where(np.isnan(scores), -1, scores) for scores in (held.scores[:, some], measured.scores[:, some])
    )
    return rank_correlations(exact, coded)


def _reconstruction(held: Holdout, decoded: NDArray[np.float32]) -> Interval:
    lost = ((held.test - decoded) ** 2).sum(axis=1)
    varied = ((held.test - held.fit.mean(axis=0)) ** 2).sum(axis=1)
    return held.drawn.ratio(lost, varied)


def _change_correlation(held: Holdout, measured: Measured) -> Interval:
    if measured.changed is None:
        return NOTHING
    some = slice(0, COMPARED)
    correlation = spearman(*(each[some] for each in measured.changed))
    return held.drawn.statistic(lambda weights: correlation(weights[some]))


def _change_auc(held: Holdout, measured: Measured) -> Interval:
    if measured.changed is None or held.is_changed is None:
        return NOTHING
    return held.drawn.statistic(auc(measured.changed[0], held.is_changed))


def _colors(held: Holdout, decoded: NDArray[np.float32]) -> Interval:
    if held.pca is None:
        return NOTHING
    exact, coded = (rgb(held.pca, Float32(), vectors).astype(np.int16) for vectors in (held.test, decoded))
    return held.drawn.mean(np.abs(exact - coded).mean(axis=1))
