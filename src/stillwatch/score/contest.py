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
    prior     log10 of how common that kind is: what trying several of them costs
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

    Extraction is a mixture of kinds of operator; its likelihood is at least that of the best kind times how
    common that kind is, and no more is claimed.
    """
    factors = np.array([o.factor for o in observations])
    families = np.array([FAMILIES.index(o.family) for o in observations])

    def expected(explanation: Explanation) -> Floats:
        return likelihood(factors, np.array([explanation.expects(o.signal) for o in observations]))

    guilty = np.array([expected(operator) for operator, _ in OPERATORS])
    innocent = np.array([expected(rival) for rival in RIVALS])
    parts = np.log10(guilty / innocent[:, None])  # (rivals, operators, observations)
    for family in np.unique(families):
        of_it = families == family
        parts[:, :, of_it] = cap(parts[:, :, of_it], FAMILY_CAP)
    matches = []
    for rival, told in zip(RIVALS, parts.tolist(), strict=True):
        against = [
            _match(rival, operator, share, of_operator)
            for (operator, share), of_operator in zip(OPERATORS, told, strict=True)
        ]
        matches.append(max(against, key=lambda match: match.log10_lr))
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))


def _match(rival: Explanation, operator: Explanation, share: float, parts: Sequence[float]) -> Match:
    rounded = tuple(round(part, 4) for part in parts)
    prior = round(float(np.log10(share)), 4)
    return Match(rival, operator, prior, rounded, round(sum(rounded) + prior, 4))
