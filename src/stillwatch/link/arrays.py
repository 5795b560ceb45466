"""Columns of a batch as arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def runs(column: pa.Array) -> NDArray[np.int64]:
    """Where each run of equal numbers begins, and how many numbers there are."""
    each = column.to_numpy()
    changes = np.flatnonzero(each[1:] != each[:-1]) + 1
    return np.r_[0, changes, len(each)] if len(each) else np.zeros(1, np.int64)


def lists(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(ends, values) of a column of lists of numbers; a missing list is an empty one."""
    return column.offsets.to_numpy().astype(np.int64), numbers(column.values)


def small_lists(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(ends, values) of a column of lists of small numbers; a missing list is an empty one."""
    return column.offsets.to_numpy().astype(np.int64), column.values.to_numpy()


def numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """The numbers of a column without gaps."""
    return np.asarray(column.to_numpy(), dtype=np.int64)
