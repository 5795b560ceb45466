"""What a signal hands on: a fact, and how much it speaks for a sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stillwatch.stats.groups import Measured, factors
from stillwatch.stats.groups import factor as alone


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact about a cluster.

    family, signal  where it belongs, and its name; explanations say by name how often they show it
    own             Bayes factor of the sign against an ordinary group, 10⁻⁴ … 10⁴; NaN until the other groups of the
                    run told what is ordinary
    measured        the value behind it, where they do
    accounts        members that show it
    fact            one sentence, numbers in it, that an outsider can check
    atlas           MITRE ATLAS technique
    """

    family: str
    signal: str
    own: float
    accounts: int
    fact: str
    atlas: str
    measured: Measured | None = None

    @property
    def factor(self) -> float:
        """Its Bayes factor; beside no other group, while these did not tell."""
        if self.measured is None or not math.isnan(self.own):
            return self.own
        return alone(self.measured)


def by_groups(
    family: str, signal: str, measured: Measured, accounts: int, fact: str, atlas: str
) -> Observation:
    """An observation whose factor the other groups of the run tell: see `learnt`."""
    return Observation(family, signal, math.nan, accounts, fact, atlas, measured)


def learnt(clusters: Sequence[tuple[Observation, ...]]) -> list[tuple[Observation, ...]]:
    """The observations of all clusters of a run, in the order given, each measured against all the others."""
    places: dict[str, list[tuple[int, int, Measured]]] = {}
    for number, observations in enumerate(clusters):
        for place, each in enumerate(observations):
            if each.measured is not None:
                places.setdefault(each.signal, []).append((number, place, each.measured))
    out = [list(observations) for observations in clusters]
    for found in places.values():
        weighed = factors([measured for _, _, measured in found])
        for (number, place, _), value in zip(found, weighed, strict=True):
            out[number][place] = replace(out[number][place], own=value)
    return [tuple(observations) for observations in out]


ESTABLISH_ACCOUNTS = "AML.T0021"
SERVICE_PROXIES = "AML.T0008.005"
VALID_ACCOUNTS = "AML.T0012"
INFERENCE_ACCESS = "AML.T0040"
EXTRACT_MODEL = "AML.T0024.002"


def percent(share: float) -> str:
    """A share as whole per cent, with one decimal below ten."""
    value = 100.0 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %"
