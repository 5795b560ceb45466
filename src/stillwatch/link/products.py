"""What each two rows have in common, some rows at a time: all pairs at once may not fit memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

PAIRS = 1 << 22
"""Pairs of rows that are looked at together, unless one row alone has more."""


def products(rows: csr_array) -> Iterator[tuple[slice, csr_array]]:
    """Spans of rows, and the product of each with the transpose of all, in order.

    rows  (n, m); the products have n columns and one row for each of the span's
    """
    columns = csr_array(rows.T)
    reached = np.concatenate([[0], np.cumsum(np.diff(columns.indptr)[rows.indices])])[rows.indptr[1:]]
    ends = np.flatnonzero(np.diff(reached // PAIRS)) + 1
    for begin, end in pairwise([0, *ends.tolist(), rows.shape[0]]):
        span = slice(begin, end)
        yield span, csr_array(rows[span] @ columns)
