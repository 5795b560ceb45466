"""The score stage: CLUSTERS and INDICATORS in, CAMPAIGNS, MEMBERS, ATTRIBUTED and EVIDENCE out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines.plan import Engine
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.tables import conform
from stillwatch.score.case import Case, build_case
from stillwatch.score.contest import Match, contest
from stillwatch.score.observation import Observation
from stillwatch.score.scene import Population, Scene, population, scenes
from stillwatch.score.shared import shared_rows
from stillwatch.score.signals import Degrees, observe
from stillwatch.score.steps import (
    address_outsiders,
    attributable,
    echoes,
    outsiders,
    signatures,
    verbatim,
)
from stillwatch.stats.discovery import discoveries

WORTH_WATCHING = 1.0
"""Clusters whose evidence is below ten to one for extraction are counted, and not listed."""

WHOLE_PREFERENCE = 1.0
"""Powers of ten by which a part must tell more than the whole."""


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
class Verdict:
    """A cluster after its contest."""

    scene: Scene
    observations: tuple[Observation, ...]
    matches: tuple[Match, ...]

    @property
    def log10_lr(self) -> float:
        """Extraction against the best innocent explanation."""
        return self.matches[0].log10_lr


def score(engine: Engine, missing: frozenset[str], rate: float) -> Scored:
    """The findings of a scan.

    engine   holds what the link stage left
    missing  columns of exchanges and accounts of which nothing is known
    rate     the false-discovery bound of actionable campaigns, 0 < rate < 1
    source   e-values by likelihood ratio against the best of the rivals; Wang & Ramdas 2022 (e-BH)
    """
    engine.run(verbatim())
    for step in (outsiders(), address_outsiders(), signatures()):
        engine.run(step)
    people = population(engine, missing)
    degrees = _degrees(engine)
    verdicts = []
    for whole in scenes(engine):
        scene = without_organisations(whole, people)
        observations = observe(scene, people, degrees)
        verdicts.append(Verdict(scene, observations, contest(observations)))
    tested = len(verdicts)
    acted = actionable(verdicts, rate)
    verdicts = whole_or_parts(verdicts, parents(engine))
    listed = {v.scene.cluster: v for v in verdicts if v.log10_lr >= WORTH_WATCHING}
    explained = Counter(v.matches[0].rival.name for v in verdicts if v.scene.cluster not in listed)
    engine.put("listed_clusters", pa.table({"cluster": pa.array(sorted(listed), pa.int64())}))
    engine.run(echoes())
    engine.run(attributable())
    cases: list[Case] = []
    for scene in scenes(engine, "attributable"):
        verdict = listed[scene.cluster]
        cases.append(
            build_case(
                without_organisations(scene, people),
                people,
                verdict.observations,
                verdict.matches,
                scene.cluster in acted,
                tested,
                {case.campaign_id for case in cases},
            )
        )
    cases.sort(key=lambda case: (not case.row["actionable"], -case.row["log10_lr"], case.campaign_id))
    return Scored(
        campaigns=conform(
            pa.Table.from_pylist([c.row for c in cases], CAMPAIGNS), CAMPAIGNS, "score → CAMPAIGNS"
        ),
        members=_stack([c.members for c in cases], MEMBERS, "score → MEMBERS"),
        attributed=_attributed(engine, cases),
        evidence=_stack([c.evidence for c in cases], EVIDENCE, "score → EVIDENCE"),
        contest=_stack([c.contest for c in cases], CONTEST, "score → CONTEST"),
        shared=conform(
            pa.Table.from_pylist(
                shared_rows(engine, [(c.campaign_id, c.cluster, c.scene.members) for c in cases]), SHARED
            ),
            SHARED,
            "score → SHARED",
        ),
        tested=tested,
        explained=dict(sorted(explained.items())),
    )


def actionable(verdicts: Sequence[Verdict], rate: float) -> frozenset[int]:
    """The clusters that may be acted on: all that were tried compete, clumps and parts alike.

    A cluster's prior weight is what is at stake in it, the geometric mean of its accounts and exchanges:
    what ties a thousand accounts, or a hundred thousand exchanges, is the likelier campaign than what ties
    five and fifty, before anything else is known.
    """
    stake = np.array([float(v.scene.size) * len(v.scene.row) for v in verdicts]) ** 0.5
    passes = discoveries(np.array([v.log10_lr for v in verdicts]), rate, stake)
    return frozenset(v.scene.cluster for v, good in zip(verdicts, passes, strict=True) if good)


def without_organisations(scene: Scene, people: Population) -> Scene:
    """The scene less the members that a declared organisation of theirs explains.

    Staff of an organisation that fills a like template in the open may hang on to a group that is not
    theirs: where at least three members share an organisation that most of the group doesn't, they go.
    """
    org = people.org[scene.members]
    names, counts = np.unique(org[org != 0], return_counts=True)
    explained = names[(counts >= 3) & (counts < 0.5 * scene.size)]
    keep = ~np.isin(org, explained)
    if keep.all() or keep.sum() < 5 or not keep[scene.who].any():
        return scene
    return scene.only(keep)


def whole_or_parts(verdicts: Sequence[Verdict], parent: Mapping[int, int]) -> list[Verdict]:
    """Of each clump either itself or its parts, so that no account is tried in both.

    parent  cluster → the smallest cluster that holds it, -1 where it stands alone

    A part always looks a little purer than the whole, since what differs was left out; the whole is
    given up only when a part tells more by a factor of 10^WHOLE_PREFERENCE.
    """
    score_of = {v.scene.cluster: v.log10_lr for v in verdicts}
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
    return [v for v in verdicts if v.scene.cluster in kept]


def parents(engine: Engine) -> dict[int, int]:
    """Reads CLUSTER_PARENTS."""
    table = engine.to_arrow("cluster_parents", "cluster")
    return dict(zip(table["cluster"].to_pylist(), table["parent"].to_pylist(), strict=True))


def _degrees(engine: Engine) -> Degrees:
    networks = engine.query("SELECT DISTINCT key, degree FROM indicators WHERE kind = 'network'")
    clients = engine.query("""
        SELECT xor(coalesce(ja4_hash, 0), coalesce(user_agent_hash, 0)) AS key,
               count(DISTINCT account_id) AS degree
        FROM prints WHERE ja4_hash IS NOT NULL OR user_agent_hash IS NOT NULL GROUP BY key""")
    outside: dict[int, dict[int, int]] = {}
    addresses = engine.query("SELECT cluster, key, accounts FROM address_outsiders")
    for cluster, key, accounts in zip(*(column.to_pylist() for column in addresses.columns), strict=True):
        outside.setdefault(cluster, {})[key] = accounts
    return Degrees(outside, _counts(networks), _counts(clients))


def _counts(table: pa.Table) -> dict[int, int]:
    return dict(zip(table["key"].to_pylist(), table["degree"].to_pylist(), strict=True))


def _attributed(engine: Engine, cases: Sequence[Case]) -> pa.Table:
    """ATTRIBUTED: an exchange that shows templates of two campaigns goes to the one it is likelier from."""
    if not cases:
        return ATTRIBUTED.empty_table()
    engine.put(
        "credits",
        pa.table(
            {
                "row": pa.array(np.concatenate([c.scene.row for c in cases]), pa.int64()),
                "campaign_id": pa.array(
                    np.repeat([c.campaign_id for c in cases], [len(c.scene.row) for c in cases]), pa.string()
                ),
                "probability": pa.array(
                    np.concatenate([c.exchange_probability for c in cases]), pa.float64()
                ),
            }
        ),
    )
    table = engine.query("""
        SELECT exchange_id, account_id, ts, campaign_id, probability, capability FROM (
            SELECT coalesce(p.exchange_id || '-' || CAST(r.rank AS VARCHAR), p.exchange_id) AS exchange_id,
                   p.account_id, p.ts, c.campaign_id, c.probability, p.capability,
                   row_number() OVER (PARTITION BY c."row"
                                      ORDER BY c.probability DESC, c.campaign_id) AS place
            FROM credits c JOIN prints p ON p."row" = c."row" LEFT JOIN repeated r ON r."row" = c."row")
        WHERE place = 1 ORDER BY ts, exchange_id""")
    engine.drop("credits")
    return conform(table, ATTRIBUTED, "score → ATTRIBUTED")


def _stack(tables: Sequence[pa.Table], schema: pa.Schema, door: str) -> pa.Table:
    if not tables:
        return schema.empty_table()
    return conform(pa.concat_tables(tables).combine_chunks(), schema, door)
