"""Which of many verdicts may be acted on, with a bound on the share of false ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def discoveries(
    log10_e: NDArray[np.float64], rate: float, weights: NDArray[np.float64] | None = None
) -> NDArray[np.bool_]:
    """Which hypotheses are rejected when the false-discovery rate is held to `rate`.

    log10_e  (n,) base-10 logarithms of e-values, dependent in any way
    rate     0 < rate < 1
    weights  (n,) prior weights, positive, scaled here to a mean of 1; all alike when not given
    source   Wang & Ramdas 2022, JRSS-B 84(3): e-BH, and its weighted form (section 5)
    """
    n = len(log10_e)
    if weights is not None and n:
        log10_e = log10_e + np.log10(weights / weights.mean())
    out = np.zeros(n, dtype=np.bool_)
    if n == 0:
        return out
    order = np.argsort(-log10_e, kind="stable")
    needed = np.log10(n / (rate * np.arange(1, n + 1)))
    passing = np.flatnonzero(log10_e[order] >= needed)
    if passing.size:
        # Ties stand or fall together, so that the order of rows can't decide.
        out = log10_e >= log10_e[order][passing[-1]]
    return out
