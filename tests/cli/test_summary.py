"""Figures of maps: what numpy says of the whole, found strip by strip."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from embexplore.cli.summary import BINS, count_years, summarize


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
        spread = np.abs(found - np.median(found))
        usual = np.median(found) + 3 * 1.4826 * np.median(spread)
        # Each of the two medians is the middle of a bin, and may fall beside the mean of the two middle values.
        assert summary.usual == pytest.approx(usual, abs=(1 + 3 * 1.4826) * 4 / BINS)
        # A quantile is the middle of its bin.
        np.testing.assert_allclose([summary.median, summary.high], expected, atol=1 / BINS * 1.001)


def test_years_are_counted_everywhere_and_above_a_floor():
    change = np.array([[0.1, 0.5, np.nan], [0.6, 0.2, 0.7]])
    year = np.array([[2018, 2019, np.nan], [2019, 2018, 2018]])
    largest = xr.DataArray(np.stack([change, year]), dims=("layer", "y", "x"))
    assert count_years(largest, [2018, 2019, 2020], 0.4) == ([3, 2, 0], [1, 2, 0])
    lazy = largest.chunk(y=1)
    assert count_years(lazy, [2018, 2019, 2020], 0.4) == ([3, 2, 0], [1, 2, 0])


def test_no_quantile_lies_above_the_largest_value():
    nothing = xr.DataArray(np.full((1, 3, 3), 1e-7), dims=("layer", "y", "x"))
    (summary,) = summarize(nothing)
    assert summary.median == summary.high == summary.largest == 1e-7
