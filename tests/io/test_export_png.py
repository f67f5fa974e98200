"""Pictures: the colors as given, transparent where there is no data, stamped."""

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from embexplore.errors import InvalidInput
from embexplore.io.export import write_png

STAMP = {
    "description": "Colors of 2024",
    "attribution": "© Nobody — fictional",
    "software": "embexplore 0",
    "years": "2024",
}


def test_a_picture_shows_the_colors_and_is_transparent_without_data(tmp_path, rng):
    colors = rng.integers(1, 256, (30, 20, 3)).astype(np.uint8)
    colors[3:5, :4] = 0
    path = write_png(xr.DataArray(colors, dims=("y", "x", "rgb")), tmp_path / "rgb.png", provenance=STAMP)
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
        text = dict(picture.text)
    np.testing.assert_array_equal(pixels[..., :3], colors)
    np.testing.assert_array_equal(pixels[..., 3] == 255, colors.any(axis=-1))
    assert set(np.unique(pixels[..., 3])) == {0, 255}
    expected = {
        "Description": "Colors of 2024",
        "Copyright": STAMP["attribution"],
        "Software": "embexplore 0",
        "years": "2024",
    }
    assert text == expected


def test_anything_but_uint8_colors_is_refused(tmp_path):
    for array in (
        xr.DataArray(np.zeros((3, 3)), dims=("y", "x")),
        xr.DataArray(np.zeros((3, 3, 3)), dims=("y", "x", "rgb")),
    ):
        with pytest.raises(InvalidInput, match="expected uint8 colors"):
            write_png(array, tmp_path / "a.png", provenance=STAMP)


def test_more_pixels_than_a_picture_holds_are_refused_before_they_are_computed(tmp_path):
    import dask.array as da

    huge = xr.DataArray(da.zeros((10_000, 10_000, 3), dtype=np.uint8), dims=("y", "x", "rgb"))
    with pytest.raises(InvalidInput, match=r"write a \.tif"):
        write_png(huge, tmp_path / "a.png", provenance=STAMP)
    assert list(tmp_path.iterdir()) == []
