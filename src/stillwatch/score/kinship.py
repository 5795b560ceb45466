"""Campaigns that follow one another: a pool that begins as another is banned, tied to it by what both show.

Time alone ties nothing: campaigns come and go. A pair is tried like a group is, one operator's second
pool against other ways in which two campaigns come to look alike, and the best of those sets the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import pyarrow as pa

from stillwatch.engines.plan import Engine
from stillwatch.model.exchanges import DAY
from stillwatch.model.findings import EVIDENCE
from stillwatch.score.carving import FEWEST_MEMBERS
from stillwatch.score.case import Case
from stillwatch.score.observation import ESTABLISH_ACCOUNTS, percent
from stillwatch.score.scene import Bools, Ints, Population
from stillwatch.score.scenes import TYING_BITS
from stillwatch.stats.discovery import discoveries
from stillwatch.stats.evidence import around, likelihood, share_factor

BANNED_SHARE = 0.2
"""A pool counts as banned when this share of its accounts is."""

LEAD = DAY // 4
"""Reserve accounts may begin a few hours before the last of the first pool is banned."""

SPANS = (DAY // 2, DAY, 3 * DAY)
"""How soon a second pool may begin; which of them is not known, so the factors are averaged."""

SOME = (1.0, 1.0)
"""(a, b) of the Beta law of the share that shows what the first pool showed: how much is kept is not known."""

WRONG_TIES = 0.05
"""Expected share of wrong ones among ties: a tie accuses nobody who isn't accused already."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "purse": ("payment", "phone"),
    "sign-up address": ("signup_address",),
    "address": ("address",),
}
"""What two pools may have in common besides their templates: kinds of INDICATORS."""

ONE_OPERATOR: Mapping[str, float] = {
    "time": 0.9, "template": 0.7, "purse": 0.4, "sign-up address": 0.4, "address": 0.5,
}  # fmt: skip
"""How often an operator's second pool shows each sign. Replacement within hours is what is reported."""

STRANGERS: Mapping[str, Mapping[str, float]] = {
    # They rent the same exits, and may buy accounts where these are sold; each pays for himself.
    "one pool": {"time": 0.05, "template": 0.01, "purse": 0.05, "sign-up address": 0.5, "address": 0.9},
    # One public wording serves both; nothing else does.
    "one tool": {"time": 0.05, "template": 0.9, "purse": 0.01, "sign-up address": 0.02, "address": 0.03},
    # A wave of bans, or a release, ends the one and brings the other.
    "one event": {"time": 0.5, "template": 0.01, "purse": 0.01, "sign-up address": 0.03, "address": 0.05},
}
"""How often two campaigns of different operators show each sign, by what else brings them together."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How many accounts of the later campaign, and which share of all others, show what the earlier one shows."""

    accounts: int
    usual: float


@dataclass(frozen=True, slots=True)
class Tie:
    """The later of two campaigns may be the earlier one's second pool; places in the list of cases.

    log10_lr  one operator against the best other explanation of the pair
    """

    earlier: int
    later: int
    log10_lr: float
    accounts: int
    fact: str


def related(engine: Engine, cases: Sequence[Case], people: Population) -> list[Case]:
    """The cases with `related_campaign_id`, and a row of evidence in the later one of each pair.

    A successor names the campaign that it follows; a campaign that follows none names its first successor.
    The row adds nothing to the score: a campaign stands on what it shows itself.
    source  e-BH (Wang & Ramdas 2022) over all pairs that were tried
    """
    ties = _ties(engine, cases, people)
    kept = discoveries(np.array([tie.log10_lr for tie in ties]), WRONG_TIES)
    best: dict[int, Tie] = {}
    for tie in sorted((t for t, good in zip(ties, kept, strict=True) if good), key=lambda t: -t.log10_lr):
        best.setdefault(tie.later, tie)
    names = [case.campaign_id for case in cases]
    relation = {later: tie.earlier for later, tie in best.items()}
    for later, earlier in sorted(relation.copy().items()):
        relation.setdefault(earlier, later)
    out = []
    for place, case in enumerate(cases):
        if place in relation:
            case = replace(case, row={**case.row, "related_campaign_id": names[relation[place]]})
        if place in best:
            whole = case.evidence[
                "account_id"
            ].null_count  # rows of the campaign come before those of its accounts
            rows = [
                case.evidence.slice(0, whole),
                _row(names[place], best[place]),
                case.evidence.slice(whole),
            ]
            case = replace(case, evidence=pa.concat_tables(rows).combine_chunks())
        out.append(case)
    return out


def _row(campaign_id: str, tie: Tie) -> pa.Table:
    row = {
        "campaign_id": campaign_id,
        "account_id": None,
        "family": "succession",
        "signal": "second_pool",
        "log10_lr": 0.0,
        "accounts": tie.accounts,
        "observation": tie.fact,
        "atlas": ESTABLISH_ACCOUNTS,
    }
    return pa.Table.from_pylist([row], EVIDENCE)


def _ties(engine: Engine, cases: Sequence[Case], people: Population) -> list[Tie]:
    """One tie for each pair that can be tried: the earlier one ends, and the later one begins after it began."""
    ends = {place: end for place, case in enumerate(cases) if (end := _end(case, people)) is not None}
    begins = [_begins(case) for case in cases]
    pairs = [
        (a, b)
        for a, b in permutations(range(len(cases)), 2)
        if a in ends and cases[a].row["actionable"] and np.median(begins[a]) < np.median(begins[b])
    ]
    fresh = {(a, b): _fresh(cases[a], cases[b], people) for a, b in pairs}
    fresh = {pair: kept for pair, kept in fresh.items() if kept.sum() >= FEWEST_MEMBERS}
    if not fresh:
        return []
    members = {(a, b): cases[b].roll.members[kept] for (a, b), kept in fresh.items()}
    shown = _shown(engine, cases, members, people)
    return [
        _tie(cases, a, b, ends[a], begins[b][kept], shown[a, b], people) for (a, b), kept in fresh.items()
    ]


def _fresh(earlier: Case, later: Case, people: Population) -> Bools:
    """(members of the later,) which are not among the earlier one's banned accounts."""
    members = earlier.roll.members
    banned = members[
        (people.banned_at[members] >= people.since) & (people.banned_at[members] <= people.until)
    ]
    return ~np.isin(later.roll.members, banned)


def _end(case: Case, people: Population) -> tuple[int, int] | None:
    """When the campaign's accounts were banned, and how many: None where they were not."""
    banned = people.banned_at[case.roll.members]
    inside = banned[(banned >= people.since) & (banned <= people.until)]
    if len(inside) < max(FEWEST_MEMBERS, BANNED_SHARE * case.roll.size):
        return None
    return int(np.median(inside)), len(inside)


def _begins(case: Case) -> Ints:
    """(members,) when each first sent an exchange of the campaign; those without one at the end of time."""
    return np.where(case.roll.sent > 0, case.roll.first, np.iinfo(np.int64).max)


def _tie(
    cases: Sequence[Case],
    earlier: int,
    later: int,
    end: tuple[int, int],
    begins: Ints,
    shown: Mapping[str, Shown],
    people: Population,
) -> Tie:
    when, banned = end
    members = len(begins)
    soon, factor, span, usual = _soon(cases[earlier], cases[later], when, begins, people)
    factors = {"time": factor}
    for kind, found in shown.items():
        factors[kind] = share_factor(float(found.accounts), float(members), SOME, around(found.usual, 15.0))
    score = min(
        sum(
            float(np.log10(likelihood(f, ONE_OPERATOR[kind]) / likelihood(f, rates[kind])))
            for kind, f in factors.items()
        )
        for rates in STRANGERS.values()
    )
    common = ", ".join(
        f"{found.accounts:,} {'an' if kind[0] in 'aeiou' else 'a'} {kind} (of all others {percent(found.usual)})"
        for kind, found in shown.items()
        if found.accounts
    )
    name = cases[earlier].row["name"]
    fact = (
        f"{soon:,} of {members:,} accounts begin within {span // (DAY // 24)} hours of the ban of {banned:,} accounts "
        f"of the campaign {name} around {_hour(when)} (of other accounts that began during the window "
        f"{percent(usual)}). " + (f"Accounts that share something with that campaign: {common}." if common else
                                  "Nothing is shared with that campaign.")
    )  # fmt: skip
    return Tie(earlier, later, round(score, 4), soon, fact)


def _soon(
    earlier: Case, later: Case, when: int, begins: Ints, people: Population
) -> tuple[int, float, int, float]:
    """How many begin soon after `when`, the factor, and the span and usual share of the most telling span."""
    outside = np.ones(people.size, dtype=bool)
    outside[earlier.roll.members] = False
    outside[later.roll.members] = False
    others = people.first_seen[outside & (people.first_seen > people.since + DAY)]
    factors, told = [], []
    for span in SPANS:
        soon = int(((begins >= when - LEAD) & (begins <= when + span)).sum())
        usual = float(((others >= when - LEAD) & (others <= when + span)).sum() + 0.5) / (len(others) + 1.0)
        # A group that begins together does so on some day: worth one observation, the law allows all or none.
        factors.append(share_factor(float(soon), float(len(begins)), (6.0, 1.5), around(usual, 1.0)))
        told.append((soon, span, usual))
    soon, span, usual = told[int(np.argmax(factors))]
    return soon, float(np.mean(factors)), span, usual


def _shown(
    engine: Engine,
    cases: Sequence[Case],
    fresh: Mapping[tuple[int, int], Ints],
    people: Population,
) -> dict[tuple[int, int], dict[str, Shown]]:
    """For each pair what the later one's accounts show of the earlier one's things, beside all others.

    fresh  (earlier, later) → account numbers of the later one that were not banned with the earlier one
    """
    first = sorted({a for a, _ in fresh})
    engine.put(
        "kin_earlier",
        _members(
            {
                "earlier": (first, [cases[a].roll.members for a in first]),
                "cluster": ([cases[a].cluster for a in first], [cases[a].roll.members for a in first]),
            }
        ),
    )
    engine.put(
        "kin_later",
        _members(
            {
                "earlier": ([a for a, _ in fresh], list(fresh.values())),
                "later": ([b for _, b in fresh], list(fresh.values())),
            }
        ),
    )
    kinds = " ".join(f"WHEN kind IN {_listed(names)} THEN '{kind}'" for kind, names in KINDS.items())
    rows = engine.query(f"""
        WITH held AS (
            SELECT CASE {kinds} END AS kind, key, ix FROM indicators
            WHERE kind IN {_listed(tuple(name for names in KINDS.values() for name in names))}),
        own AS (SELECT DISTINCT e.earlier, h.kind, h.key FROM kin_earlier e JOIN held h USING (ix)),
        alike AS (
            SELECT o.earlier, o.kind, h.ix FROM own o JOIN held h ON h.kind = o.kind AND h.key = o.key
            UNION
            SELECT e.earlier, 'template' AS kind, h.ix
            FROM (SELECT DISTINCT earlier, cluster FROM kin_earlier) e
            JOIN listed_clusters l ON l.campaign = e.cluster
            JOIN cluster_templates t ON t.cluster = l.cluster AND t.bits >= {TYING_BITS} JOIN holdings h ON h.t = t.t),
        marked AS (
            SELECT a.earlier, a.kind, a.ix, e.ix IS NULL AS outside
            FROM alike a LEFT JOIN kin_earlier e ON e.earlier = a.earlier AND e.ix = a.ix)
        SELECT earlier, -1 AS later, kind, count(*) AS accounts, count(*) FILTER (outside) AS outside
        FROM marked GROUP BY earlier, kind
        UNION ALL
        SELECT m.earlier, k.later, m.kind, count(*) AS accounts, count(*) FILTER (m.outside) AS outside
        FROM marked m JOIN kin_later k ON k.earlier = m.earlier AND k.ix = m.ix
        GROUP BY m.earlier, k.later, m.kind""")
    engine.drop("kin_earlier", "kin_later")
    counts = {
        (row["earlier"], row["later"], row["kind"]): (int(row["accounts"]), int(row["outside"]))
        for row in rows.to_pylist()
    }
    out: dict[tuple[int, int], dict[str, Shown]] = {}
    for a, b in fresh:
        strangers = people.size - len(np.union1d(cases[a].roll.members, cases[b].roll.members))
        out[a, b] = {}
        for kind in ("template", *KINDS):
            if _known(kind, people):
                mine, mine_outside = counts.get((a, b, kind), (0, 0))
                others = counts.get((a, -1, kind), (0, 0))[1] - mine_outside
                out[a, b][kind] = Shown(mine, others / max(strangers, 1))
    return out


def _members(columns: Mapping[str, tuple[Sequence[int], Sequence[Ints]]]) -> pa.Table:
    """One row an account number of each group: what `columns` say of the group, and the number as `ix`."""
    table = {
        name: pa.array(np.repeat(values, [len(group) for group in groups]), pa.int64())
        for name, (values, groups) in columns.items()
    }
    groups = next(iter(columns.values()))[1]
    return pa.table({**table, "ix": pa.array(np.concatenate(groups), pa.int32())})


def _known(kind: str, people: Population) -> bool:
    """Whether the logs tell of such things at all."""
    columns = {
        "purse": {"payment_hash", "phone_hash"}, "sign-up address": {"signup_ip"}, "address": {"ip"},
    }  # fmt: skip
    return not (columns.get(kind, {""}) <= people.missing)


def _hour(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us").astype("datetime64[h]")).replace("T", " ") + ":00"


def _listed(names: Sequence[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"
