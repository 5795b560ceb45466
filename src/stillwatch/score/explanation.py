"""An explanation of a cluster: how often groups of its kind show each sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way in which a group of accounts can come to share what it shares.

    name     for machines; title: for people, as in "the best innocent explanation is one employer"
    shows    for each signal the share of groups of this kind that show its sign, 0..1
    because  for a family, one sentence: what this explanation leads one to expect there
    common   how common it is beside the others: what takes two explanations at once is rarer than either
    """

    name: str
    title: str
    shows: Mapping[str, float]
    because: Mapping[str, str] = field(default_factory=dict)
    common: float = 1.0

    def expects(self, signal: str) -> float:
        """How often groups of this kind show the signal; what is not stated is rare: 0.1."""
        return self.shows.get(signal, 0.1)
