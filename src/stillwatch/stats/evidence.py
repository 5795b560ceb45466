"""From an observation to evidence: Bayes factors, how explanations share them, and caps.

Every factor compares two predictions for what a group shows: that it shows a *sign*, and that it is
an *ordinary* group, whose prediction is taken from the rest of the population and kept wide, because
innocent groups differ. A factor has mean 1 over ordinary groups, which makes it an e-value.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy import stats as sps

FACTOR_CAP = 1e4
"""No single observation multiplies the odds by more than this, or divides them by more."""

EFFECTIVE = 25.0
"""Members of one group are alike for reasons of their own: however many, they count as so many."""

TAIL_DEGREES = 5.0
"""Degrees of freedom of Student tails: innocents differ more than a normal law allows."""


def share_factor(count: float, n: float, sign: tuple[float, float], ordinary: tuple[float, float]) -> float:
    """How much `count` of `n` members speaks for the sign: a Bayes factor, 10⁻⁴ … 10⁴.

    count, n         members that show it, of how many; n > 0
    sign, ordinary   (a, b) of the Beta law of the share in groups with the sign, and without it
    source           beta-binomial marginal likelihoods; n is held to EFFECTIVE
    """
    effective = min(n, EFFECTIVE)
    hits = effective * count / n
    log_factor = (
        special.betaln(hits + sign[0], effective - hits + sign[1])
        - special.betaln(*sign)
        - special.betaln(hits + ordinary[0], effective - hits + ordinary[1])
        + special.betaln(*ordinary)
    )
    return _held(math.exp(max(-60.0, min(60.0, float(log_factor)))))


def around(share: float, strength: float) -> tuple[float, float]:
    """(a, b) of a Beta law with mean `share` that is worth `strength` observations, kept off 0 and 1."""
    share = min(max(share, 0.0), 1.0)
    return strength * share + 0.5, strength * (1.0 - share) + 0.5


def location_factor(
    value: float, error: float, sign: tuple[float, float], ordinary: tuple[float, float]
) -> float:
    """How much a measured value speaks for the sign: a Bayes factor, 10⁻⁴ … 10⁴.

    value, error     the measurement and its standard error, in its own unit
    sign, ordinary   (mean, spread between groups) of groups with the sign, and without it
    source           ratio of Student densities (5 degrees of freedom) with random effects
    """

    def density(law: tuple[float, float]) -> float:
        scale = math.hypot(law[1], error)
        return float(sps.t.pdf((value - law[0]) / scale, TAIL_DEGREES)) / scale

    return _held(density(sign) / max(density(ordinary), 1e-300))


def concentration_factor(
    counts: NDArray[np.int64], expected: NDArray[np.float64], sparse: float, strength: float
) -> float:
    """How much a group's histogram speaks for a concentration of its own: a Bayes factor, 10⁻⁴ … 10⁴.

    counts    (k,) members in each bin
    expected  (k,) the population's share of each bin, positive, sums to 1
    sparse    total weight of the sign's Dirichlet prior: small means few bins hold nearly all
    strength  total weight of the ordinary group's prior around `expected`: small lets groups differ
    source    Dirichlet-multinomial marginal likelihoods; the count is held to EFFECTIVE
    """
    total = float(counts.sum())
    if total <= 0.0:
        return 1.0
    # In the order of their contents, not of their names: sums come out the same to the last bit.
    order = np.lexsort((expected, counts))
    counts, expected = counts[order], expected[order]
    scaled = counts * (min(total, EFFECTIVE) / total)
    size = float(scaled.sum())

    def marginal(weights: NDArray[np.float64]) -> float:
        mass = float(weights.sum())
        return float(
            special.gammaln(mass)
            - special.gammaln(mass + size)
            + (special.gammaln(weights + scaled) - special.gammaln(weights)).sum()
        )

    log_factor = marginal(expected * sparse) - marginal(expected * strength)
    return _held(math.exp(max(-60.0, min(60.0, log_factor))))


def likelihood(factor: float, shows: float) -> float:
    """The likelihood of an observation under an explanation, relative to ordinary accounts.

    factor  the observation's Bayes factor
    shows   how often groups of this kind show the sign, 0..1: a mixture, so that a missing sign
            never costs more than 1 - shows
    """
    return shows * factor + (1.0 - shows)


def cap(parts: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Parts of one family scaled so that their sum lies within ±limit.

    parts   (n,) log10 likelihood ratios that may depend on each other
    limit   > 0; positive parts shrink when the sum is too high, negative ones when it is too low
    """
    total = float(parts.sum())
    if abs(total) <= limit:
        return parts
    sign = 1.0 if total > 0 else -1.0
    same = np.where(parts * sign > 0, parts, 0.0)
    rest = float((parts - same).sum())
    return (parts - same) + same * ((sign * limit - rest) / float(same.sum()))


def _held(factor: float) -> float:
    return min(max(factor, 1.0 / FACTOR_CAP), FACTOR_CAP)
