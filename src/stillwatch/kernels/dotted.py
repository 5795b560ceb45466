"""IPv4 addresses in their usual spelling, read from the bytes of a string column."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only
from stillwatch.kernels.hashing import U64

_U1 = U64(1)


@entry
def _read(data: Any, offsets: Any, packed: Any, plain: Any) -> None:
    for row in range(plain.size):
        pos, end = offsets[row], offsets[row + 1]
        part: Any = np.int64(0)
        digits: Any = np.int64(0)
        value: Any = np.int64(0)
        good: Any = True
        while pos < end and good:
            c = np.int64(data[pos])
            pos += _U1
            if c >= 48 and c <= 57:
                good = digits < 3 and not (digits == 1 and value == 0)
                value = 10 * value + c - 48
                digits += 1
            elif digits == 0 or value > 255 or part == 4:
                good = False
            elif c == 46 and part < 3:  # "."
                packed[row, part] = value
                part += 1
                digits = value = np.int64(0)
            elif c == 58 and part == 3 and pos < end:  # ":" and a port
                packed[row, 3] = value
                part = 4
                while pos < end:
                    good = good and data[pos] >= 48 and data[pos] <= 57
                    pos += _U1
            else:
                good = False
        if part == 3 and good and digits > 0 and value <= 255:
            packed[row, 3] = value
            part = 4
        plain[row] = good and part == 4


def read_ipv4(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The four bytes of each address and which texts are one: four numbers, no needless zeros, maybe a port.

    data     (bytes,) uint8, the texts laid end to end
    offsets  (n + 1,) uint64, where each begins and the last ends
    Returns (n, 4) uint8, of no meaning where (n,) bool is false.
    """
    count = offsets.size - 1
    packed, plain = np.zeros((count, 4), np.uint8), np.empty(count, np.bool_)
    _read(read_only(data), read_only(offsets), packed, plain)
    return packed, plain
