"""A `.npy` file, read row by row: from disk, or with one range request for any run of rows."""

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.sources.address import Stat, download, is_remote, stat

HEADER_BYTES = 512
"""More than the header of any plain array: magic, version and a dict, padded to a multiple of 64."""


@dataclass(frozen=True)
class NpyFile:
    """An array in a `.npy` file, C order."""

    file: str
    stat: Stat
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    """Byte at which the values begin."""

    @property
    def row_bytes(self) -> int:
        """Bytes of one row: all that lies under one index of the first axis."""
        return int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    def rows(self, window: slice) -> NDArray[Any]:
        """The values of a run of rows; SourceUnavailable when the file or its server does not answer."""
        if not is_remote(self.file):
            return self._mapped[window]
        data = download(
            self.file, self.start + window.start * self.row_bytes, self.start + window.stop * self.row_bytes
        )
        return np.frombuffer(data, self.dtype).reshape(-1, *self.shape[1:])

    @cached_property
    def _mapped(self) -> NDArray[Any]:
        return np.memmap(self.file, self.dtype, "r", self.start, self.shape)


def open_npy(file: str) -> NpyFile:
    """Describe a `.npy` file from its first bytes.

    Raises
    ------
    SourceUnavailable
        It is not there, or shorter than its header says.
    InvalidInput
        It is no `.npy` file, or in Fortran order.
    """
    status = stat(file)
    head = io.BytesIO(download(file, 0, min(HEADER_BYTES, status.size)))
    try:
        version = np.lib.format.read_magic(head)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(head)
    except ValueError as error:
        raise InvalidInput(f"{file} is not a .npy file ({error}).") from error
    if is_fortran:
        raise InvalidInput(f"{file} is in Fortran order, expected C order as Tessera publishes it.")
    expected = head.tell() + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if status.size < expected:
        raise SourceUnavailable(f"{file} is cut off: {status.size} bytes of {expected}. Download it again.")
    return NpyFile(file, status, shape, dtype, head.tell())
