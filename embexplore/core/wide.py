"""Ask LLVM for 512-bit registers in one kernel, without touching numba's settings for anyone else."""

import functools
from collections.abc import Callable
from typing import Protocol, cast


def prefer_wide_vectors() -> None:
    """First line of a kernel that multiplies more than it loads: use 512-bit registers where there are any.

    LLVM keeps to 256 bits on Intel's AVX-512 processors. As plain Python, and where numba's inside
    does not allow the request, it does nothing.
    """


class _Function(Protocol):
    attributes: set[str]


class _Builder(Protocol):
    function: _Function


class _Context(Protocol):
    def get_dummy_value(self) -> object: ...


@functools.cache
def wide_intrinsic() -> Callable[[], None]:
    """The numba form of `prefer_wide_vectors`: an attribute of the LLVM function that it is called in."""
    from numba.core import types
    from numba.extending import intrinsic

    def generate(context: _Context, builder: _Builder, signature: object, arguments: object) -> object:  # noqa: ARG001 - numba's own signature
        attributes = builder.function.attributes
        if isinstance(attributes, set):  # llvmlite adds only attributes that it knows, but prints any
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    def prefer_wide_vectors(typing: object) -> object:  # noqa: ARG001 - numba's own signature
        return types.none(), generate

    return cast("Callable[[], None]", intrinsic(prefer_wide_vectors))
