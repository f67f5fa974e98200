"""Figures of maps: what numpy says of the whole, found strip by strip."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from embexplore.cli.summary import BINS, summarize


@pytest.mark.parametrize("chunks", [None, (1, 50, 40), (3, 17, 23)])
def test_figures_equal_numpy_in_any_chunking(rng, chunks):
    values = (2 * rng.random((3, 200, 90))).astype(np.float32)
    values[1, :150] = np.nan
    values[2] = np.nan
    data = values if chunks is None else da.from_array(values, chunks=chunks)
    for summary, layer in zip(summarize(xr.DataArray(data, dims=("layer", "y", "x"))), values, strict=True):
        found = layer[np.isfinite(layer)]
        assert (summary.pixels, summary.data) == (layer.size, found.size)
        if not found.size:
            assert np.isnan(summary.median)
            continue
        assert summary.largest == found.max() == layer[summary.row, summary.column]
        expected = np.quantile(found, [0.5, 0.95], method="inverted_cdf")
        # A quantile is the middle of its bin.
        np.testing.assert_allclose([summary.median, summary.high], expected, atol=1 / BINS * 1.001)
