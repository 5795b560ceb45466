"""From an observation to evidence: Bayes factors, how explanations share them, and caps.

Every factor compares two predictions for what a group shows: that it shows a *sign*, and that it is
an *ordinary* group, whose prediction is taken from the rest of the population and kept wide, because
innocent groups differ. A factor has mean 1 over ordinary groups, which makes it an e-value.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

Number = TypeVar("Number", float, NDArray[np.float64])

FACTOR_CAP = 1e4
"""No single observation multiplies the odds by more than this, or divides them by more."""

EFFECTIVE = 25.0
"""Members of one group are alike for reasons of their own: however many, they count as so many."""

IN_ONE_BIN = (3.0, 2.0)
"""(a, b) of the Beta law of the share that one bin draws in a concentrated group; the careful stay out."""

TAIL_DEGREES = 5.0
"""Degrees of freedom of Student tails: innocents differ more than a normal law allows."""

_STUDENT = math.gamma((TAIL_DEGREES + 1.0) / 2.0) / (
    math.sqrt(TAIL_DEGREES * math.pi) * math.gamma(TAIL_DEGREES / 2.0)
)


def share_factor(count: float, n: float, sign: tuple[float, float], ordinary: tuple[float, float]) -> float:
    """How much `count` of `n` members speaks for the sign: a Bayes factor, 10⁻⁴ … 10⁴.

    count, n         members that show it, of how many; n > 0
    sign, ordinary   (a, b) of the Beta law of the share in groups with the sign, and without it
    source           beta-binomial marginal likelihoods; n is held to EFFECTIVE

    A broad law reaches below a narrow one, too: who shows a sign no more than is ordinary is never said to show it.
    """
    effective = min(n, EFFECTIVE)
    hits = effective * count / n
    log_factor = (
        special.betaln(hits + sign[0], effective - hits + sign[1])
        - special.betaln(*sign)
        - special.betaln(hits + ordinary[0], effective - hits + ordinary[1])
        + special.betaln(*ordinary)
    )
    factor = held(math.exp(max(-60.0, min(60.0, float(log_factor)))))
    return factor if count * sum(ordinary) > n * ordinary[0] else min(factor, 1.0)


def around(share: float, strength: float) -> tuple[float, float]:
    """(a, b) of a Beta law with mean `share` that is worth `strength` observations, kept off 0 and 1."""
    share = min(max(share, 0.0), 1.0)
    return strength * share + 0.5, strength * (1.0 - share) + 0.5


def concentration_factor(
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    strength: float,
    total: int | None = None,
    prior: NDArray[np.float64] | None = None,
) -> float:
    """How much a group's histogram speaks for one bin that holds most of it: a Bayes factor, 10⁻⁴ … 10⁴.

    counts    (k,) members in each bin
    expected  (k,) the population's share of each bin, 0 < share < 1
    strength  total weight of the ordinary group's prior around `expected`: small lets groups differ
    total     members in all, where bins overlap; the sum of the counts when not given
    prior     (k,) how likely each bin is the one, before the group is looked at; all alike when not given
    source    the mean over bins of the beta-binomial factor for "this bin draws more than half", weighted by
              how likely each is; a mean of e-values is an e-value (Vovk & Wang 2021, section 3)
    """
    members = float(counts.sum()) if total is None else float(total)
    if members <= 0.0:
        return 1.0
    effective = min(members, EFFECTIVE)
    hits = counts * (effective / members)
    usual_a, usual_b = expected * strength + 0.05, (1.0 - expected) * strength + 0.05
    log_factors = (
        special.betaln(hits + IN_ONE_BIN[0], effective - hits + IN_ONE_BIN[1])
        - special.betaln(*IN_ONE_BIN)
        - special.betaln(hits + usual_a, effective - hits + usual_b)
        + special.betaln(usual_a, usual_b)
    )
    weight = np.ones(len(counts)) if prior is None else prior
    # A bin that draws no more than its share is not the one, however narrow the ordinary law.
    log_factors = np.minimum(log_factors, np.where(hits > effective * expected, 60.0, 0.0))
    parts = np.exp(log_factors) * (weight / weight.mean())
    # Summed by size: the order of bins is the order of their names, and decides nothing.
    return held(float(np.sort(parts).mean()))


def shift_factor(value: float, shifted: NDArray[np.float64]) -> float:
    """How much a measurement exceeds what the same accounts show when nothing ties them: a Bayes factor, ≤ m + 1.

    value    measured on the group as it is
    shifted  (m,) measured on copies of it in which what would tie its members is broken, and nothing else
    source   exchangeable measurements T: exp(k T) over its mean is an e-value whatever their law (Balinsky &
             Balinsky 2024, PMLR 230; Ramdas & Wang 2025, Hypothesis Testing with E-values); the mean over k of 1, 2
             and 3 spreads is one, too
    """
    every = np.append(shifted, value)
    spread = float(every.std())
    if spread <= 1e-12 * max(float(np.abs(every).max()), 1e-300):
        return 1.0
    scaled = (every - every.max()) / spread
    factors = [math.exp(k * scaled[-1]) / float(np.exp(k * np.sort(scaled)).mean()) for k in (1.0, 2.0, 3.0)]
    return held(sum(factors) / len(factors))


def robust_spread(values: NDArray[np.float64]) -> float:
    """The spread of the bulk of the values, as a standard deviation: strangers at the edges don't count.

    source  median absolute deviation, scaled for the normal law
    """
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) if len(values) else 0.0


def likelihood(factor: Number, shows: Number) -> Number:
    """The likelihood of an observation under an explanation, relative to ordinary accounts.

    factor  the observation's Bayes factor
    shows   how often groups of this kind show the sign, 0..1: a mixture, so that a missing sign
            never costs more than 1 - shows
    """
    return shows * factor + (1.0 - shows)


def cap(parts: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Parts of one family scaled so that their sum lies within ±limit.

    parts   (..., n) log10 likelihood ratios that may depend on each other
    limit   > 0; positive parts shrink when the sum is too high, negative ones when it is too low
    """
    total = parts.sum(axis=-1, keepdims=True)
    over = np.abs(total) > limit
    if not over.any():
        return parts
    sign = np.where(total > 0, 1.0, -1.0)
    same = np.where(parts * sign > 0, parts, 0.0)
    rest = (parts - same).sum(axis=-1, keepdims=True)
    scale = (sign * limit - rest) / np.where(over, same.sum(axis=-1, keepdims=True), 1.0)
    return np.where(over, (parts - same) + same * scale, parts)


def student(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """The density of Student's law with TAIL_DEGREES at x, as numpy computes it."""
    tail = 1.0 + np.square(x) / TAIL_DEGREES
    # To the power of (TAIL_DEGREES + 1) / 2: products take a tenth of the time.
    return np.asarray(_STUDENT / (tail * tail * tail))


def held(factor: float) -> float:
    """The factor, held within FACTOR_CAP either way."""
    return min(max(factor, 1.0 / FACTOR_CAP), FACTOR_CAP)
