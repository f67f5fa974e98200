"""What kernels need of the processor and numba lacks: bit counts and wide registers.

Each name is a plain Python function here, and `jit` puts its numba form in its place when it compiles
a kernel that calls it. Nothing of numba's settings is changed for anyone else.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np


def prefer_wide_vectors() -> None:
    """First line of a kernel that computes more than it loads: use 512-bit registers where there are any.

    LLVM keeps to 256 bits on Intel's AVX-512 processors. Where numba's inside does not allow the
    request, it does nothing.
    """


def popcount(word: int | np.unsignedinteger) -> int:
    """Number of bits set in an unsigned integer, of the same type."""
    return int(word).bit_count()


class _Function(Protocol):
    attributes: set[str]


class _Builder(Protocol):
    function: _Function

    def ctpop(self, value: object) -> object: ...


class _Context(Protocol):
    def get_dummy_value(self) -> object: ...


@functools.cache
def compiled_intrinsics() -> Mapping[str, Callable[..., object]]:
    """The numba forms by name."""
    from numba.core import types
    from numba.extending import intrinsic

    def widen(context: _Context, builder: _Builder, *_: object) -> object:
        attributes = builder.function.attributes
        if isinstance(attributes, set):  # llvmlite adds only attributes that it knows, but prints any
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    def count(context: _Context, builder: _Builder, signature: object, arguments: tuple[object]) -> object:  # noqa: ARG001 - numba's own signature
        return builder.ctpop(arguments[0])

    def prefer_wide_vectors(typing: object) -> object:  # noqa: ARG001 - numba's own signature
        return types.none(), widen

    def popcount(typing: object, word: Callable[[object], object]) -> object:  # noqa: ARG001 - numba's own signature
        return word(word), count

    return {"prefer_wide_vectors": intrinsic(prefer_wide_vectors), "popcount": intrinsic(popcount)}
