"""Findings with the shape of a real scan, made from a seed: what the report's tests and pictures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.model.exchanges import QUARANTINE
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.result import Findings
from stillwatch.model.standing import ORDINARY, WORDING

DAY = 86_400_000_000
START = 1_775_001_600_000_000  # 1 April 2026, 00:00 UTC


@dataclass(frozen=True)
class Plan:
    """What one campaign of the sample looks like."""

    campaign_id: str
    name: str
    actionable: bool
    probability: float
    confidence: str
    accounts: int
    days: tuple[int, int]
    daily: float
    capabilities: tuple[tuple[str, float], ...]
    models: tuple[str, ...]
    top_rival: str
    evidence: tuple[tuple[str, str, float, float, str, str], ...]
    contest: Mapping[str, Mapping[str, float]]
    shared: tuple[tuple[str, str, int, float, float], ...]
    mixed: float
    related: str | None = None


BECAUSE = {
    "content": "Its people would repeat the app's wording around tasks of their own.",
    "reasoning": "Few of its people would ask for the reasoning behind an answer.",
    "infrastructure": "Its people would come from as many unrelated networks as there are people.",
    "registration": "Its people would have signed up over months and paid with cards of their own.",
    "client": "Its people would send the app's own client fingerprint.",
    "timing": "Its people would sleep at night and differ widely in how much they send.",
    "purpose": "Its people would hold conversations with several turns.",
    "succession": "Its people would not start on the day that others were banned.",
}

LARGE = Plan(
    campaign_id="sw-7f3a91c2d4e8",
    name="amber heron",
    actionable=True,
    probability=0.9987,
    confidence="extremely strong support",
    accounts=600,
    days=(1, 14),
    daily=6.4,
    capabilities=(
        ("software_engineering", 0.44),
        ("agentic_tool_use", 0.24),
        ("reasoning_mathematics", 0.14),
        ("data_analysis", 0.08),
        ("trace_cleaning", 0.05),
        ("cyber", 0.03),
        ("task_writing", 0.02),
    ),
    models=("aurora-large-2", "aurora-large-2-preview", "aurora-mini"),
    top_rival="popular_app",
    evidence=(
        (
            "content",
            "template",
            0.41,
            2.6,
            "Of the 600 accounts, 571 repeat one 58-word passage around 37,902 different texts; no account outside the group sends it.",
            "AML.T0024.002",
        ),
        (
            "content",
            "stream",
            0.30,
            0.9,
            "41,117 tasks were dealt out with 12 repeats across all accounts; unrelated accounts of this size repeat 3,900.",
            "AML.T0024.002",
        ),
        (
            "reasoning",
            "elicitation",
            0.7,
            1.35,
            "82 % of the exchanges ask for the reasoning before the answer, against 1.4 % in the rest of the traffic.",
            "AML.T0054",
        ),
        (
            "infrastructure",
            "prefix",
            0.95,
            1.12,
            "412 accounts send from 9 address blocks that 31 other accounts use.",
            "AML.T0008.005",
        ),
        (
            "infrastructure",
            "churn",
            0.91,
            0.46,
            "An account uses 14 addresses a day in the median, against 1.2 elsewhere.",
            "AML.T0008.005",
        ),
        (
            "registration",
            "payment",
            0.6,
            1.9,
            "588 accounts pay from 23 payment instruments that no outsider uses.",
            "AML.T0021",
        ),
        ("registration", "signup_burst", 0.6, 0.72, "461 accounts were opened within 38 hours.", "AML.T0021"),
        (
            "client",
            "params",
            1.0,
            -0.20,
            "All accounts send one set of sampling parameters that 2.1 % of outsiders send.",
            "AML.T0040",
        ),
        (
            "timing",
            "night",
            0.97,
            1.05,
            "The hourly rate never falls below 81 % of its mean; a day of people falls to 20 %.",
            "AML.T0040",
        ),
        (
            "timing",
            "alike",
            0.94,
            0.66,
            "Daily totals differ between accounts by 7 %, against 140 % among other accounts.",
            "AML.T0040",
        ),
        (
            "purpose",
            "turns",
            0.98,
            0.84,
            "98 % of the exchanges are single turns and the answers are 1,940 tokens long in the median.",
            "AML.T0024.002",
        ),
        (
            "purpose",
            "diversity",
            0.5,
            -0.41,
            "The tasks cover 31 subjects, more than the narrow range that most campaigns show.",
            "AML.T0024.002",
        ),
        (
            "succession",
            "pool",
            0.3,
            0.55,
            "184 accounts sent their first request within two hours of the ban of 190 others.",
            "AML.T0012",
        ),
    ),
    contest={
        "popular_app": {
            "content": 2.1,
            "reasoning": 1.35,
            "infrastructure": 1.58,
            "registration": 2.62,
            "client": -0.2,
            "timing": 1.71,
            "purpose": 0.43,
            "succession": 0.55,
        },
        "employer": {
            "content": 3.5,
            "reasoning": 1.6,
            "infrastructure": 3.1,
            "registration": 1.4,
            "client": 0.1,
            "timing": 2.2,
            "purpose": 1.9,
            "succession": 0.6,
        },
        "class_of_students": {
            "content": 4.6,
            "reasoning": 2.4,
            "infrastructure": 4.2,
            "registration": 3.9,
            "client": 0.4,
            "timing": 3.3,
            "purpose": 2.6,
            "succession": 0.55,
        },
        "benchmark_run": {
            "content": 5.2,
            "reasoning": 1.1,
            "infrastructure": 2.4,
            "registration": 2.9,
            "client": 0.3,
            "timing": 0.8,
            "purpose": 0.2,
            "succession": 0.6,
        },
        "reseller": {
            "content": 6.4,
            "reasoning": 2.1,
            "infrastructure": -0.6,
            "registration": -0.9,
            "client": 0.6,
            "timing": 2.1,
            "purpose": 2.2,
            "succession": 0.2,
        },
    },
    shared=(
        ("content", "template", 9, 0.62, 13.2),
        ("content", "tools", 3, 0.4, 9.1),
        ("reasoning", "elicitation", 2, 0.5, 6.2),
        ("infrastructure", "prefix", 14, 0.16, 7.7),
        ("infrastructure", "asn", 4, 0.3, 3.9),
        ("registration", "payment", 23, 0.045, 12.4),
        ("registration", "signup_burst", 5, 0.2, 5.5),
        ("client", "params", 2, 0.7, 5.2),
        ("timing", "rhythm", 6, 0.17, 4.8),
        ("purpose", "cone", 2, 0.45, 4.1),
        ("succession", "pool", 2, 0.16, 6.6),
    ),
    mixed=0.18,
)

MIDDLE = replace(
    LARGE,
    campaign_id="sw-11bd0e6675aa",
    name="quiet lantern",
    probability=0.964,
    confidence="strong support",
    accounts=250,
    days=(5, 12),
    daily=3.1,
    capabilities=(("grading_judging", 0.81), ("reasoning_mathematics", 0.19)),
    models=("aurora-large-2",),
    top_rival="reseller",
    evidence=(
        (
            "content",
            "template",
            0.7,
            1.8,
            "233 accounts repeat one rubric around 5,910 different answers to grade.",
            "AML.T0024.002",
        ),
        (
            "infrastructure",
            "egress",
            0.3,
            -0.35,
            "The accounts leave through addresses that 410 outsiders use as well.",
            "AML.T0008.005",
        ),
        ("registration", "phone", 0.2, 0.61, "118 accounts share 15 telephone numbers.", "AML.T0021"),
        (
            "timing",
            "lockstep",
            0.9,
            1.27,
            "On 8 April, 241 accounts changed their wording within 50 minutes of each other.",
            "AML.T0040",
        ),
        (
            "purpose",
            "narrow",
            0.9,
            0.58,
            "81 % of the exchanges grade somebody's answer on a scale.",
            "AML.T0024.002",
        ),
    ),
    contest={
        "reseller": {
            "content": 1.9,
            "infrastructure": -0.5,
            "registration": 0.25,
            "timing": 1.6,
            "purpose": 0.66,
        },
        "employer": {
            "content": 2.6,
            "infrastructure": 1.1,
            "registration": 1.4,
            "timing": 1.2,
            "purpose": 0.9,
        },
        "benchmark_run": {
            "content": 1.4,
            "infrastructure": 1.2,
            "registration": 1.1,
            "timing": 1.3,
            "purpose": 0.3,
        },
        "class_of_students": {
            "content": 3.1,
            "infrastructure": 2.2,
            "registration": 1.4,
            "timing": 2.9,
            "purpose": 1.9,
        },
    },
    shared=(
        ("content", "template", 3, 0.85, 11.0),
        ("registration", "phone", 15, 0.032, 10.9),
        ("infrastructure", "ip", 12, 0.09, 6.1),
        ("timing", "lockstep", 2, 0.55, 7.5),
    ),
    mixed=0.61,
    related="sw-7f3a91c2d4e8",
)

WATCHED = replace(
    LARGE,
    campaign_id="sw-c0ffee12ab34",
    name="paper orchard",
    actionable=False,
    probability=0.37,
    confidence="weak support",
    accounts=60,
    days=(3, 7),
    daily=5.2,
    capabilities=(("knowledge", 0.7), ("everyday_chat", 0.3)),
    models=("aurora-mini",),
    top_rival="class_of_students",
    evidence=(
        (
            "content",
            "passage",
            0.8,
            1.2,
            "52 accounts send one 31-word passage; 9 outsiders send it too.",
            "AML.T0024.002",
        ),
        ("registration", "signup_burst", 0.8, 0.44, "51 accounts were opened within one week.", "AML.T0021"),
        (
            "timing",
            "night",
            0.6,
            -1.15,
            "The hourly rate falls to 4 % at night, as a day of people does.",
            "AML.T0040",
        ),
    ),
    contest={
        "class_of_students": {"content": 0.6, "registration": 0.1, "timing": -0.21},
        "employer": {"content": 1.3, "registration": 0.44, "timing": -0.4},
        "viral_prompt": {"content": 0.2, "registration": 0.9, "timing": 0.3},
    },
    shared=(("content", "passage", 4, 0.6, 6.0), ("registration", "signup_burst", 2, 0.5, 4.0)),
    mixed=0.9,
)


def findings(plans: Sequence[Plan] = (LARGE, MIDDLE, WATCHED), seed: int = 7) -> Findings:
    """The sample: three campaigns of 600, 250 and 60 accounts, the last not actionable."""
    random = np.random.default_rng(seed)
    parts = [_campaign(plan, random) for plan in plans]
    tables = {
        name: pa.Table.from_pylist([row for part in parts for row in part[name]], schema=schema)
        for name, schema in (
            ("campaigns", CAMPAIGNS),
            ("members", MEMBERS),
            ("evidence", EVIDENCE),
            ("contest", CONTEST),
            ("shared", SHARED),
        )
    } | {"wording": WORDING.empty_table(), "ordinary": ORDINARY.empty_table()}
    attributed = pa.concat_tables([ATTRIBUTED.empty_table(), *(part["attributed"] for part in parts)])
    return Findings(**tables, attributed=attributed, quarantine=_quarantine(), summary=summary())


def nothing() -> Findings:
    """A scan that found no campaign."""
    return findings(())


def big() -> Findings:
    """One campaign of 25,000 accounts and some 1.3 million exchanges over 45 days."""
    return findings((replace(LARGE, accounts=25_000, days=(1, 45), daily=1.2), MIDDLE, WATCHED))


def summary() -> dict[str, Any]:
    """What a scan says of itself."""
    return {
        "version": "0.1.0",
        "window": {"since": "2026-04-01T00:00:00Z", "until": "2026-04-15T00:00:00Z"},
        "command": "stillwatch scan EXCHANGES --accounts ACCOUNTS --since 2026-04-01T00:00:00Z",
        "counts": {
            "rows": 102_449,
            "exchanges": 102_400,
            "accounts": 4_012,
            "quarantined": 49,
            "clusters_tested": 38,
        },
        "missing": [
            {
                "column": "tls_ja4",
                "cost": "Clients are told apart by user agent and parameters alone, which a careful operator can copy.",
            },
            {"column": "reasoning_signature", "cost": "Replayed reasoning blocks can't be seen."},
        ],
        "timings": {"ingest": 2.31, "fingerprint": 4.02, "link": 1.22, "score": 0.81, "report": 0.4},
        "peak_memory_bytes": 812_646_400,
        "key_id": "k-9d1f",
        "inputs": [
            {"name": "exchanges.parquet", "bytes": 48_120_331, "sha256": "5e2b" * 16},
            {"name": "accounts.parquet", "bytes": 220_114, "sha256": "a91c" * 16},
        ],
        "fdr": 0.01,
        "config_hash": "c47d" * 16,
    }


def _campaign(plan: Plan, random: np.random.Generator) -> dict[str, Any]:
    accounts = [f"acct_{plan.campaign_id[3:7]}{number:05d}" for number in range(plan.accounts)]
    days = plan.days[1] - plan.days[0] + 1
    counts = random.poisson(plan.daily, size=(plan.accounts, days))
    ramp = 0.35 + 0.65 * np.minimum(1, np.arange(days) / 4)
    counts = (counts * ramp).astype(int)
    counts[:, 0] = np.maximum(counts[:, 0], 1)
    owner = np.repeat(np.arange(plan.accounts), counts.sum(axis=1))
    on = np.concatenate([np.repeat(np.arange(days), row) for row in counts])
    ts = START + (plan.days[0] - 1 + on) * DAY + random.integers(0, DAY, len(on))
    names = [name for name, _ in plan.capabilities]
    kinds = random.choice(len(names), size=len(on), p=[share for _, share in plan.capabilities])
    attributed = pa.table(
        {
            "exchange_id": pa.array([f"{plan.campaign_id}-{number}" for number in range(len(on))]),
            "account_id": pa.array(accounts).take(pa.array(owner)),
            "ts": pa.array(ts, pa.int64()).cast(ATTRIBUTED.field("ts").type),
            "campaign_id": pa.array([plan.campaign_id] * len(on)),
            "probability": pa.array(np.clip(random.normal(0.97, 0.02, len(on)), 0, 1)),
            "capability": pa.array(names).take(pa.array(kinds)),
        }
    ).cast(ATTRIBUTED)
    sent = counts.sum(axis=1)
    mixed = random.random(plan.accounts) < plan.mixed
    chance = np.clip(1 - random.exponential(0.03, plan.accounts), 0.2, 0.9999)
    first = np.full(plan.accounts, np.iinfo(np.int64).max)
    last = np.zeros(plan.accounts, dtype=np.int64)
    np.minimum.at(first, owner, ts)
    np.maximum.at(last, owner, ts)
    total = int(sent.sum())
    score = sum(part[3] for part in plan.evidence)
    # The score is extraction against the best rival: its cells are the sums of the evidence.
    best: dict[str, float] = {}
    for family, _, _, value, *_ in plan.evidence:
        best[family] = best.get(family, 0.0) + value
    contest = {**plan.contest, plan.top_rival: best}
    return {
        "attributed": attributed,
        "campaigns": [
            {
                "campaign_id": plan.campaign_id,
                "name": plan.name,
                "actionable": plan.actionable,
                "probability": plan.probability,
                "log10_lr": score,
                "confidence": plan.confidence,
                "first_seen": int(ts.min()),
                "last_seen": int(ts.max()),
                "accounts": plan.accounts,
                "accounts_low": int(plan.accounts * 0.98),
                "accounts_high": int(plan.accounts * 1.05),
                "exchanges": total,
                "exchanges_low": int(total * 0.97),
                "exchanges_high": int(total * 1.02),
                "input_tokens": total * 812,
                "output_tokens": total * 1_947,
                "models": list(plan.models),
                "capabilities": names,
                "top_rival": plan.top_rival,
                "rival_log10_lr": sorted(sum(row.values()) for row in contest.values())[1],
                "related_campaign_id": plan.related,
            }
        ],
        "members": [
            {
                "campaign_id": plan.campaign_id,
                "account_id": name,
                "probability": float(chance[number]),
                "log10_lr": float(np.log10(chance[number] / (1 - chance[number]))),
                "role": "mixed" if mixed[number] else "operator",
                "exchanges": int(sent[number]),
                "total_exchanges": int(sent[number] * (4 if mixed[number] else 1)),
                "first_seen": int(first[number]),
                "last_seen": int(last[number]),
            }
            for number, name in enumerate(accounts)
        ],
        "evidence": [
            {
                "campaign_id": plan.campaign_id,
                "account_id": None,
                "family": family,
                "signal": signal,
                "log10_lr": value,
                "accounts": int(plan.accounts * share),
                "observation": observation,
                "atlas": atlas,
            }
            for family, signal, share, value, observation, atlas in plan.evidence
        ]
        + [
            {
                "campaign_id": plan.campaign_id,
                "account_id": accounts[0],
                "family": "content",
                "signal": "template",
                "log10_lr": 1.5,
                "accounts": 1,
                "observation": "The account sends the passage in 57 of 61 exchanges.",
                "atlas": "AML.T0024.002",
            }
        ],
        "contest": [
            {
                "campaign_id": plan.campaign_id,
                "rival": rival,
                "family": family,
                "log10_lr": value,
                "because": BECAUSE[family],
            }
            for rival, cells in contest.items()
            for family, value in cells.items()
        ],
        "shared": [row for kind in plan.shared for row in _shared(plan.campaign_id, accounts, kind, random)],
    }


def _shared(
    campaign_id: str,
    accounts: list[str],
    kind: tuple[str, str, int, float, float],
    random: np.random.Generator,
) -> list[dict[str, Any]]:
    family, name, number, share, bits = kind
    rows = []
    for _ in range(number):
        size = min(len(accounts), max(2, int(len(accounts) * share * random.uniform(0.5, 1.5))))
        # Neighbours by number share: pools of accounts that were opened together.
        start = int(random.integers(0, len(accounts)))
        held = sorted(accounts[(start + step) % len(accounts)] for step in range(size))
        rows.append(
            {
                "campaign_id": campaign_id,
                "family": family,
                "kind": name,
                "key": int(random.integers(-(2**62), 2**62)),
                "accounts": size,
                "outsiders": int(random.integers(0, 6)),
                "bits": float(bits * random.uniform(0.8, 1.2)),
                "account_ids": held[:200],
            }
        )
    return rows


def _quarantine() -> pa.Table:
    reasons = (("timestamp can't be read", 31), ("account_id is missing", 12), ("line is no JSON object", 6))
    rows = [
        {
            "source": "exchanges.jsonl",
            "line": 100 * place + step + 1,
            "reason": reason,
            "excerpt": "keys: id, ts",
        }
        for place, (reason, number) in enumerate(reasons)
        for step in range(number)
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE)
