"""Which clusters are listed, and which may be acted on: each is looked at, and tried beside the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import fsum

import numpy as np
import pyarrow as pa

from stillwatch.engines.batches import in_order
from stillwatch.engines.plan import Engine
from stillwatch.score.deciding import (
    Judged,
    actionable,
    fill_its_text,
    in_place,
    loosely_tied,
    prior_odds,
    put_together,
    stands,
    stands_beside,
    weights,
    whole_or_parts,
)
from stillwatch.score.degrees import Degrees, read_degrees
from stillwatch.score.earlier import Tried, gone
from stillwatch.score.looks import Look, Verdict, look, look_without
from stillwatch.score.observation import learnt
from stillwatch.score.one_text import read_one_text
from stillwatch.score.scene import Ints, Population, Scene
from stillwatch.score.scenes import Scenes, widest
from stillwatch.score.standing import at_work_elsewhere, bridges, claims, on_their_own, pieces
from stillwatch.score.ties import Ties

WORTH_WATCHING = 1.0
"""Clusters whose evidence is below ten to one for extraction are counted, and not listed."""

WORTH_A_WHOLE_LOOK = 0.0
"""What is looked at first tells a cluster's evidence within a few tenths: from here on all of it is looked at."""

BY_ITSELF = 0.1
"""A class of members that shares phrases with the rest may be a mixture, of users of a public set with a piece of a campaign:
it convicts itself where so small a part of the bound on false discoveries would do."""

THREADS = 4
"""So many clusters at most are looked at side by side: more would wait for each other, since much of a trial is short steps
of the interpreter."""

AHEAD = 64
"""So many wait to be looked at while the engine reads the next batch of them."""


def decide(
    engine: Engine,
    filmed: Scenes,
    people: Population,
    ties: Ties,
    rate: float,
    earlier: Sequence[Tried] | None,
    left_out: Ints,
) -> Judged:
    """Looks at every cluster but those that are left out, and decides.

    engine    holds what `read_degrees`, `widest`, `parents` and `read_one_text` read
    rate      the false-discovery bound of actionable campaigns, 0 < rate < 1
    earlier   what earlier looks at the same traffic tried, none yet for the first; None where this is the only one
    left_out  clusters that an earlier scan explained
    """
    degrees, around = read_degrees(engine), widest(engine)
    look_at = partial(look, people=people, degrees=degrees, ties=ties)
    tried = _looked_at(filmed, look_at, min(engine.threads, THREADS))
    # Whoever is only near is named in no case, so those groups do not compete.
    loose = loosely_tied(tried, people.size)
    now = () if earlier is None else _groups([v for v in tried if v.cluster not in loose], people, around)
    before = gone(earlier or (), now)
    court = _Court(filmed, people, degrees, ties, around, rate, fsum(group.stake for group in before))
    sharing = _only_sharing(court, tried, loose)
    for cluster, others in sharing.items():
        rest = court.without(cluster, others)
        tried = in_place(rest, tried) if rest is not None else tried
    loose |= loosely_tied(tried, people.size)  # without them too few may be left
    verdicts, acted, into = _standing(engine, court, tried, loose, sharing)
    listed = {v.cluster: v for v in verdicts if v.log10_lr >= WORTH_WATCHING}
    explained = Counter(v.matches[0].rival.name for v in verdicts if v.cluster not in listed)
    ordinary = {v.cluster: (v.matches[0].rival.name, v.log10_lr) for v in tried if v.log10_lr < 0.0}
    return Judged(
        listed,
        acted,
        len(tried),
        prior_odds(tried, around),
        dict(sorted(explained.items())),
        into,
        now + before,
        ordinary,
        frozenset(left_out.tolist()),
    )


@dataclass(frozen=True, slots=True)
class _Court:
    """What every decision rests on beside the verdicts.

    around  cluster → the widest one around it
    rate    the false-discovery bound; lost: what was at stake in groups of earlier looks with which none of now goes on
    """

    filmed: Scenes
    people: Population
    degrees: Degrees
    ties: Ties
    around: Mapping[int, int]
    rate: float
    lost: float

    def without(self, cluster: int, others: Ints) -> Look | None:
        """What is seen of a cluster without those accounts; None if too few are left."""
        return look_without(self.filmed.whole(cluster), others, self.people, self.degrees, self.ties)

    def acted(self, tried: Sequence[Verdict], loose: frozenset[int]) -> frozenset[int]:
        """Those that may be acted on."""
        return actionable([v for v in tried if v.cluster not in loose], self.rate, self.lost, self.around)

    def stands(
        self,
        cluster: int,
        rest: Look | None,
        tried: Sequence[Verdict],
        loose: frozenset[int],
        part: float = 1.0,
    ) -> bool:
        """Whether a cluster would be acted on for the rest of it alone, at so small a part of the bound."""
        return stands(cluster, rest, tried, loose, self.rate * part, self.lost, self.around)


def _looked_at(filmed: Scenes, look_at: Callable[[Scene], Look], at_once: int) -> list[Verdict]:
    """The verdicts of all clusters, side by side while the engine reads the next ones.

    Of a large one a part is looked at first, and all of it where that tells enough.
    """
    seen = {each.cluster: each for each in in_order(look_at, filmed.first(), at_once, AHEAD)}
    told, cut = _compared(seen), filmed.cut
    again = sorted(
        (v.cluster for v in told if v.cluster in cut and v.log10_lr >= WORTH_A_WHOLE_LOOK),
        key=filmed.batch_of,
    )
    seen |= {each.cluster: each for each in in_order(look_at, map(filmed.whole, again), at_once)}
    return _compared(seen)


def _only_sharing(court: _Court, tried: Sequence[Verdict], loose: frozenset[int]) -> dict[int, Ints]:
    """Cluster → those of its members whom it convicts of nothing, of clusters that could be acted on.

    Accounts of a campaign convict nobody who only shares phrases with them, and these may convict themselves; nor whoever
    is at work for another campaign.
    """
    acted = court.acted(tried, loose)
    sharing: dict[int, Ints] = {}
    for v in tried:
        if v.cluster in acted and len(v.sharing):
            alone = court.without(v.cluster, np.setdiff1d(v.members, v.sharing))
            if not court.stands(v.cluster, alone, tried, loose, BY_ITSELF):
                sharing[v.cluster] = v.sharing
    working = {v.cluster: (v.members, v.sent) for v in tried if v.cluster in acted}
    for cluster, others in at_work_elsewhere(working, court.around).items():
        sharing[cluster] = np.union1d(others, sharing.get(cluster, others))
    return sharing


def _standing(
    engine: Engine,
    court: _Court,
    tried: Sequence[Verdict],
    loose: frozenset[int],
    sharing: Mapping[int, Ints],
) -> tuple[list[Verdict], frozenset[int], dict[int, int]]:
    """The verdicts of wholes or their parts, which of them may be acted on, and cluster → the campaign that it is a piece of.

    sharing  as of `_only_sharing`
    """

    def rest_of(cluster: int, others: Ints) -> Look | None:
        return court.without(cluster, np.union1d(others, sharing.get(cluster, others)))

    def stands_without(cluster: int, others: Ints) -> bool:
        return court.stands(cluster, rest_of(cluster, others), tried, loose)

    acted = court.acted(tried, loose)
    verdicts = whole_or_parts(tried, parents(engine), acted, stands_without)
    texts = read_one_text(engine)
    acted |= fill_its_text(verdicts, acted, loose, texts)
    named = {v.cluster: v.members for v in verdicts if v.cluster in acted}
    strength = {v.cluster: v.log10_lr for v in verdicts}
    shared = claims(named)
    stay, purer = frozenset(named), frozenset[int]()
    if shared:
        common = bridges(named, strength, court.people.size, texts)

        def stays(cluster: int, others: Ints) -> bool:
            rest = rest_of(cluster, others)
            share = 0.0 if cluster in common else len(others) / len(named[cluster])
            return stands_beside(cluster, rest, share, tried, court.rate) or court.stands(
                cluster, rest, tried, loose
            )

        stay, purer = on_their_own(named, strength, stays)
    if not shared and not texts:
        return verdicts, acted, {}
    alone = {cluster: members for cluster, members in named.items() if cluster not in purer}
    into = pieces(alone, strength, stay, court.people.size, texts)
    acted = stay | purer
    verdicts = put_together(verdicts, into, acted)
    return verdicts, acted & frozenset(v.cluster for v in verdicts), into


def _groups(verdicts: Sequence[Verdict], people: Population, around: Mapping[int, int]) -> tuple[Tried, ...]:
    return tuple(
        Tried(frozenset(people.account_id.take(pa.array(v.members)).to_pylist()), weight)
        for v, weight in zip(verdicts, weights(verdicts, around), strict=True)
    )


def _compared(seen: Mapping[int, Look]) -> list[Verdict]:
    """The verdicts of all clusters beside one another, in their order."""
    looks = [seen[cluster] for cluster in sorted(seen)]
    learned = learnt([each.observations for each in looks])
    return [each.judged(observations) for each, observations in zip(looks, learned, strict=True)]


def parents(engine: Engine) -> dict[int, int]:
    """Reads CLUSTER_PARENTS."""
    table = engine.to_arrow("cluster_parents", "cluster")
    return dict(zip(table["cluster"].to_pylist(), table["parent"].to_pylist(), strict=True))
