"""Joint streams of many accounts, as they are and with the accounts shifted against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.compiling import entry, inlined, read_only

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@inlined
def _squared(vector: Any) -> Any:
    """Squared length of a vector of whole numbers."""
    total: Any = 0
    for each in vector:
        total += np.int64(each) * np.int64(each)
    return total


@entry
def _neighbours(
    order: Any,
    who: Any,
    day: Any,
    own: Any,
    shifts: Any,
    days: Any,
    lags: Any,
    near: Any,
    pairs: Any,
    usual: Any,
) -> None:
    rows, width = own.shape
    sums, products = np.empty(width, np.int32), np.empty(width, np.int32)
    before_it = np.empty(width, np.int16)
    # Rows of one account and day stay together, wherever they are shifted.
    begins = np.empty(rows + 1, np.int64)
    squares = np.empty(rows, np.int64)
    runs = 0
    for row in range(rows):
        if row == 0 or who[row] != who[row - 1] or day[row] != day[row - 1]:
            begins[runs] = row
            runs += 1
    begins[runs] = rows
    for run in range(runs):
        sums[:] = 0
        for row in range(begins[run], begins[run + 1]):
            for k in range(width):
                sums[k] += own[row, k]
        squares[run] = _squared(sums)
    at, joint = np.empty(rows, np.int64), np.empty(rows, np.int64)
    ends, own_pairs, own_squares = (
        np.empty(days, np.int64),
        np.empty(days, np.int64),
        np.empty(days, np.int64),
    )
    for time in range(len(shifts)):
        ends[:] = 0
        own_pairs[:] = 0
        own_squares[:] = 0
        for run in range(runs):
            first, size = begins[run], begins[run + 1] - begins[run]
            moved = (day[first] + shifts[time, who[first]]) % days
            at[first : first + size] = moved
            ends[moved] += size
            own_pairs[moved] += size * size
            own_squares[moved] += squares[run]
        # By day, and within it by the time of the day, which no shift changes.
        total = 0
        for each in range(days):
            count = ends[each]
            ends[each] = total
            total += count
        for row in order:
            joint[ends[at[row]]] = row
            ends[at[row]] += 1
        begin = 0
        for each in range(days):
            count = ends[each] - begin
            met = 0
            sums[:] = 0
            products[:] = 0
            for place in range(begin, ends[each]):
                row = joint[place]
                # One product with the sum of the neighbours, and one sum of the products of a day.
                before_it[:] = 0
                for before in range(max(begin, place - lags), place):
                    other = joint[before]
                    if who[other] != who[row]:
                        for k in range(width):
                            before_it[k] += own[other, k]
                        met += 1
                for k in range(width):
                    sums[k] += np.int32(own[row, k])
                    products[k] += np.int32(before_it[k]) * np.int32(own[row, k])
            pairs[time] += met
            if met:
                near[time] += products.sum()
                all_pairs = count * count - own_pairs[each]
                usual[time] += met * ((_squared(sums) - own_squares[each]) / all_pairs)
            begin = ends[each]


def neighbours(
    order: Ints, who: Ints, day: Ints, own: npt.NDArray[np.int16], shifts: Ints, days: int, lags: int
) -> tuple[Ints, Ints, Floats]:
    """(near, pairs, usual) of neighbours, with each account's rows shifted by whole days around the last day's end.

    order     (n,) rows by the time of the day, those of one moment by their places
    who, day  (n,) account and day, from 0, of each row; rows are sorted by both
    own       (n, d) whole numbers, whose squares times n and lags stay below 2^31, and times lags below 2^15
    shifts    (s, accounts) days ≥ 0 by which each account is shifted, time after time
    days      how many days there are
    lags      rows of one day and different accounts, at most so many places apart, are neighbours
    near      (s,) sum of the inner products of neighbours
    pairs     (s,) how many neighbours there are
    usual     (s,) what that sum were if neighbours were as alike as all pairs of different accounts of their day
    """
    times = len(shifts)
    near, pairs, usual = np.zeros(times, np.int64), np.zeros(times, np.int64), np.zeros(times)
    _neighbours(
        read_only(order), read_only(who), read_only(day), read_only(own), read_only(shifts), days, lags,
        near, pairs, usual,
    )  # fmt: skip
    return near, pairs, usual


@entry
def _keyed(ts: Any, who: Any, shifts: Any, low: Any, bits: Any, keys: Any) -> None:
    for time in range(len(shifts)):
        for row in range(len(ts)):
            keys[time, row] = ((ts[row] + shifts[time, who[row]] - low) << bits) | row


@entry
def _early(ts: Any, who: Any, shifts: Any, order: Any, last: Any, around: Any, share: Any, out: Any) -> None:
    rows, width = len(who), 2 * around + 1
    times, whose = np.empty(rows, np.int64), np.empty(rows, np.int64)
    for time in range(len(shifts)):
        for place in range(rows):
            row = order[time, place] & last
            whose[place] = who[row]
            times[place] = ts[row] + shifts[time, who[row]]
        early = told = 0
        for place in range(around, rows - around - 1):
            whole = times[place + 1 + around] - times[place - around]
            # Without a branch, which a processor can't foretell here.
            counts = (whose[place] != whose[place + 1]) & (whole > 0)
            told += counts
            early += counts & (times[place + 1] - times[place] < share * (whole / width))
        out[time] = early / told if told else 0.0


def early_gaps(ts: Ints, who: Ints, shifts: Ints, around: int, share: float) -> Floats:
    """(s,) the share of gaps between rows of different accounts that are much shorter than the gaps around them.

    ts, who  (n,) time and account, from 0, of each row; of one moment, rows follow their places
    shifts   (s, accounts) what is added to the times of each account, time after time
    around   gaps on either side that tell how long a gap usually is there
    share    a gap below this share of their mean is early
    """
    out = np.zeros(len(shifts))
    if len(ts) and len(shifts):
        stream = (read_only(ts), read_only(who), read_only(shifts))
        order, last = _in_order(*stream)
        _early(*stream, read_only(order), last, around, share, out)
    return out


def _in_order(ts: Ints, who: Ints, shifts: Ints) -> tuple[Ints, int]:
    """(order, last): (s, n) the places of the rows as their times ascend, equal ones as they stand, in the bits of `last`."""
    bits = len(ts).bit_length()
    low = int(ts.min()) + int(shifts.min())
    if (int(ts.max()) + int(shifts.max()) - low) >> (63 - bits):
        return np.argsort(ts + shifts[:, who], axis=1, kind="stable"), -1
    # A time and its place in one number: those are sorted several times as fast as places by their times.
    keys = np.empty((len(shifts), len(ts)), np.int64)
    _keyed(ts, who, shifts, low, bits, keys)
    keys.sort(axis=1)
    return keys, (1 << bits) - 1


@entry
def _changed_within(
    ts: Any, turns: Any, first: Any, last: Any, begins: Any, width: Any, covers: Any, expected: Any
) -> None:
    for number in range(len(turns)):
        turn, low, high = turns[number], first[number], last[number]
        whole = max(ts[high - 1] - ts[low], 1)
        before, behind = low, low
        for place in range(len(begins)):
            begin = begins[place]
            while before + 1 < high and ts[before + 1] <= begin:
                before += 1
            while behind + 1 < high and ts[behind] < begin + width:
                behind += 1
            expected[place] += min(max((ts[behind] - ts[before]) / whole, 0.0), 1.0)
            covers[place] += begin + width > ts[turn] and begin < ts[turn + 1]


def changed_within(
    ts: Ints, turns: Ints, first: Ints, last: Ints, begins: Ints, width: int
) -> tuple[Ints, Floats]:
    """(covers, expected): how many rows can have changed in each stretch of time, and how many were to be expected.

    ts           (n,) times of the rows of one account after the other, ascending within each
    turns        (k,) rows behind which an account changes: at some moment before the next one
    first, last  (k,) where that account's rows begin and end
    begins       (h,) ascending: stretches begin there, and last for `width`
    covers       (h,) changes that may lie in the stretch
    expected     (h,) the same, were each change as likely between any two rows as these are far apart: the gaps that
                 touch the stretch, as a share of the time in which the account is seen
    """
    covers, expected = np.zeros(len(begins), np.int64), np.zeros(len(begins))
    inputs = (ts, turns, first, last, begins)
    _changed_within(*map(read_only, inputs), width, covers, expected)
    return covers, expected
