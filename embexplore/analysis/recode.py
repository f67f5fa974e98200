"""The same cube in another code: decoded, scaled to unit length and encoded chunk by chunk, lazily."""

import numpy as np
import xarray as xr

from embexplore.analysis.fitting import on_chunk_grid, sample
from embexplore.analysis.tiers import codes_by_chunk, codes_of, stored_tiers, without_codes
from embexplore.core.codecs import Codec, make_codec
from embexplore.cube import schema
from embexplore.cube.build import with_codec
from embexplore.cube.pieces import dimension_of, prepared
from embexplore.errors import InvalidInput


def encode(
    cube: xr.Dataset, codec: str | Codec, *, per_chunk: bool = False, random_state: int | None = None
) -> xr.Dataset:
    """The same cube, stored by another codec.

    Vectors are decoded from the best tier of each chunk and scaled to unit length: embeddings are directions.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    codec : str or Codec
        A registry name, or a codec. One that is not fitted is fitted on up to 100 000 vectors of at most
        64 chunks, chosen at random over all years; that reads data now, the codes stay lazy.
    per_chunk : bool
        Fit every chunk of every year by itself (`int8`): finer steps, parameters on the chunk grid. One pass
        over the data now.
    random_state : int, optional
        Seed of the sample; None is seed 0, so that encoding twice gives the same codes.

    Returns
    -------
    Dataset
        A cube of that one tier with the same coordinates, attributes and provenance; dask where the cube is.
        Pixels without data, and outside a clipped area, have the codec's no-data code, or `valid` 0.

    Raises
    ------
    InvalidInput
        The codec is unknown, cannot be fitted by chunk, or there is no data to fit it on.

    Examples
    --------
    >>> import embexplore as ex
    >>> small = ex.null_island().emb.encode("binary", random_state=0)
    >>> small.bits.dims, small.bits.sizes["code"]
    (('time', 'code', 'y', 'x'), 8)
    """
    codec = make_codec(codec) if isinstance(codec, str) else codec
    gridded = on_chunk_grid(prepared(cube))
    if _holds(gridded, codec) and not per_chunk:
        return cube
    cube = gridded
    if per_chunk:
        return codes_by_chunk(cube, codec)
    codec = _fitted(cube, codec, random_state)
    return with_codec(without_codes(cube, codec).assign(codes_of(cube, codec)), codec)


def fit_codec(cube: xr.Dataset, codec: str | Codec, *, random_state: int | None = None) -> Codec:
    """A codec fitted on this cube: what `encode` uses where it is given a name.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not. Up to 100 000 vectors of at most 64 chunks are read, over all years.
    codec : str or Codec
        A registry name, a chain such as `pca32+int4`, or a codec that is not fitted.
    random_state : int, optional
        Seed of the sample; None is seed 0.

    Returns
    -------
    Codec
        To be used for several cubes, so that their codes mean the same.

    Raises
    ------
    InvalidInput
        The codec is unknown, keeps more dimensions than there are, or there is no data to fit it on.

    Examples
    --------
    >>> import embexplore as ex
    >>> codec = ex.null_island().emb.fit_codec("pca32+int4", random_state=0)
    >>> codec.spec, codec.bytes_per_pixel(64), codec.side_bytes < 20_000
    ('pca32+int4', 16, True)
    """
    codec = make_codec(codec) if isinstance(codec, str) else codec
    return codec.fit(sample(prepared(cube), random_state=random_state), random_state=random_state)


def with_bits(cube: xr.Dataset, codec: str | Codec = "binary", *, random_state: int | None = None) -> xr.Dataset:
    """The cube with a tier of bits beside its own codes, for `nearest` and for storing chunks in either.

    Parameters
    ----------
    cube : Dataset
        With int8 or float32 codes; lazy or in memory.
    codec : str or Codec
        One whose codes are bits: `binary`, `binary-sign`. Fitted as `encode` does it.
    random_state : int, optional
        Seed of the sample it is fitted on; None is seed 0.

    Returns
    -------
    Dataset
        The cube with `bits`, `valid`, and `precision` that names both tiers; dask where the cube is.

    Raises
    ------
    InvalidInput
        The codec makes no bits, or the cube has a tier of bits already.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island().emb.with_bits(random_state=0)
    >>> sorted(cube.attrs["embexplore"]["codecs"])
    ['bits', 'embeddings']
    """
    codec = make_codec(codec) if isinstance(codec, str) else codec
    if codec.variable != schema.BITS:
        raise InvalidInput(
            f"codec {codec.name!r} makes {codec.variable}: choose one that makes bits, such as 'binary'."
        )
    if schema.BITS in cube.variables:
        raise InvalidInput("this cube has bits already: drop them, or use it as it is.")
    cube = on_chunk_grid(prepared(cube))
    codec = _fitted(cube, codec, random_state)
    stored = stored_tiers(cube)
    both = xr.where(stored > 0, stored | schema.BITS_ONLY, schema.NONE).astype(np.uint8)
    return with_codec(cube.assign(codes_of(cube, codec)), codec).assign({schema.PRECISION: both})


def _fitted(cube: xr.Dataset, codec: Codec, random_state: int | None) -> Codec:
    """The codec ready to encode; one that has nothing to learn but the number of bands reads no data."""
    if not codec.is_fitted:
        return codec.fit(sample(prepared(cube), random_state=random_state), random_state=random_state)
    bands = dimension_of(cube)
    if not codec.parameters:
        return codec.fit(np.zeros((1, bands), np.float32))
    sizes = ", ".join(f"{name} {values.shape}" for name, values in codec.parameters.items())
    try:
        codec.encode(np.zeros((1, bands), np.float32))
    except ValueError as error:
        raise InvalidInput(
            f"codec {codec.name!r} was fitted on vectors of another length ({sizes}): this cube has {bands} bands. "
            "Name the codec to fit it on this cube."
        ) from error
    return codec


def _holds(cube: xr.Dataset, codec: Codec) -> bool:
    """Whether the cube's only codes are this codec's already, with the same parameters where it brings any."""
    codecs = cube.attrs[schema.ATTRS]["codecs"]
    if list(codecs) != [codec.variable] or codecs[codec.variable]["name"] != codec.spec:
        return False
    names = codecs[codec.variable].get("parameters", {})
    return all(np.array_equal(cube[names[key]].values, given) for key, given in codec.parameters.items())
