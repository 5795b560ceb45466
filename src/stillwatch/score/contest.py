"""The contest: extraction against every innocent explanation, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from stillwatch.model.links import FAMILIES
from stillwatch.score.explanation import Explanation
from stillwatch.score.extraction import OPERATORS
from stillwatch.score.observation import Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.stats.evidence import cap, likelihood

Floats = NDArray[np.float64]

FAMILY_CAP = 4.0
"""A family adds or takes at most four powers of ten: its observations depend on each other."""


@dataclass(frozen=True, slots=True)
class Match:
    """Extraction against one rival.

    operator  the kind of operator that explains the observations best
    prior     log10 of the likelihood of extraction by all kinds, each as common as it is, over that by this kind alone:
              what not knowing the kind costs; and what is gained where the rival is rarer than others
    parts     log10 likelihood ratio of each observation after its family's cap
    log10_lr  the sum of the parts and the prior
    """

    rival: Explanation
    operator: Explanation
    prior: float
    parts: tuple[float, ...]
    log10_lr: float


@cache
def _rates(signals: tuple[str, ...]) -> tuple[Floats, Floats]:
    """((operators, n), (rivals, n)): how often each kind shows the sign of each signal."""
    kinds = [operator for operator, _ in OPERATORS], RIVALS
    guilty, innocent = (np.array([[kind.expects(s) for s in signals] for kind in each]) for each in kinds)
    return guilty, innocent


def contest(observations: Sequence[Observation]) -> tuple[Match, ...]:
    """A match against each rival, the best rival (lowest log10_lr) first.

    Extraction is a mixture of kinds of operator, each as likely as it is common. The parts are those of the kind that
    explains the observations best, and `prior` is what the mixture falls short of it.
    """
    factors = np.array([o.factor for o in observations])
    families = np.array([FAMILIES.index(o.family) for o in observations])

    signals = tuple(o.signal for o in observations)
    guilty, innocent = (likelihood(factors, each) for each in _rates(signals))
    parts = np.log10(guilty / innocent[:, None])  # (rivals, operators, observations)
    for family in np.unique(families):
        of_it = families == family
        parts[:, :, of_it] = cap(parts[:, :, of_it], FAMILY_CAP)
    matches = []
    sums = parts.sum(axis=2) + np.log10([share for _, share in OPERATORS])
    best = sums.argmax(axis=1)
    together = np.logaddexp.reduce(sums * np.log(10.0), axis=1) / np.log(10.0)
    of_best = parts[np.arange(len(RIVALS)), best]
    rarer = -np.log10([rival.common for rival in RIVALS])
    priors = np.round(together - of_best.sum(axis=1) + rarer, 4).tolist()
    for rival, told, kind, prior in zip(
        RIVALS, np.round(of_best, 4).tolist(), best.tolist(), priors, strict=True
    ):
        matches.append(Match(rival, OPERATORS[kind][0], prior, tuple(told), round(sum(told) + prior, 4)))
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))
