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
    claims = [
        (operator, round(float(np.log10(share)), 4), _likelihoods(observations, operator))
        for operator, share in OPERATORS
    ]
    family = np.array([FAMILIES.index(o.family) for o in observations])
    families = [np.flatnonzero(family == number) for number in np.unique(family)]
    matches = []
    for rival in RIVALS:
        told = _likelihoods(observations, rival)
        tried = [
            _against(rival, operator, prior, np.log10(claimed / told), families)
            for operator, prior, claimed in claims
        ]
        matches.append(max(tried, key=lambda match: match.log10_lr))
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))


def _likelihoods(observations: Sequence[Observation], explanation: Explanation) -> NDArray[np.float64]:
    return np.array([likelihood(o.factor, explanation.expects(o.signal)) for o in observations])


def _against(
    rival: Explanation,
    operator: Explanation,
    prior: float,
    raw: NDArray[np.float64],
    families: Sequence[NDArray[np.int64]],
) -> Match:
    parts = np.zeros(len(raw))
    for places in families:
        parts[places] = cap(raw[places], FAMILY_CAP)
    rounded = tuple(round(float(part), 4) for part in parts)
    return Match(rival, operator, prior, rounded, round(sum(rounded) + prior, 4))
