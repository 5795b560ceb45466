"""Whether one stream is dealt out over accounts: neighbours in it alike, turns taken evenly; against shifted accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.kernels.streams import early_gaps, neighbours
from stillwatch.model.exchanges import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Directions = NDArray[np.int16]

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
    own = _own_directions(who, vectors)
    shifts = _shifts(0, days, len(names))
    # Mean cosine of neighbours less that of all pairs of their day.
    by_hour = np.argsort(ts % DAY, kind="stable")
    near, pairs, usual = neighbours(by_hour, who, (ts - begin) // DAY, own, shifts, days, NEAR)
    return _compared((near - usual) / np.maximum(pairs, 1) / UNIT**2, len(names))


def turns_taken(ts: Ints, who: Ints) -> Compared | None:
    """How seldom an exchange of another account comes at once: the negative share of such early gaps.

    ts, who  (n,) time, microseconds, and account of each exchange

    The joint stream of accounts that know nothing of each other is as uneven as chance; where one program
    gives each its turn, the next exchange waits. Accounts are shifted by up to APART, so that day, density and
    everybody's own bursts stay. None with too few exchanges or accounts.
    source  early gaps of superposed streams: Cox & Smith 1954, Biometrika 41; shifted trains as above
    """
    if len(ts) > MOST:
        early = ts <= np.partition(ts, MOST - 1)[MOST - 1]
        ts, who = ts[early], who[early]
    order = np.lexsort((who, ts))[:MOST]
    order = order[np.argsort(who[order], kind="stable")]
    ts, who = ts[order], who[order]
    names, who = np.unique(who, return_inverse=True)
    if len(ts) < FEWEST or len(names) < FEWEST_ACCOUNTS:
        return None
    share = early_gaps(ts, who, _shifts(-APART, APART, len(names)), AROUND, EARLY)
    return _compared(-share, len(names))


def _shifts(low: int, high: int, accounts: int) -> Ints:
    """(1 + SHIFTS, accounts) by how much each account is shifted: not at all, then at random, low ≤ shift < high."""
    drawn = np.random.default_rng(SEED).integers(low, high, (SHIFTS, accounts))
    return np.concatenate([np.zeros((1, accounts), np.int64), drawn])


def _compared(measured: Floats, accounts: int) -> Compared:
    """measured  (1 + SHIFTS,) on the accounts as they are, then shifted"""
    return Compared(float(measured[0]), measured[1:], accounts)


def _about_one_hour(ts: Ints, who: Ints, vectors: Floats) -> tuple[Ints, Ints, Floats]:
    """All exchanges, or about MOST of them from one time of every day: a shift by whole days keeps them together."""
    if len(ts) <= MOST:
        return ts, who, vectors
    phase = np.sort(ts % DAY)
    first = (len(ts) - MOST) // 2
    kept = (ts % DAY >= phase[first]) & (ts % DAY < phase[first + MOST])
    return ts[kept], who[kept], vectors[kept]


def _own_directions(who: Ints, vectors: Floats) -> Directions:
    """(n, d) direction in which each exchange differs from its account's mean, in whole steps.

    who  (n,) account of each, from 0, ascending
    """
    count = np.bincount(who)
    total = np.add.reduceat(vectors, np.cumsum(count) - count, axis=0)
    away = vectors * count[who, None] - total[who]  # whole numbers, so that lengths are exact
    length = np.sqrt((away**2).sum(axis=1))
    steps: Directions = np.rint(away / np.maximum(length, 1e-9)[:, None] * UNIT).astype(np.int16)
    return steps
