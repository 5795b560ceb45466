"""The score stage: CLUSTERS and INDICATORS in, CAMPAIGNS, MEMBERS, ATTRIBUTED and EVIDENCE out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from stillwatch.engines.batches import in_order
from stillwatch.engines.plan import Engine
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.tables import conform
from stillwatch.score.carving import saying_as_much, without_organisations
from stillwatch.score.case import Case, build_case
from stillwatch.score.contest import Match, contest
from stillwatch.score.kinship import related
from stillwatch.score.observation import Observation, learnt
from stillwatch.score.ranges import Range, ranges
from stillwatch.score.rolls import attribute, read_rolls
from stillwatch.score.scene import Floats, Ints, Population, Scene, population
from stillwatch.score.scenes import scenes
from stillwatch.score.shared import shared_rows
from stillwatch.score.signals import Degrees, observe
from stillwatch.score.steps import (
    address_outsiders,
    find_echoes,
    find_signatures,
    outsiders,
    taken_over,
)
from stillwatch.stats.discovery import discoveries

WORTH_WATCHING = 1.0
"""Clusters whose evidence is below ten to one for extraction are counted, and not listed."""

CERTAIN_MEMBERS = 0.99
"""A member belongs to its campaign with at least this probability, or is left out where enough others do."""

THREADS = 2
"""More would wait for each other: much of a trial is short steps of the interpreter."""

FEWEST = 5
"""Members that make a group."""

WHOLE_PREFERENCE = 1.0
"""Powers of ten by which a part must tell more than the whole."""


SAME = 0.5
"""A campaign is one that is known already when this share of the smaller one's accounts is in both."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The tables of the score stage, and what became of the clusters that are not listed."""

    campaigns: pa.Table
    members: pa.Table
    attributed: pa.Table
    evidence: pa.Table
    contest: pa.Table
    shared: pa.Table
    tested: int
    explained: dict[str, int]  # clusters not listed, by their best innocent explanation


@dataclass(frozen=True, slots=True)
class Look:
    """A cluster before its contest: what is seen of it alone.

    members, bits  (n,) the account numbers that are tried, and their weight
    looked_at      how many of them the signals looked at: all, but of a very large cluster
    exchanges      how many there are, about; exact where all were looked at
    """

    cluster: int
    members: Ints
    bits: Floats
    looked_at: int
    exchanges: int
    observations: tuple[Observation, ...]

    def judged(self, observations: tuple[Observation, ...]) -> Verdict:
        """Its verdict by its observations, which are measured against the other clusters by now."""
        return Verdict(
            self.cluster,
            self.members,
            self.bits,
            self.looked_at,
            self.exchanges,
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


def score(
    engine: Engine,
    missing: frozenset[str],
    rate: float,
    known: Mapping[str, frozenset[str]] | None = None,
) -> Scored:
    """The findings of a scan.

    engine   holds what the link stage left
    missing  columns of exchanges and accounts of which nothing is known
    rate     the false-discovery bound of actionable campaigns, 0 < rate < 1
    known    ids of campaigns that an earlier scan listed, with their accounts: they keep these ids
    source   e-values by likelihood ratio against the best of the rivals; Wang & Ramdas 2022 (e-BH)
    """
    for step in (outsiders(), address_outsiders()):
        engine.run(step)
    find_signatures(engine)
    engine.run(taken_over())
    people = population(engine, missing)
    degrees = _degrees(engine)
    parts = ranges(engine)
    # Clusters are looked at side by side while the engine reads the next ones.
    look_at = partial(look, people=people, degrees=degrees)
    looks = in_order(look_at, scenes(engine, parts), THREADS)
    seen = sorted(looks, key=lambda each: each.cluster)
    learned = learnt([each.observations for each in seen])
    verdicts = [each.judged(observations) for each, observations in zip(seen, learned, strict=True)]
    tested = len(verdicts)
    acted = actionable(verdicts, rate) - loosely_tied(verdicts, people.size)
    verdicts = whole_or_parts(verdicts, parents(engine))
    listed = {v.cluster: v for v in verdicts if v.log10_lr >= WORTH_WATCHING}
    explained = Counter(v.matches[0].rival.name for v in verdicts if v.cluster not in listed)
    engine.put("listed_clusters", pa.table({"cluster": pa.array(sorted(listed), pa.int64())}))
    find_echoes(engine, parts)
    tried = {cluster: (v.members, v.bits) for cluster, v in listed.items()}
    known = known or {}
    names = inherited({cluster: members for cluster, (members, _) in tried.items()}, people, known)
    cases: list[Case] = []
    for roll in read_rolls(engine, parts, tried, (people.since, people.until), len(known or {})):
        told = listed[roll.cluster]
        taken = {case.campaign_id for case in cases}
        cases.append(
            build_case(
                roll,
                people,
                told.observations,
                told.matches,
                told.looked_at,
                roll.cluster in acted,
                tested,
                taken | set(known),
                names.get(roll.cluster),
            )
        )
    cases.sort(key=lambda case: (not case.row["actionable"], -case.row["log10_lr"], case.campaign_id))
    cases = related(engine, cases, people)
    return Scored(
        campaigns=conform(
            pa.Table.from_pylist([c.row for c in cases], CAMPAIGNS), CAMPAIGNS, "score → CAMPAIGNS"
        ),
        members=_stack([c.members for c in cases], MEMBERS, "score → MEMBERS"),
        attributed=_attributed(engine, parts, cases),
        evidence=_stack([c.evidence for c in cases], EVIDENCE, "score → EVIDENCE"),
        contest=_stack([c.contest for c in cases], CONTEST, "score → CONTEST"),
        shared=conform(
            pa.Table.from_pylist(
                shared_rows(engine, [(c.campaign_id, c.cluster, c.roll.members) for c in cases]), SHARED
            ),
            SHARED,
            "score → SHARED",
        ),
        tested=tested,
        explained=dict(sorted(explained.items())),
    )


def look(whole: Scene, people: Population, degrees: Degrees) -> Look:
    """What is seen of a cluster, on those of its members whose exchanges are looked at."""
    keep = without_organisations(whole, people)
    keep &= saying_as_much(whole, keep)
    sure = keep & (belonging(whole.bits, people.size) >= CERTAIN_MEMBERS)
    if sure.sum() >= FEWEST and sure[whole.who].any():
        keep = sure
    seen = keep & whole.judged
    scene = whole if seen.all() else whole.only(seen)
    members = whole.members[keep]
    # Of a cluster too large to be looked at whole, the rest sent about as much.
    exchanges = round(len(scene.row) * len(members) / scene.size)
    return Look(
        whole.cluster, members, whole.bits[keep], scene.size, exchanges, observe(scene, people, degrees)
    )


def inherited(
    clusters: Mapping[int, Ints], people: Population, known: Mapping[str, frozenset[str]]
) -> dict[int, str]:
    """Cluster → the id that it had in an earlier scan, where at least half of the smaller is in both.

    clusters  cluster → account numbers; each id is given once, those with most in common first
    """
    fits = []
    for cluster, members in clusters.items() if known else ():
        names = frozenset(people.account_id.take(pa.array(members)).to_pylist())
        for name, accounts in known.items():
            common = len(names & accounts)
            if common and common >= SAME * min(len(names), len(accounts)):
                fits.append((-common, name, cluster))
    out: dict[int, str] = {}
    for _, name, cluster in sorted(fits):
        if cluster not in out and name not in out.values():
            out[cluster] = name
    return out


def actionable(verdicts: Sequence[Verdict], rate: float) -> frozenset[int]:
    """The clusters that may be acted on: all that were tried compete, clumps and parts alike.

    A cluster's prior weight is what is at stake in it, the geometric mean of its accounts and exchanges:
    what ties a thousand accounts, or a hundred thousand exchanges, is the likelier campaign than what ties
    five and fifty, before anything else is known.
    """
    stake = np.array([float(len(v.members)) * v.exchanges for v in verdicts]) ** 0.5
    passes = discoveries(np.array([v.log10_lr for v in verdicts]), rate, stake)
    return frozenset(v.cluster for v, good in zip(verdicts, passes, strict=True) if good)


def loosely_tied(verdicts: Sequence[Verdict], accounts: int) -> frozenset[int]:
    """The clusters whose members are not surely members, on the average: nobody is named for being near.

    accounts  how many there are
    """
    return frozenset(v.cluster for v in verdicts if belonging(v.bits, accounts).mean() < CERTAIN_MEMBERS)


def belonging(bits: Floats, accounts: int) -> Floats:
    """(n,) the probability with which each of a cluster's n members belongs to it.

    bits  (n,) weight of each; accounts: how many there are
    """
    odds = bits + np.log2(len(bits) / max(accounts - len(bits), 1))
    probability: Floats = 1.0 / (1.0 + 2.0 ** -np.clip(odds, -60.0, 60.0))
    return probability


def whole_or_parts(verdicts: Sequence[Verdict], parent: Mapping[int, int]) -> list[Verdict]:
    """Of each clump either itself or its parts, so that no account is tried in both.

    parent  cluster → the smallest cluster that holds it, -1 where it stands alone

    A part always looks a little purer than the whole, since what differs was left out; the whole is
    given up only when a part tells more by a factor of 10^WHOLE_PREFERENCE.
    """
    score_of = {v.cluster: v.log10_lr for v in verdicts}
    inside: dict[int, list[int]] = {}
    for cluster in score_of:
        inside.setdefault(parent[cluster], []).append(cluster)

    def chosen(cluster: int) -> tuple[float, list[int]]:
        below = [chosen(part) for part in inside.get(cluster, ())]
        best = max((value for value, _ in below), default=-np.inf)
        own = score_of[cluster]
        if best > own + WHOLE_PREFERENCE:
            return best, [part for _, members in below for part in members]
        return own, [cluster]

    roots = [c for c in score_of if parent[c] not in score_of]
    kept = {part for root in roots for part in chosen(root)[1]}
    return [v for v in verdicts if v.cluster in kept]


def parents(engine: Engine) -> dict[int, int]:
    """Reads CLUSTER_PARENTS."""
    table = engine.to_arrow("cluster_parents", "cluster")
    return dict(zip(table["cluster"].to_pylist(), table["parent"].to_pylist(), strict=True))


def _degrees(engine: Engine) -> Degrees:
    networks = engine.query("SELECT DISTINCT key, degree FROM indicators WHERE kind = 'network'")
    clients = engine.query("SELECT key, degree FROM client_degrees")
    outside: dict[int, dict[int, int]] = {}
    addresses = engine.query("SELECT cluster, key, accounts FROM address_outsiders")
    for cluster, key, accounts in zip(*(column.to_pylist() for column in addresses.columns), strict=True):
        outside.setdefault(cluster, {})[key] = accounts
    return Degrees(outside, _counts(networks), _counts(clients))


def _counts(table: pa.Table) -> dict[int, int]:
    return dict(zip(table["key"].to_pylist(), table["degree"].to_pylist(), strict=True))


def _attributed(engine: Engine, parts: Sequence[Range], cases: Sequence[Case]) -> pa.Table:
    """ATTRIBUTED: an exchange that shows templates of two campaigns goes to the one it is likelier from."""
    if not cases:
        return ATTRIBUTED.empty_table()
    owed = [(c.campaign_id, c.cluster, c.roll.weights, c.exchange_probability) for c in cases]
    return conform(attribute(engine, parts, owed), ATTRIBUTED, "score → ATTRIBUTED")


def _stack(tables: Sequence[pa.Table], schema: pa.Schema, door: str) -> pa.Table:
    if not tables:
        return schema.empty_table()
    return conform(pa.concat_tables(tables).combine_chunks(), schema, door)
