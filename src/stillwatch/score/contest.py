"""The contest: extraction against every innocent explanation, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillwatch.model.links import FAMILIES
from stillwatch.score.explanation import Explanation
from stillwatch.score.extraction import EXTRACTION
from stillwatch.score.observation import Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.stats.evidence import cap, likelihood

FAMILY_CAP = 4.0
"""A family adds or takes at most four powers of ten: its observations depend on each other."""


@dataclass(frozen=True, slots=True)
class Match:
    """Extraction against one rival.

    parts     log10 likelihood ratio of each observation after its family's cap
    log10_lr  their sum
    """

    rival: Explanation
    parts: tuple[float, ...]
    log10_lr: float


def contest(observations: Sequence[Observation]) -> tuple[Match, ...]:
    """A match against each rival, the best rival (lowest log10_lr) first."""
    matches = [_match(observations, rival) for rival in RIVALS]
    return tuple(sorted(matches, key=lambda m: (m.log10_lr, m.rival.name)))


def _match(observations: Sequence[Observation], rival: Explanation) -> Match:
    raw = np.array(
        [
            np.log10(
                likelihood(o.factor, EXTRACTION.expects(o.signal))
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
    return Match(rival, rounded, round(sum(rounded), 4))
