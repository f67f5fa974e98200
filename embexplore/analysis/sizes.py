"""How many bytes a codec takes: for this area, for a country, for all land."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from embexplore.analysis.costs import PRICE, money_per_year
from embexplore.core.codecs import Codec, make_codec
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of, prepared
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from pandas import DataFrame

COUNTRIES = {
    "Brazil": 8_510_346,
    "Germany": 357_592,
    "India": 3_287_263,
    "Kenya": 591_958,
    "Netherlands": 41_865,
    "Switzerland": 41_291,
    "United States": 9_833_517,
}
"""Surface area in km² (United Nations Statistics Division, Demographic Yearbook, table 3)."""
LAND_PIXELS = 1.5e12
"""Pixels of 10 m on all land: 149 million km²."""
PIXELS_PER_KM2 = 10_000


def sizes(
    cube: xr.Dataset,
    codecs: Sequence[str | Codec],
    *,
    country: str = "Germany",
    years: int = 1,
    price: float = PRICE,
) -> "DataFrame":
    """What codecs would take on disk: a row each, for this area, a country and all land at 10 m.

    Bytes are those of the codes, without side information (a few kilobytes a cube) and before lossless compression.

    Parameters
    ----------
    cube : Dataset
        Clipped, its area counts; else all its pixels.
    codecs : sequence of str or Codec
        As `tradeoff` takes them.
    country : str
        One of `COUNTRIES`.
    years : int
        So many yearly maps.
    price : float
        Dollars a gigabyte (10⁹ bytes) and month.

    Returns
    -------
    DataFrame
        `codec`, `bytes_per_pixel`, bytes as `area`, `country`, `land`, and what storing all land costs in a
        year: `land_price`, in dollars. `attrs` say the country, the years and the pixels of the area.

    Raises
    ------
    InvalidInput
        A codec or country is unknown, or a number is not positive.

    Examples
    --------
    >>> import embexplore as ex
    >>> table = ex.null_island().emb.sizes(["int8", "binary"])
    >>> (table.country / 1e9).round(1).tolist(), (table.land / 1e12).tolist()
    ([228.9, 28.6], [96.0, 12.0])
    """
    import pandas as pd

    if country not in COUNTRIES:
        raise InvalidInput(f"country={country!r}: choose one of {', '.join(COUNTRIES)}.")
    if years < 1 or price < 0:
        raise InvalidInput(f"years={years}, price={price}: expected at least one year, and a price of 0 or more.")
    cube = prepared(cube)
    area = _pixels(cube)
    rows = []
    for codec in (make_codec(codec) if isinstance(codec, str) else codec for codec in codecs):
        size = codec.bytes_per_pixel(dimension_of(cube)) * years
        rows.append(
            {
                "codec": codec.spec,
                "bytes_per_pixel": size / years,
                "area": size * area,
                "country": size * COUNTRIES[country] * PIXELS_PER_KM2,
                "land": size * LAND_PIXELS,
                "land_price": money_per_year(size * LAND_PIXELS, price),
            }
        )
    table = pd.DataFrame(rows)
    table.attrs = {"country": country, "years": years, "pixels": area}
    return table


def _pixels(cube: xr.Dataset) -> int:
    if schema.INSIDE in cube.coords:
        return int(np.count_nonzero(cube.coords[schema.INSIDE].values))
    return int(cube.sizes[schema.Y] * cube.sizes[schema.X])
