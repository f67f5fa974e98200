"""What storing embeddings costs: area, years and a codec → bytes → money a year at a stated price."""

from dataclasses import dataclass

from embexplore.core.codecs import Codec, make_codec
from embexplore.errors import InvalidInput

PRICE = 0.023
"""US dollars a gigabyte and month: object storage of the large clouds, list price."""
GIGABYTE = 10**9
MONTHS = 12


@dataclass(frozen=True)
class Cost:
    """What some ground takes.

    Attributes
    ----------
    pixels : float
    bytes : float
        Of all years: codes and per-pixel scales, before lossless compression, without side information.
    money_per_year : float
        To keep them for a year, in the currency of the price.
    """

    pixels: float
    bytes: float
    money_per_year: float


def cost(
    codec: str | Codec | float,
    *,
    area: float,
    years: int = 1,
    dimensions: int = 64,
    resolution: float = 10.0,
    price: float = PRICE,
) -> Cost:
    """What ground takes in a codec, and what keeping it costs in a year.

    Parameters
    ----------
    codec : str, Codec or float
        A registry name, a chain, a codec, or bytes a pixel that were measured (`written_bytes` / pixels).
    area : float
        Square kilometers.
    years : int
        So many yearly maps.
    dimensions : int
        Numbers in a vector.
    resolution : float
        Meters along a pixel.
    price : float
        Of a gigabyte (10⁹ bytes) and month.

    Raises
    ------
    InvalidInput
        The codec is unknown, or a number is out of range.

    Examples
    --------
    >>> import embexplore as ex
    >>> found = ex.cost("int8", area=357_592, years=8, price=0.02)
    >>> round(found.bytes / 1e12, 2), round(found.money_per_year)
    (1.83, 439)
    """
    if area < 0 or years < 1 or dimensions < 1 or resolution <= 0:
        given = f"area={area}, years={years}, dimensions={dimensions}, resolution={resolution}"
        raise InvalidInput(f"{given}: expected an area of 0 or more, and the others above 0.")
    if isinstance(codec, str):
        codec = make_codec(codec)
    size = codec.bytes_per_pixel(dimensions) if isinstance(codec, Codec) else float(codec)
    pixels = area * 1e6 / resolution**2
    return Cost(pixels, size * pixels * years, money_per_year(size * pixels * years, price))


def money_per_year(count: float, price: float = PRICE) -> float:
    """What keeping so many bytes for a year costs at a price of a gigabyte and month."""
    if count < 0 or price < 0:
        raise InvalidInput(f"bytes={count}, price={price}: expected 0 or more.")
    return count / GIGABYTE * price * MONTHS
