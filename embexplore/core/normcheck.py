"""Are these codes what they claim to be? Models of unit vectors give lengths near 1 when decoded rightly."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec
from embexplore.core.normalize import norms

NORM_TOLERANCE = 0.02
"""How far from 1 the median may lie: real AlphaEarth vectors measure 0.992 to 1.008, a linear code is off by 1.5."""


def median_norm(codec: Codec, codes: NDArray[np.generic]) -> float:
    """Median length of the decoded `codes (..., c)`; NaN where there is no data.

    Linear codes read as signed squares (or the reverse) are far from 1: real vectors read as linear
    have lengths of about 2.5. Pass a sample: all of it is decoded.

    Examples
    --------
    >>> from embexplore.core.codecs import make_codec
    >>> codec = make_codec("alphaearth")
    >>> median_norm(codec, codec.encode(np.eye(4, dtype=np.float32)))
    0.9921722412109375
    """
    lengths = norms(codec.decode(codes))
    lengths = lengths[np.isfinite(lengths)]
    return float(np.median(lengths)) if len(lengths) else float("nan")
