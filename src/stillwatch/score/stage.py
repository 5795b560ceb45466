"""The score stage: CLUSTERS and INDICATORS in, CAMPAIGNS and all that is told of them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import fsum

import numpy as np
import pyarrow as pa

from stillwatch.engines.batches import in_order
from stillwatch.engines.parts import Range, ranges
from stillwatch.engines.plan import Engine
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.standing import Standing
from stillwatch.model.tables import conform
from stillwatch.score.carried_case import with_resting
from stillwatch.score.case import Case
from stillwatch.score.cases import cases_of
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
from stillwatch.score.degrees import read_degrees
from stillwatch.score.earlier import Tried, gone
from stillwatch.score.familiar import familiar, leave_out, ordinary_groups
from stillwatch.score.looks import Look, Verdict, look, look_without
from stillwatch.score.observation import learnt
from stillwatch.score.one_text import one_text, read_one_text
from stillwatch.score.rolls import attribute
from stillwatch.score.scene import Ints, Population, Scene, population
from stillwatch.score.scenes import Scenes, scenes, widest
from stillwatch.score.shared import shared_rows
from stillwatch.score.standing import at_work_elsewhere, bridges, claims, on_their_own, pieces
from stillwatch.score.steps import address_outsiders, find_signatures, outsiders, taken_over
from stillwatch.score.ties import Ties, read_ties

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


@dataclass(frozen=True, slots=True)
class Scored:
    """The tables of the score stage, and what became of the clusters that are not listed."""

    campaigns: pa.Table
    members: pa.Table
    attributed: pa.Table
    evidence: pa.Table
    contest: pa.Table
    shared: pa.Table
    wording: pa.Table
    ordinary: pa.Table
    tested: int
    explained: dict[str, int]  # clusters not listed, by their best innocent explanation
    tried: tuple[Tried, ...] = ()  # the groups of this look and of earlier ones, where others are to follow


def score(
    engine: Engine,
    missing: frozenset[str],
    rate: float,
    known: Mapping[str, frozenset[str]] | None = None,
    earlier: Sequence[Tried] | None = None,
    standing: Standing | None = None,
) -> Scored:
    """The findings of a scan.

    engine   holds what the link stage left
    missing  columns of exchanges and accounts of which nothing is known
    rate     the false-discovery bound of actionable campaigns, 0 < rate < 1
    known    ids of campaigns that an earlier scan listed, with their accounts: they keep these ids
    earlier  what earlier looks at the same traffic tried, none yet for the first; None where this is the only one
    standing campaigns that a scan of the exchanges before these called actionable: they are carried on
    source   e-values by likelihood ratio against the best of the rivals; the closed form of e-BH
    """
    for step in (one_text(), outsiders(), address_outsiders()):
        engine.run(step)
    find_signatures(engine)
    engine.run(taken_over())
    parts = ranges(engine)
    judged, cases, wording, ordinary = _tried(engine, parts, missing, rate, known or {}, earlier, standing)
    own = [case for case in cases if standing is None or case.campaign_id not in standing.ids]
    tables = {
        "campaigns": conform(
            pa.Table.from_pylist([c.row for c in cases], CAMPAIGNS), CAMPAIGNS, "score → CAMPAIGNS"
        ),
        "members": _stack([c.members for c in cases], MEMBERS, "score → MEMBERS"),
        "evidence": _stack([c.evidence for c in cases], EVIDENCE, "score → EVIDENCE"),
        "contest": _stack([c.contest for c in cases], CONTEST, "score → CONTEST"),
        "shared": conform(
            pa.Table.from_pylist(
                shared_rows(engine, [(c.campaign_id, c.cluster, c.roll.members) for c in own]), SHARED
            ),
            SHARED,
            "score → SHARED",
        ),
        "wording": wording,
        "ordinary": ordinary,
    }
    if standing is not None:
        tables = with_resting(tables, standing)
    return Scored(
        **tables,
        attributed=_attributed(engine, parts, cases),
        tested=judged.tested,
        explained=judged.explained,
        tried=judged.tried,
    )


def _tried(
    engine: Engine,
    parts: Sequence[Range],
    missing: frozenset[str],
    rate: float,
    known: Mapping[str, frozenset[str]],
    earlier: Sequence[Tried] | None,
    standing: Standing | None,
) -> tuple[Judged, list[Case], pa.Table, pa.Table]:
    """What became of the clusters, the cases of those that are listed, in their order, WORDING and ORDINARY.

    What is known of all accounts goes here: exchanges are attributed without it.
    """
    people = population(engine, missing)
    ties = read_ties(engine, people.size)
    known_again = np.zeros(0, np.int64) if standing is None else familiar(engine, standing, people, ties)
    leave_out(engine, known_again)
    with scenes(engine, parts) as filmed:
        judged = _judged(engine, filmed, people, ties, rate, earlier, known_again)
    ordinary = ordinary_groups(engine, people, ties, judged.ordinary)
    return judged, *cases_of(engine, parts, people, ties, judged, known, standing), ordinary


def _judged(
    engine: Engine,
    filmed: Scenes,
    people: Population,
    ties: Ties,
    rate: float,
    earlier: Sequence[Tried] | None,
    left_out: Ints,
) -> Judged:
    """Looks at every cluster but those that are left out, and decides."""
    degrees = read_degrees(engine)
    around = widest(engine)
    # Clusters are looked at side by side while the engine reads the next ones.
    look_at = partial(look, people=people, degrees=degrees, ties=ties)
    at_once = min(engine.threads, THREADS)
    seen = {each.cluster: each for each in in_order(look_at, filmed.first(), at_once, AHEAD)}
    told = _compared(seen)
    cut = filmed.cut
    again = sorted(
        (v.cluster for v in told if v.cluster in cut and v.log10_lr >= WORTH_A_WHOLE_LOOK),
        key=filmed.batch_of,
    )
    seen |= {each.cluster: each for each in in_order(look_at, map(filmed.whole, again), at_once)}
    tried = _compared(seen)
    # Whoever is only near is named in no case, so those groups do not compete.
    loose = loosely_tied(tried, people.size)
    now = () if earlier is None else _groups([v for v in tried if v.cluster not in loose], people, around)
    before = gone(earlier or (), now)
    lost = fsum(group.stake for group in before)
    acted = actionable([v for v in tried if v.cluster not in loose], rate, lost, around)
    # Accounts of a campaign convict nobody who only shares phrases with them, and these may convict themselves.
    sharing: dict[int, Ints] = {}
    for v in tried:
        if v.cluster in acted and len(v.sharing):
            others = np.setdiff1d(v.members, v.sharing)
            alone = look_without(filmed.whole(v.cluster), others, people, degrees, ties)
            if not stands(v.cluster, alone, tried, loose, rate * BY_ITSELF, lost, around):
                sharing[v.cluster] = v.sharing

    working = {v.cluster: (v.members, v.sent) for v in tried if v.cluster in acted}
    for cluster, others in at_work_elsewhere(working, around).items():
        sharing[cluster] = np.union1d(others, sharing.get(cluster, others))

    def look_rest(whole: Scene, others: Ints) -> Look | None:
        out = np.union1d(others, sharing.get(whole.cluster, others))
        return look_without(whole, out, people, degrees, ties)

    for cluster, others in sharing.items():
        rest = look_rest(filmed.whole(cluster), others)
        tried = in_place(rest, tried) if rest is not None else tried
    loose |= loosely_tied(tried, people.size)  # without them too few may be left
    acted = actionable([v for v in tried if v.cluster not in loose], rate, lost, around)

    def stands_without(cluster: int, others: Ints) -> bool:
        return stands(cluster, look_rest(filmed.whole(cluster), others), tried, loose, rate, lost, around)

    verdicts = whole_or_parts(tried, parents(engine), acted, stands_without)
    texts = read_one_text(engine)
    acted |= fill_its_text(verdicts, acted, loose, texts)
    named = {v.cluster: v.members for v in verdicts if v.cluster in acted}
    strength = {v.cluster: v.log10_lr for v in verdicts}
    into: dict[int, int] = {}
    stay, purer = frozenset(named), frozenset[int]()
    if shared := claims(named):
        common = bridges(named, strength, people.size, texts)

        def stays(cluster: int, others: Ints) -> bool:
            rest = look_rest(filmed.whole(cluster), others)
            share = 0.0 if cluster in common else len(others) / len(named[cluster])
            return stands_beside(cluster, rest, share, tried, rate) or stands(
                cluster, rest, tried, loose, rate, lost, around
            )

        stay, purer = on_their_own(named, strength, stays)
    if shared or texts:
        into = pieces({c: m for c, m in named.items() if c not in purer}, strength, stay, people.size, texts)
        acted = stay | purer
        verdicts = put_together(verdicts, into, acted)
        acted &= frozenset(v.cluster for v in verdicts)
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


def _attributed(engine: Engine, parts: Sequence[Range], cases: Sequence[Case]) -> pa.Table:
    """ATTRIBUTED: an exchange that shows templates of two campaigns goes to the one it is likelier from."""
    if not cases:
        return ATTRIBUTED.empty_table()
    owed = [(c.campaign_id, c.cluster, c.roll.weights, c.exchange_probability) for c in cases]
    return attribute(engine, parts, owed)


def _stack(tables: Sequence[pa.Table], schema: pa.Schema, door: str) -> pa.Table:
    if not tables:
        return schema.empty_table()
    return conform(pa.concat_tables(tables).combine_chunks(), schema, door)
