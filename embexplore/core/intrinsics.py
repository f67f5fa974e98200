"""What kernels need of the processor and numba lacks: bit counts, wide registers, and sums of two numbers at once.

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


def add_pairs(a: np.complex64, b: np.complex64) -> np.complex64:
    """The sum of two complex numbers, in one instruction: numba takes one for each part, so that a scan takes 1.3 times as long."""
    return a + b


class _Function(Protocol):
    attributes: set[str]


class _Builder(Protocol):
    function: _Function

    def ctpop(self, value: object) -> object: ...

    def fadd(self, a: object, b: object) -> object: ...

    def insert_element(self, vector: object, value: object, place: object) -> object: ...

    def extract_element(self, vector: object, place: object) -> object: ...


class _Context(Protocol):
    def get_dummy_value(self) -> object: ...

    def make_complex(self, builder: _Builder, kind: object, value: object = None) -> "_Complex": ...


class _Complex(Protocol):
    real: object
    imag: object

    def _getvalue(self) -> object: ...


@functools.cache
def compiled_intrinsics() -> Mapping[str, Callable[..., object]]:
    """The numba forms by name."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    places = [ir.Constant(ir.IntType(32), place) for place in range(2)]

    def widen(context: _Context, builder: _Builder, *_: object) -> object:
        attributes = builder.function.attributes
        if isinstance(attributes, set):  # llvmlite adds only attributes that it knows, but prints any
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    def count(context: _Context, builder: _Builder, signature: object, arguments: tuple[object]) -> object:  # noqa: ARG001 - numba's own signature
        return builder.ctpop(arguments[0])

    def add(context: _Context, builder: _Builder, signature: object, arguments: tuple[object, object]) -> object:  # noqa: ARG001 - numba's own signature
        pairs = []
        for argument in arguments:
            number = context.make_complex(builder, types.complex64, argument)
            pair = ir.Constant(ir.VectorType(ir.FloatType(), 2), ir.Undefined)
            pair = builder.insert_element(pair, number.real, places[0])
            pairs.append(builder.insert_element(pair, number.imag, places[1]))
        total, both = context.make_complex(builder, types.complex64), builder.fadd(*pairs)
        total.real, total.imag = (builder.extract_element(both, place) for place in places)
        return total._getvalue()  # noqa: SLF001 - what numba's own sums of complex numbers end with

    def prefer_wide_vectors(typing: object) -> object:  # noqa: ARG001 - numba's own signature
        return types.none(), widen

    def popcount(typing: object, word: Callable[[object], object]) -> object:  # noqa: ARG001 - numba's own signature
        return word(word), count

    def add_pairs(typing: object, a: object, b: object) -> object:  # noqa: ARG001 - numba's own signature
        return types.complex64(types.complex64, types.complex64), add

    return {each.__name__: intrinsic(each) for each in (prefer_wide_vectors, popcount, add_pairs)}
