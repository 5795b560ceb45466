"""Whether accounts draw topics from one stream, and whether each keeps to a wording: within accounts against between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.kernels.directions import Groups, squared_products
from stillwatch.kernels.distinct import numbered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PAIRS = 50
"""Of an account no more pairs of prompts count: its topics are known by then."""

FEWEST_PAIRS = 2
FEWEST_ACCOUNTS = 5
ROUNDS = 4
"""Prompts are paired anew so many times: few prompts make many pairs."""

ACCOUNTS = 400
"""More accounts make the measurement no better than the laws that it is compared with."""

UNIT = 127.0
"""Length of a direction in whole steps: sums of squares stay exact, in any order."""


@dataclass(frozen=True, slots=True)
class Excess:
    """How much more alike two things of one account are than two of different accounts.

    value     ratio of mean likeness within accounts to that between them, less 1: 0 when accounts don't matter
    error     its standard error (jackknife over accounts, wider where few accounts tell it)
    accounts  how many it rests on
    """

    value: float
    error: float
    accounts: int


def own_topics(vectors: Floats, who: Ints, variant: Ints) -> Excess | None:
    """How much of a field of its own each account has; None with fewer than five accounts of enough prompts.

    vectors   (k, d) meaning of prompts, in order of time
    who       (k,) account of each
    variant   (k,) wording of each: prompts are compared with others of the account in the same wording

    Two prompts of an account differ in a direction of its topics. Differences are free of whatever wording an
    account always uses, and their directions of how long it is. Accounts that draw from one stream spread in
    the same directions; a person's differences lie in the directions of that person's topics.
    source    equality of covariance shapes by unbiased squared inner products, as in Li & Chen 2012, Annals of
              Statistics 40(2), on spatial signs (Tyler 1987)
    """
    groups = Groups(vectors, who, variant)
    chosen = np.arange(groups.count)
    within, between, sizes = [], [], []
    for number in range(ROUNDS):
        direction, size = groups.differences(chosen, number, ROUNDS, PAIRS, UNIT)
        if number == 0:
            enough = np.flatnonzero(size >= FEWEST_PAIRS)
            if len(enough) < FEWEST_ACCOUNTS:
                return None
            spaced = np.linspace(0, len(enough) - 1, min(len(enough), ACCOUNTS))
            picked = enough[np.unique(spaced.astype(np.int64))]
            direction = direction[np.isin(np.repeat(chosen, size), picked)]
            chosen, size = picked, size[picked]
        alike, others = squared_products(direction, size)
        within.append(alike.astype(np.float64))
        between.append(others.astype(np.float64))
        sizes.append(size.astype(np.float64))
    return _excess(np.array(within), np.array(between), np.array(sizes))


def own_wording(shown: pa.Array, who: Ints) -> Excess | None:
    """How much of a wording of its own each account keeps to; None with fewer than five accounts of two prompts.

    shown   (k,) lists of the templates that each prompt shows; who (k,) account of each
    source  mean cosine of the lists within accounts and between them
    """
    size = shown.value_lengths().to_numpy()
    order, place, _ = _runs_of(who, np.zeros(len(who), np.int64))
    early = np.zeros(len(who), dtype=bool)
    early[order] = place < PAIRS
    kept = (size > 0) & early
    kept &= np.bincount(who[kept], minlength=int(who.max(initial=0)) + 1)[who] >= 2
    accounts, account = np.unique(who[kept], return_inverse=True)
    if len(accounts) < FEWEST_ACCOUNTS:
        return None
    template, _ = numbered(shown.flatten().to_numpy())
    row = np.repeat(np.arange(len(size)), size)
    inside = kept[row]
    position = np.full(len(size), -1)
    position[kept] = account
    # Whole thousandths of a unit vector: sums are exact in any order.
    weight = np.rint(1000.0 / np.sqrt(size[row[inside]]))
    owner, template = position[row[inside]], template[inside]
    pair, first = numbered(owner, template)
    sums, whose, which = np.bincount(pair, weights=weight), owner[first], template[first]
    everybody = np.bincount(template, weights=weight)
    squares = np.bincount(whose, weights=sums**2).astype(np.float64)
    itself: Floats = np.bincount(owner, weights=weight**2).astype(np.float64)
    between: Floats = np.bincount(whose, weights=sums * everybody[which]) - squares
    counts = np.bincount(account).astype(np.float64)
    return _excess((squares - itself)[None, :], between[None, :], counts[None, :])


def _excess(within: Floats, between: Floats, sizes: Floats) -> Excess | None:
    """The ratio of the mean over pairs within accounts to that between them, less 1.

    None where all likeness between accounts hangs on one of them: without it, there is nothing to compare with.

    within, between, sizes  (rounds, accounts) each account's sums over ordered pairs, and how many it has
    """
    total = sizes.sum(axis=1, keepdims=True)
    inside = (sizes * (sizes - 1.0)).sum(axis=0)
    outside = (sizes * (total - sizes)).sum(axis=0)
    w, b = within.sum(axis=0), between.sum(axis=0)
    if not b.sum() or not (b.sum() - 2.0 * b).all():
        return None
    value = float((w.sum() / inside.sum()) / (b.sum() / outside.sum()) - 1.0)
    # Without an account its pairs with the others are missing on both sides.
    without = ((w.sum() - w) / (inside.sum() - inside)) / (
        (b.sum() - 2.0 * b) / (outside.sum() - 2.0 * outside)
    )
    n = len(w)
    # How much accounts differ is known from n of them: as wide as Student's law with n - 1 degrees of freedom.
    known = (n - 1) / (n - 3)
    return Excess(value, float(np.sqrt(known * (n - 1) / n * ((without - without.mean()) ** 2).sum())), n)


def _runs_of(a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """(order, place, length): rows sorted by (a, b), and in that order each one's place in its run and its length."""
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    new = np.ones(len(a), dtype=bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    starts = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    return order, np.arange(len(a)) - starts[run], np.diff(np.r_[starts, len(a)])[run]
