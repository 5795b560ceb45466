"""Whether accounts break off at one age since their sign-up, against ages and sign-ups that are shaken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 99
"""Times that ages, and sign-ups, are drawn anew."""

MOST = 400
"""More accounts make the measurement no better."""

SURPRISE = 0.01
"""An account breaks off when its silence is less likely than this at the rate at which it sent last."""

LATE = 3
"""The rate at which an account sent last is that of the last third of its time."""

HARD = 0.5
"""Who sent at last at least at this part of his usual rate was sending hard."""

SAME_AGE = 0.05
"""Two ages are one when they differ by at most this part: eight hours of a week."""

SHAKEN = 0.2
"""Ages that are free to differ are shaken by up to this part: lifetimes of people spread more widely by far."""

SEED = 20260611


@dataclass(frozen=True, slots=True)
class Endings:
    """How many pairs of accounts break off at one age, and how many when what would make them is lost.

    value     share of the pairs whose ages are one
    shaken    (DRAWS,) the same with every age shaken: lifetimes that merely are about as long
    permuted  (DRAWS,) the same with sign-ups dealt anew: an end that came for all on one date
    age       the age at which most break off, microseconds; accounts: how many do so about then
    """

    value: float
    shaken: Floats
    permuted: Floats
    age: int
    accounts: int


def broken_off(ts: Ints, who: Ints, accounts: int, until: int) -> tuple[Ints, Ints]:
    """(accounts that went silent while they were sending hard, the time of the last exchange of each).

    ts, who  (n,) time, microseconds, and account of each exchange, in order of time
    until    end of the window

    Who fades sends ever less, and is silent at last as was to be expected.
    source  a Poisson process at the rate of the last third: e^(-rate · silence)
    """
    first, last = np.full(accounts, until), np.full(accounts, -1)
    last[who] = ts  # in order of time: what is written last stays
    first[who[::-1]] = ts[::-1]
    late = ts > (last - (last - first) // LATE)[who]
    # The last one itself stands where it stands: it is no sign of a rate.
    count = np.maximum(np.bincount(who[late], minlength=accounts) - 1, 0)
    span = np.maximum((last - first) / LATE, 1.0)
    hard = count * LATE >= HARD * np.bincount(who, minlength=accounts)
    found = np.flatnonzero(hard & (count / span * (until - last) >= -np.log(SURPRISE)))
    return found.astype(np.int64), last[found]


def one_age(created: Ints, last: Ints) -> Endings:
    """Whether accounts break off at one age.

    created, last  (n,) sign-up and last exchange, microseconds, created < last; n ≥ 2
    source         shaken ages: dithering, as in Date, Bienenstock & Geman 1998; dealt sign-ups: Fisher 1935
    """
    chosen = np.unique(np.linspace(0, len(last) - 1, min(len(last), MOST)).astype(np.int64))
    created, last = created[chosen], last[chosen]
    age = np.sort(np.log((last - created).astype(np.float64)))
    rng = np.random.default_rng(SEED)
    shaken = [_pairs(age + rng.uniform(-SHAKEN, SHAKEN, len(age))) for _ in range(DRAWS)]
    order = np.lexsort((created, last))
    last, created = last[order], created[order]
    permuted = []
    for _ in range(DRAWS):
        apart = (last - rng.permutation(created)).astype(np.float64)
        # Who would have ended before signing up has no age: it is one with nobody's.
        permuted.append(_pairs(np.log(apart[apart > 0])) * _share(apart > 0))
    near = np.searchsorted(age, age + SAME_AGE, side="right") - np.searchsorted(age, age - SAME_AGE)
    top = int(np.argmax(near))
    return Endings(
        _pairs(age), np.array(shaken), np.array(permuted), round(float(np.exp(age[top]))), int(near[top])
    )


def _pairs(age: Floats) -> float:
    """Share of the pairs of ages, logarithms, that are one."""
    count = len(age)
    if count < 2:
        return 0.0
    age = np.sort(age)
    within = np.searchsorted(age, age + SAME_AGE, side="right") - np.arange(1, count + 1)
    return float(within.sum()) / (count * (count - 1) / 2)


def _share(told: NDArray[np.bool_]) -> float:
    """Share of the pairs of which both are told."""
    count, all_of = int(told.sum()), len(told)
    return count * (count - 1) / (all_of * (all_of - 1))
