"""Whether one stream is dealt out over accounts: neighbours in it alike, turns taken evenly; against shifted accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.kernels.streams import neighbours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Directions = NDArray[np.int16]

DAY = 86_400_000_000
HOUR = DAY // 24

SHIFTS = 99
"""Times that every account is shifted against the others: what is left of an accident in so many is one in a hundred."""

MOST = 2_000
"""Of more exchanges so many are looked at, those about one time of the day: neighbours stay neighbours."""

FEWEST = 100
FEWEST_ACCOUNTS = 5
FEWEST_DAYS = 3

NEAR = 4
"""Exchanges at most so many places apart in the joint stream are neighbours."""

APART = 3 * HOUR
"""Accounts are shifted by up to so much where the day and its density must stay as they are."""

AROUND = 8
"""Gaps on either side that tell how dense the stream is."""

EARLY = 0.25
"""A gap shorter than this share of the usual one around it is a turn that was not waited for."""

UNIT = 127.0
"""Length of a direction in whole steps: sums of products stay exact, in any order."""

SEED = 20260610


@dataclass(frozen=True, slots=True)
class Compared:
    """A measurement on the accounts as they are, and on the same accounts shifted against each other.

    value     the measurement; shifted (SHIFTS,) the same with the accounts shifted
    accounts  how many it rests on
    """

    value: float
    shifted: Floats
    accounts: int


def neighbours_alike(ts: Ints, who: Ints, vectors: Floats) -> Compared | None:
    """How much more alike in topic neighbours in the joint stream are than exchanges of the same day.

    ts, who  (n,) time, microseconds, and account of each exchange; vectors (n, d) whole numbers, its meaning

    Who works through one list over many accounts asks for like things one after the other, whichever account
    sends them. Each account's mean is taken off, and with it whatever wording it always uses; pairs of one account
    don't count. What a whole day is about cancels. Accounts are shifted by whole days, around the window's end:
    each keeps its hours, its gaps and the order of its topics. None with too few exchanges, accounts or days.
    source  cross-correlation against shifted trains, as in Date, Bienenstock & Geman 1998, and Louis et al. 2010,
            Frontiers in Computational Neuroscience 4
    """
    ts, who, vectors = _about_one_hour(ts, who, vectors)
    many = np.bincount(who, minlength=1)[who] >= 2
    ts, who, vectors = ts[many], who[many], vectors[many]
    order = np.lexsort((ts, who))
    ts, who, vectors = ts[order], who[order], vectors[order]
    names, who = np.unique(who, return_inverse=True)
    if len(who) < FEWEST or len(names) < FEWEST_ACCOUNTS:
        return None
    begin = int(ts.min() // DAY) * DAY
    days = int((ts.max() - begin) // DAY) + 1
    if days < FEWEST_DAYS:
        return None
    own = _own_directions(who, vectors, len(names))
    runs = _runs(who, (ts - begin) // DAY, own)

    def measured(moved: Ints) -> float:
        order = np.argsort(moved, kind="stable")  # of one moment, in the order of accounts
        day = (moved - begin) // DAY
        return _likeness(order, who, day, own, (runs[0], day[runs[1]], runs[2]))

    return _compared(
        measured,
        ts,
        lambda rng: begin + (ts - begin + rng.integers(0, days, len(names))[who] * DAY) % (days * DAY),
        len(names),
    )


def turns_taken(ts: Ints, who: Ints) -> Compared | None:
    """How seldom an exchange of another account comes at once: the negative share of such early gaps.

    ts, who  (n,) time, microseconds, and account of each exchange

    The joint stream of accounts that know nothing of each other is as uneven as chance; where one program
    gives each its turn, the next exchange waits. Accounts are shifted by up to APART, so that day, density and
    everybody's own bursts stay. None with too few exchanges or accounts.
    source  early gaps of superposed streams: Cox & Smith 1954, Biometrika 41; shifted trains as above
    """
    order = np.lexsort((who, ts))[:MOST]
    order = order[np.argsort(who[order], kind="stable")]
    ts, who = ts[order], who[order]
    names, who = np.unique(who, return_inverse=True)
    if len(ts) < FEWEST or len(names) < FEWEST_ACCOUNTS:
        return None

    def measured(moved: Ints) -> float:
        order = np.argsort(moved, kind="stable")
        return -_early(moved[order], who[order])

    return _compared(measured, ts, lambda rng: ts + rng.integers(-APART, APART, len(names))[who], len(names))


def _compared(
    measured: Callable[[Ints], float], ts: Ints, shift: Callable[[np.random.Generator], Ints], accounts: int
) -> Compared:
    rng = np.random.default_rng(SEED)
    shifted = np.array([measured(shift(rng)) for _ in range(SHIFTS)])
    return Compared(measured(ts), shifted, accounts)


def _about_one_hour(ts: Ints, who: Ints, vectors: Floats) -> tuple[Ints, Ints, Floats]:
    """All exchanges, or about MOST of them from one time of every day: a shift by whole days keeps them together."""
    if len(ts) <= MOST:
        return ts, who, vectors
    phase = np.sort(ts % DAY)
    first = (len(ts) - MOST) // 2
    kept = (ts % DAY >= phase[first]) & (ts % DAY < phase[first + MOST])
    return ts[kept], who[kept], vectors[kept]


def _own_directions(who: Ints, vectors: Floats, accounts: int) -> Directions:
    """(n, d) direction in which each exchange differs from its account's mean, in whole steps."""
    count = np.bincount(who, minlength=accounts).astype(np.float64)
    total = np.zeros((accounts, vectors.shape[1]))
    np.add.at(total, who, vectors)
    away = vectors * count[who, None] - total[who]  # whole numbers, so that lengths are exact
    length = np.sqrt((away**2).sum(axis=1))
    steps: Directions = np.rint(away / np.maximum(length, 1e-9)[:, None] * UNIT).astype(np.int16)
    return steps


def _runs(who: Ints, day: Ints, own: Directions) -> tuple[Ints, Ints, Floats]:
    """Each account's days: (exchanges, row of the first, squared length of their sum); rows are sorted by both."""
    starts = np.flatnonzero(np.r_[True, (who[1:] != who[:-1]) | (day[1:] != day[:-1])])
    sums = np.add.reduceat(own, starts, axis=0, dtype=np.float64)
    return np.diff(np.r_[starts, len(who)]), starts, (sums**2).sum(axis=1)


def _likeness(order: Ints, who: Ints, day: Ints, own: Directions, runs: tuple[Ints, Ints, Floats]) -> float:
    """Mean cosine of pairs up to NEAR places apart less that of all pairs of their day, those of one account left out.

    order          rows in the order of time
    who, day, own  of each row; runs: exchanges, day and squared sum of each account's days
    """
    near, pairs, squares = neighbours(order, who, day, own, NEAR)
    count = np.bincount(day).astype(np.float64)
    held = squares - np.bincount(runs[1], weights=runs[2], minlength=len(pairs))
    all_pairs = count**2 - np.bincount(runs[1], weights=runs[0].astype(np.float64) ** 2, minlength=len(pairs))
    usual = held / np.maximum(all_pairs, 1.0)
    return float((near - (pairs * usual).sum()) / max(pairs.sum(), 1.0)) / UNIT**2


def _early(ts: Ints, who: Ints) -> float:
    """Share of the gaps between different accounts that are shorter than EARLY of the mean gap around them."""
    gaps = np.diff(ts).astype(np.float64)
    width = 2 * AROUND + 1
    usual = (ts[width:] - ts[:-width]) / width
    middle = slice(AROUND, AROUND + len(usual))
    told = (who[1:] != who[:-1])[middle] & (usual > 0)
    return float((gaps[middle] < EARLY * usual)[told].mean()) if told.any() else 0.0
