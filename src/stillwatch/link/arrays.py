"""Columns of a batch as arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def grouped(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64], pa.Array]:
    """(order, groups, numbers): rows of equal numbers one after the other, where in that order each number begins,
    and how many rows there are; and these numbers."""
    each = column.to_numpy()
    order = np.argsort(each, kind="stable")
    ordered = each[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(each) else np.zeros(0, np.bool_)
    return order, np.r_[np.flatnonzero(first), len(each)], pa.array(ordered[first])


def lists(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(ends, values) of a column of lists of numbers; a missing list is an empty one."""
    return column.offsets.to_numpy().astype(np.int64), numbers(column.values)


def small_lists(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(ends, values) of a column of lists of small numbers; a missing list is an empty one."""
    return column.offsets.to_numpy().astype(np.int64), column.values.to_numpy()


def numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """The numbers of a column without gaps."""
    return np.asarray(column.to_numpy(), dtype=np.int64)
