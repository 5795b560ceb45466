"""Neighbours in a stream of many accounts: how alike they are, and how all of a day are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, read_only

Ints = npt.NDArray[np.int64]


@entry
def _neighbours(order: Any, who: Any, day: Any, own: Any, lags: Any, pairs: Any, squares: Any) -> Any:
    near: Any = 0
    width = own.shape[1]
    sums = np.zeros(width, np.int64)
    for place in range(len(order)):
        row = order[place]
        if place > 0 and day[row] != day[order[place - 1]]:
            squares[day[order[place - 1]]] += (sums * sums).sum()
            sums[:] = 0
        for k in range(width):
            sums[k] += own[row, k]
        for lag in range(1, min(lags, place) + 1):
            other = order[place - lag]
            if day[other] != day[row]:
                break
            if who[other] != who[row]:
                product: Any = np.int32(0)
                for k in range(width):
                    product += np.int32(own[row, k]) * np.int32(own[other, k])
                near += product
                pairs[day[row]] += 1
    if len(order):
        squares[day[order[-1]]] += (sums * sums).sum()
    return near


def neighbours(
    order: Ints, who: Ints, day: Ints, own: npt.NDArray[np.int16], lags: int
) -> tuple[int, Ints, Ints]:
    """(near, pairs, squares) of rows in a joint order; each day's rows come one after the other.

    order  (n,) rows in their order; who, day (n,) account and day, from 0, of each row
    own    (n, d) vectors of whole numbers, each of length below 2^15
    lags   rows at most so many places apart are neighbours
    near      sum of the inner products of neighbours of one day and different accounts
    pairs     (days,) how many such neighbours there are
    squares   (days,) squared length of the sum of a day's vectors
    """
    days = int(day.max(initial=-1)) + 1
    pairs, squares = np.zeros(days, np.int64), np.zeros(days, np.int64)
    near = _neighbours(read_only(order), read_only(who), read_only(day), read_only(own), lags, pairs, squares)
    return int(near), pairs, squares
