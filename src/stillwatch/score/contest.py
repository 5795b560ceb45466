"""The contest: extraction against every innocent explanation, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.model.links import FAMILIES
from stillwatch.score.explanation import Explanation
from stillwatch.score.extraction import OPERATORS
from stillwatch.score.observation import Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.stats.evidence import cap, likelihood

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
    matches = [_match(observations, rival) for rival in RIVALS]
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))


def _match(observations: Sequence[Observation], rival: Explanation) -> Match:
    tried = [_against(observations, operator, share, rival) for operator, share in OPERATORS]
    return max(tried, key=lambda match: match.log10_lr)


def _against(
    observations: Sequence[Observation], operator: Explanation, share: float, rival: Explanation
) -> Match:
    raw = np.array(
        [
            np.log10(
                likelihood(o.factor, operator.expects(o.signal))
                / likelihood(o.factor, rival.expects(o.signal))
            )
            for o in observations
        ]
    )
    family = np.array([FAMILIES.index(o.family) for o in observations])
    parts = np.zeros(len(raw))
    for number in np.unique(family):
        parts[family == number] = cap(raw[family == number], FAMILY_CAP)
    rounded = tuple(round(float(part), 4) for part in parts)
    prior = round(float(np.log10(share)), 4)
    return Match(rival, operator, prior, rounded, round(sum(rounded) + prior, 4))
