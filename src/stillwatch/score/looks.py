"""A cluster is looked at alone, and then judged beside the other clusters of the run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.score.carving import (
    FEWEST_MEMBERS,
    only_sharing,
    only_texting,
    saying_as_much,
    without_organisations,
)
from stillwatch.score.contest import Match, contest
from stillwatch.score.degrees import Degrees
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Bools, Floats, Ints, Population, Scene
from stillwatch.score.signals import observe
from stillwatch.score.ties import Ties, explained_elsewhere

CERTAIN_MEMBERS = 0.99
"""A member belongs to its campaign with at least this probability, or is left out where enough others do."""


@dataclass(frozen=True, slots=True)
class Look:
    """A cluster before its contest: what is seen of it alone.

    members, bits  (n,) the account numbers that are tried, and their weight
    sent           (n,) how many of its exchanges each sent, -1 for those that were not looked at
    looked_at      how many of them the signals looked at: all, but of a very large cluster
    exchanges      how many there are, about; exact where all were looked at
    sharing        those of the members who show only what the rest shares with them
    """

    cluster: int
    members: Ints
    bits: Floats
    sent: Ints
    looked_at: int
    exchanges: int
    sharing: Ints
    observations: tuple[Observation, ...]

    def judged(self, observations: tuple[Observation, ...]) -> Verdict:
        """Its verdict by its observations, which are measured against the other clusters by now."""
        return Verdict(
            self.cluster,
            self.members,
            self.bits,
            self.sent,
            self.looked_at,
            self.exchanges,
            self.sharing,
            observations,
            contest(observations),
        )


@dataclass(frozen=True, slots=True)
class Verdict(Look):
    """A cluster after its contest, by observations that were measured against the other clusters."""

    matches: tuple[Match, ...]

    @property
    def log10_lr(self) -> float:
        """Extraction against the best innocent explanation."""
        return self.matches[0].log10_lr


def look(whole: Scene, people: Population, degrees: Degrees, ties: Ties) -> Look:
    """What is seen of a cluster, on those of its members whose exchanges are looked at."""
    return _look(whole, tried(whole, people, ties), people, degrees)


def look_without(whole: Scene, named: Ints, people: Population, degrees: Degrees, ties: Ties) -> Look | None:
    """What is seen of those members of a cluster that are not `named` (account numbers); None if too few are left."""
    keep = tried(whole, people, ties) & ~np.isin(whole.members, named)
    if keep.sum() < FEWEST_MEMBERS or not (keep & whole.judged)[whole.who].any():
        return None
    return _look(whole, keep, people, degrees)


def tried(whole: Scene, people: Population, ties: Ties) -> Bools:
    """(n,) the members of a cluster that are tried: those who explain themselves or are only near are left out."""
    keep = without_organisations(whole, people)
    keep &= saying_as_much(whole, keep)
    own = keep & ~explained_elsewhere(whole, ties)
    if own.sum() >= FEWEST_MEMBERS and own[whole.who].any():
        keep = own
    sure = keep & (belonging(whole.bits, people.size) >= CERTAIN_MEMBERS)
    if sure.sum() >= FEWEST_MEMBERS and sure[whole.who].any():
        keep = sure
    return keep


def _look(whole: Scene, keep: Bools, people: Population, degrees: Degrees) -> Look:
    seen = keep & whole.judged
    scene = whole if seen.all() else whole.only(seen)
    members = whole.members[keep]
    sent = np.full(len(members), -1, np.int64)
    sent[seen[keep]] = scene.per_member()
    # Of a cluster too large to be looked at whole, the rest sent about as much.
    exchanges = round(scene.exchanges * len(members) / scene.size)
    return Look(
        whole.cluster,
        members,
        whole.bits[keep],
        sent,
        scene.size,
        exchanges,
        whole.members[only_sharing(whole, seen) | only_texting(whole, people, seen)],
        observe(scene, people, degrees),
    )


def belonging(bits: Floats, accounts: int) -> Floats:
    """(n,) the probability with which each of a cluster's n members belongs to it.

    bits  (n,) weight of each; accounts: how many there are
    """
    odds = bits + np.log2(len(bits) / max(accounts - len(bits), 1))
    probability: Floats = 1.0 / (1.0 + 2.0 ** -np.clip(odds, -60.0, 60.0))
    return probability
