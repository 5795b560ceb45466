"""Intervals for numbers of accounts and exchanges, those that were not seen included."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

NORMAL_95 = 1.959964


def unseen(sightings: NDArray[np.int64]) -> tuple[float, float, float]:
    """How many accounts of a group were never caught: the estimate and its 95 % bounds.

    sightings  (n,) times each seen account was caught, ≥ 1
    source     Chao 1987, Biometrics 43(4): f1(f1-1)/2(f2+1), log-normal interval
    """
    f1 = float((sightings == 1).sum())
    f2 = float((sightings == 2).sum())
    estimate = f1 * (f1 - 1.0) / (2.0 * (f2 + 1.0))
    if estimate <= 0.0:
        return 0.0, 0.0, 0.0
    variance = (
        estimate
        + f1 * (2.0 * f1 - 1.0) ** 2 / (4.0 * (f2 + 1.0) ** 2)
        + f1**2 * f2 * (f1 - 1.0) ** 2 / (4.0 * (f2 + 1.0) ** 4)
    )
    k = math.exp(NORMAL_95 * math.sqrt(math.log1p(variance / estimate**2)))
    return estimate, estimate / k, estimate * k


def expected_count(
    probabilities: NDArray[np.float64], times: NDArray[np.int64] | None = None
) -> tuple[float, float, float]:
    """How many of the uncertain things are real: the mean and its 95 % bounds.

    probabilities  (n,) of independent events, 0..1
    times          (n,) things that stand or fall with each event; one each when not given
    source         normal approximation of the Poisson-binomial law
    """
    sizes = np.ones(len(probabilities)) if times is None else times.astype(np.float64)
    mean = float((probabilities * sizes).sum())
    width = NORMAL_95 * math.sqrt(float((probabilities * (1.0 - probabilities) * sizes**2).sum()))
    return mean, max(0.0, mean - width), min(float(sizes.sum()), mean + width)


def odds_to_probability(log10_odds: float) -> float:
    """The probability 0..1 of base-10 log odds, without overflow."""
    return 1.0 / (1.0 + math.pow(10.0, -max(-300.0, min(300.0, log10_odds))))
