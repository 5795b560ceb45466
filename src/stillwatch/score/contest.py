"""The contest: extraction against every innocent explanation, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
              what not knowing the kind costs
    parts     log10 likelihood ratio of each observation after its family's cap
    log10_lr  the sum of the parts and the prior
    """

    rival: Explanation
    operator: Explanation
    prior: float
    parts: tuple[float, ...]
    log10_lr: float


def contest(observations: Sequence[Observation]) -> tuple[Match, ...]:
    """A match against each rival, the best rival (lowest log10_lr) first.

    Extraction is a mixture of kinds of operator, each as likely as it is common. The parts are those of the kind that
    explains the observations best, and `prior` is what the mixture falls short of it.
    """
    factors = np.array([o.factor for o in observations])
    families = np.array([FAMILIES.index(o.family) for o in observations], dtype=np.int64)
    groups = [np.flatnonzero(families == number) for number in np.unique(families)]

    def expected(explanation: Explanation) -> Floats:
        return likelihood(factors, np.array([explanation.expects(o.signal) for o in observations]))

    tried = [(operator, share, expected(operator)) for operator, share in OPERATORS]
    matches = []
    for rival in RIVALS:
        innocent = expected(rival)
        parts = [_capped(np.log10(guilty / innocent), groups) for _, _, guilty in tried]
        matches.append(_match(rival, [(operator, share) for operator, share, _ in tried], parts))
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))


def _capped(raw: Floats, groups: Sequence[NDArray[np.intp]]) -> Floats:
    """(n,) the likelihood ratios with those of each group of them capped together."""
    parts = np.zeros(len(raw))
    for group in groups:
        parts[group] = cap(raw[group], FAMILY_CAP)
    return parts


def _match(
    rival: Explanation, operators: Sequence[tuple[Explanation, float]], parts: Sequence[Floats]
) -> Match:
    sums = np.array([each.sum() for each in parts]) + np.log10([share for _, share in operators])
    best = int(np.argmax(sums))
    rounded = tuple(round(float(part), 4) for part in parts[best])
    together = sums[best] + np.log10((10.0 ** (sums - sums[best])).sum())
    prior = round(float(together - parts[best].sum()), 4)
    return Match(rival, operators[best][0], prior, rounded, round(sum(rounded) + prior, 4))
