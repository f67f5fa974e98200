"""The codec registry: names to families, one file per family, open to more."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec
from embexplore.errors import InvalidInput

C = TypeVar("C", bound=type[Codec])
_REGISTRY: dict[str, type[Codec]] = {}


def register(family: C) -> C:
    """Class decorator: make a codec available under its `name`."""
    _REGISTRY[family.name] = family
    return family


def codec_names() -> tuple[str, ...]:
    """All registered names, in the order of registration."""
    return tuple(_REGISTRY)


def _family(name: str) -> type[Codec]:
    try:
        return _REGISTRY[name]
    except KeyError:
        raise InvalidInput(f"codec {name!r} is unknown: choose one of {', '.join(_REGISTRY)}.") from None


def make_codec(name: str, **options: object) -> Codec:
    """An unfitted codec by its registry name."""
    return _family(name)(**options)


def codec_from_dict(
    options: Mapping[str, object], parameters: Mapping[str, NDArray[np.generic]] | None = None
) -> Codec:
    """The fitted codec that `Codec.to_dict()` and `Codec.parameters` describe."""
    return _family(str(options["name"])).from_dict(options, parameters)
