"""Which of many verdicts may be acted on, with a bound on the share of false ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HIGHEST = 30.0
"""Base-10 logarithms beyond this change no decision, and would overflow sums."""


def discoveries(
    log10_e: NDArray[np.float64], rate: float, weights: NDArray[np.float64] | None = None
) -> NDArray[np.bool_]:
    """Which hypotheses are rejected when the false-discovery rate is held to `rate`.

    log10_e  (n,) base-10 logarithms of e-values, dependent in any way
    rate     0 < rate < 1
    weights  (n,) prior weights, positive, on any scale; all alike when not given
    source   Xu, Solari, Fischer, de Heide, Ramdas & Goeman 2025, arXiv 2509.02517: the closed form of e-BH (Wang &
             Ramdas 2022, JRSS-B 84(3)), which rejects all that e-BH does

    The weighted mean of the e-values of any set S is an e-value for "all of S are null". A set R may be rejected
    when for every S that mean is at least |S in R| / (|R| rate): where S holds the null ones, the share of them in R is
    then at most `rate` times an e-value.
    """
    n = len(log10_e)
    out = np.zeros(n, dtype=np.bool_)
    if n == 0:
        return out
    share = np.ones(n) if weights is None else weights / weights.mean()
    log10_e = np.clip(log10_e, -HIGHEST, HIGHEST)
    told = log10_e + np.log10(share)
    order = np.argsort(-told, kind="stable")
    e, share = 10.0 ** log10_e[order], share[order]
    for size in range(n, 0, -1):
        # Ties stand or fall together, so that the order of rows can't decide.
        tied = size < n and told[order[size]] == told[order[size - 1]]
        if not tied and _holds(e, share, size, rate):
            out[order[:size]] = True
            break
    return out


def _holds(e: Floats, share: Floats, size: int, rate: float) -> bool:
    """Whether the first `size` may be rejected: no set has a mean that falls short of its bound."""
    # A single one, alone, and all of them: most sizes fail here.
    if e[:size].min() * size * rate < 1.0 or (share[:size] * (e[:size] - 1.0 / rate)).sum() < 0.0:
        return False
    for inside in range(1, size + 1):
        bound = inside / (size * rate)
        excess = share * (e - bound)
        worst = np.partition(excess[:size], inside - 1)[:inside].sum()
        if worst + np.minimum(excess[size:], 0.0).sum() < 0.0:
            return False
    return True
