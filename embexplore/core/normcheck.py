"""Are these codes what they claim to be? Models of unit vectors give lengths near 1 when decoded rightly."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Scales
from embexplore.core.normalize import norms


def decoded_norm_range(
    codec: Codec, codes: NDArray[np.generic], scales: Scales | None = None
) -> tuple[float, float] | None:
    """Percentiles 1 and 99 of the lengths of decoded `codes (..., c)`; None where there is no data.

    AlphaEarth's codes give 0.99–1.01. Linear codes read as signed squares (or the reverse) are far
    from 1: real vectors read as linear have lengths of about 2.5. Pass a sample: all of it is decoded.

    Examples
    --------
    >>> from embexplore.core.codecs import make_codec
    >>> codec = make_codec("alphaearth")
    >>> decoded_norm_range(codec, codec.encode(np.eye(4, dtype=np.float32)))
    (0.9921722412109375, 0.9921722412109375)
    """
    lengths = norms(codec.decode(codes, scales)).reshape(-1)
    lengths = lengths[np.isfinite(lengths)]
    if not len(lengths):
        return None
    low, high = np.percentile(lengths, (1, 99))
    return float(low), float(high)
