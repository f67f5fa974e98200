"""Numbers of a few bits each, packed without gaps into bytes, and the symbols that a scan reads them by.

Fields lie one after the other, most significant bit first; the last byte is filled with zeros. A scan
looks several fields up at once: a *symbol* is a run of fields of at most 8 bits, in one byte or across two.
Fields of 1, 2, 4 and 8 bits make symbols of one byte, fields of 3 bits symbols of two fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

SYMBOL_BITS = 8
"""Tables of 256 float32 stay in the first cache: codes of 8 bytes scan 4× as fast as with symbols of 12 bits."""

MAX_WIDTH = 8


@dataclass(frozen=True)
class Symbol:
    """Fields `first … stop` as bits of two neighboring bytes: `(bytes[byte : byte + 2] >> shift) % 2**width`."""

    first: int
    stop: int
    byte: int
    shift: int
    width: int


@dataclass(frozen=True)
class Fields:
    """How the numbers of one pixel are packed.

    Attributes
    ----------
    widths : tuple of int
        Bits of each field, 0 to 8; a field of no bits is always 0.
    """

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(not 0 <= width <= MAX_WIDTH for width in self.widths):
            raise InvalidInput(f"fields of {sorted(set(self.widths))} bits: expected 0 to {MAX_WIDTH} bits each.")

    @classmethod
    def of(cls, widths: Sequence[int] | NDArray[np.integer]) -> "Fields":
        """From any sequence of widths."""
        return cls(tuple(int(width) for width in widths))

    @property
    def nbytes(self) -> int:
        """Bytes of one pixel."""
        return -(-sum(self.widths) // 8)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first bit of every field, and the end of the last."""
        return (0, *np.cumsum(self.widths).tolist())

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Runs of fields that cover all of them; a run ends early where a byte ends."""
        found, first = [], 0
        while first < len(self.widths):
            start, stop = self.starts[first], first + 1
            while stop < len(self.widths) and self.starts[stop + 1] - start <= SYMBOL_BITS:
                if self.starts[stop] % 8 == 0 and self.starts[stop] > start:
                    break
                stop += 1
            width = self.starts[stop] - start
            found.append(Symbol(first, stop, start // 8, 16 - start % 8 - width, width))
            first = stop
        return tuple(found)

    @cached_property
    def reading(self) -> NDArray[np.int64]:
        """What the scan's kernel needs of every symbol: byte, next byte, shift, mask, first entry of its table."""
        sizes = [1 << symbol.width for symbol in self.symbols]
        firsts = np.cumsum([0, *sizes])[:-1]
        last = max(self.nbytes - 1, 0)
        rows = [
            (min(symbol.byte, last), min(symbol.byte + 1, last), symbol.shift, (1 << symbol.width) - 1, first)
            for symbol, first in zip(self.symbols, firsts, strict=True)
        ]
        return np.array(rows, np.int64).reshape(-1, 5)

    def table(self, values: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
        """Sums of the fields' values for everything that a symbol can be, one symbol after the other.

        Parameters
        ----------
        values : sequence of ndarray of shape (2**width,)
            What each number of each field stands for.

        Returns
        -------
        ndarray, float32
            Indexed by `reading`'s first entry plus the symbol. The sums are made in float64.
        """
        tables = []
        for symbol in self.symbols:
            total = np.zeros(1)
            for field in range(symbol.first, symbol.stop):
                total = np.add.outer(total, np.asarray(values[field], np.float64)).reshape(-1)
            tables.append(total)
        return np.concatenate(tables or [np.zeros(0)]).astype(np.float32)
