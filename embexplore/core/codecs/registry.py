"""The codec registry: names to families, one file per family, open to more."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec
from embexplore.errors import InvalidInput

C = TypeVar("C", bound=type[Codec])
_FAMILIES: dict[str, type[Codec]] = {}
_NAMED: dict[str, tuple[type[Codec], dict[str, object]]] = {}
_LISTED: list[str] = []
CHAIN = "+"
"""Between the steps of a transform and the codec that follows: `pca32+rotate+int4`."""


def register(family: C) -> C:
    """Class decorator: make a codec available under its `name`."""
    _FAMILIES[family.name] = family
    return family


def define(name: str, family: type[Codec], *, is_listed: bool = True, **options: object) -> None:
    """Make a family with some options available under a name of its own: `int4` is `scalar` of four bits."""
    _NAMED[name] = (family, options)
    if is_listed:
        _LISTED.append(name)


def codec_names() -> tuple[str, ...]:
    """The names to choose from, in the order of registration; a transform's steps may precede many (`pca32+int4`)."""
    defined = {family for family, _ in _NAMED.values()}
    return (*(name for name, family in _FAMILIES.items() if family not in defined), *_LISTED)


def _family(name: str) -> tuple[type[Codec], dict[str, object]]:
    steps, _, coded = name.rpartition(CHAIN)
    if steps:
        return _FAMILIES["transformed"], {"steps": steps, "coded": coded}
    if name in _NAMED:
        return _NAMED[name]
    if name in _FAMILIES:
        return _FAMILIES[name], {}
    raise InvalidInput(f"codec {name!r} is unknown: choose one of {', '.join(codec_names())}.")


def make_codec(name: str, **options: object) -> Codec:
    """An unfitted codec by its registry name, or by a chain that ends in one: `pca32+rotate+int4`."""
    family, defined = _family(name)
    return family(**{**defined, **options})


def codec_from_dict(
    options: Mapping[str, object], parameters: Mapping[str, NDArray[np.generic]] | None = None
) -> Codec:
    """The fitted codec that `Codec.to_dict()` and `Codec.parameters` describe."""
    family, defined = _family(str(options["name"]))
    return family.from_dict({**defined, **options}, parameters)
