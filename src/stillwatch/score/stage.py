"""The score stage: CLUSTERS and INDICATORS in, CAMPAIGNS and all that is told of them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines.parts import Range, ranges
from stillwatch.engines.plan import Engine
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.standing import Standing
from stillwatch.model.tables import conform
from stillwatch.score.carried_case import with_resting
from stillwatch.score.case import Case
from stillwatch.score.cases import cases_of
from stillwatch.score.deciding import Judged
from stillwatch.score.earlier import Tried
from stillwatch.score.familiar import familiar, leave_out, ordinary_groups
from stillwatch.score.judging import decide
from stillwatch.score.one_text import one_text
from stillwatch.score.rolls import attribute
from stillwatch.score.scene import population
from stillwatch.score.scenes import scenes
from stillwatch.score.shared import shared_rows
from stillwatch.score.steps import address_outsiders, find_signatures, outsiders, taken_over
from stillwatch.score.ties import read_ties


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
        judged = decide(engine, filmed, people, ties, rate, earlier, known_again)
    ordinary = ordinary_groups(engine, people, ties, judged.ordinary)
    return judged, *cases_of(engine, parts, people, ties, judged, known, standing), ordinary


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
