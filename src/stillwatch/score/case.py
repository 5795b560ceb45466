"""A verdict written out: the campaign's row, its members, its evidence and its contest."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.exchanges import TIMESTAMP
from stillwatch.model.findings import CONTEST, EVIDENCE, MEMBERS
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.model.links import FAMILIES
from stillwatch.score.contest import Match
from stillwatch.score.extraction import OPERATORS
from stillwatch.score.observation import EXTRACT_MODEL, Observation
from stillwatch.score.scene import Floats, Population, Scene
from stillwatch.score.words import campaign_name, support
from stillwatch.stats.counts import expected_count, odds_to_probability, unseen

OPERATOR_SHARE = 0.8
"""An account that sends at least this share of its traffic for the campaign lives for it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One campaign's rows for every table."""

    campaign_id: str
    cluster: int
    scene: Scene
    exchange_probability: Floats
    row: Mapping[str, Any]
    members: pa.Table
    evidence: pa.Table
    contest: pa.Table


def build_case(
    scene: Scene,
    people: Population,
    observations: Sequence[Observation],
    matches: Sequence[Match],
    actionable: bool,
    tested: int,
    taken: Collection[str] = (),
) -> Case:
    """The case of a cluster.

    tested  clusters that were tried: the prior odds of each are one in so many
    taken   campaign ids that other cases have
    """
    best = matches[0]
    probability = odds_to_probability(best.log10_lr - float(np.log10(max(tested, 2))))
    names = (_name(scene, people, place) for place in range(len(scene.row)))
    campaign_id = next(name for name in names if name not in taken)
    odds = scene.bits + np.log2(scene.size / max(people.size - scene.size, 1))
    member = 1.0 / (1.0 + 2.0 ** -np.clip(odds, -60, 60))
    exchange = 1.0 / (1.0 + 2.0**-scene.weight)
    attributed = scene.per_member()
    total = people.exchanges[scene.members]
    operator = attributed >= OPERATOR_SHARE * total
    more, _, more_high = unseen(attributed[attributed > 0])
    _, low, high = expected_count(member)
    _, sent_low, sent_high = expected_count(exchange)
    spare = int((total - attributed)[operator].sum())
    row: dict[str, Any] = {
        "campaign_id": campaign_id,
        "name": campaign_name(campaign_id),
        "actionable": actionable,
        "probability": round(probability, 6),
        "log10_lr": best.log10_lr,
        "confidence": support(best.log10_lr),
        "first_seen": int(scene.ts[0]),
        "last_seen": int(scene.ts[-1]),
        "accounts": scene.size,
        "accounts_low": int(np.floor(low)),
        "accounts_high": max(scene.size, int(np.ceil(high + more_high))),
        "exchanges": len(scene.row),
        "exchanges_low": int(np.floor(sent_low)),
        "exchanges_high": max(len(scene.row), int(np.ceil(sent_high)))
        + spare
        + round(more * float(attributed.mean())),
        "input_tokens": _known_sum(scene.input_tokens),
        "output_tokens": _known_sum(scene.output_tokens),
        "models": _most_used(scene.model),
        "capabilities": _most_asked(scene),
        "top_rival": best.rival.name,
        "rival_log10_lr": matches[1].log10_lr,
        "related_campaign_id": None,
    }
    return Case(
        campaign_id,
        scene.cluster,
        scene,
        np.round(exchange, 6),
        row,
        _members(scene, people, campaign_id, np.round(member * probability, 6), operator),
        _evidence(scene, people, campaign_id, observations, best),
        _contest(campaign_id, observations, matches),
    )


def _name(scene: Scene, people: Population, place: int) -> str:
    """An id made of the account and time of one of the exchanges: the first, unless that names another case."""
    told = f"{people.account_id[int(scene.members[scene.who[place]])]}|{int(scene.ts[place])}"
    return "campaign-" + hashlib.sha256(told.encode()).hexdigest()[:16]


def _members(
    scene: Scene, people: Population, campaign_id: str, probability: Floats, operator: np.ndarray
) -> pa.Table:
    first = np.full(scene.size, people.until)
    last = np.full(scene.size, people.since)
    np.minimum.at(first, scene.who, scene.ts)
    np.maximum.at(last, scene.who, scene.ts)
    return pa.table(
        {
            "campaign_id": [campaign_id] * scene.size,
            "account_id": people.account_id.take(pa.array(scene.members)),
            "probability": probability,
            "log10_lr": np.round(scene.bits * np.log10(2.0), 4),
            "role": np.where(operator, "operator", "mixed").tolist(),
            "exchanges": scene.per_member(),
            "total_exchanges": people.exchanges[scene.members],
            "first_seen": pa.array(first, TIMESTAMP),
            "last_seen": pa.array(last, TIMESTAMP),
        },
        schema=MEMBERS,
    )


def _evidence(
    scene: Scene, people: Population, campaign_id: str, observations: Sequence[Observation], best: Match
) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "campaign_id": campaign_id,
            "account_id": None,
            "family": o.family,
            "signal": o.signal,
            "log10_lr": part,
            "accounts": o.accounts,
            "observation": o.fact,
            "atlas": o.atlas,
        }
        for o, part in zip(observations, best.parts, strict=True)
    ]
    rows.append(
        {
            "campaign_id": campaign_id,
            "account_id": None,
            "family": "content",
            "signal": "operator",
            "log10_lr": best.prior,
            "accounts": scene.size,
            "observation": f"Judged as {best.operator.title}; that {len(OPERATORS)} kinds of operator were tried "
            f"is taken off the score.",
            "atlas": EXTRACT_MODEL,
        }
    )
    rows.sort(key=lambda r: (FAMILIES.index(r["family"]), -r["log10_lr"], r["signal"]))
    names = people.account_id.take(pa.array(scene.members)).to_pylist()
    sent = scene.per_member().tolist()
    for name, bits, own, total in zip(
        names, scene.bits.tolist(), sent, people.exchanges[scene.members].tolist(), strict=True
    ):
        rows.append(
            {
                "campaign_id": campaign_id,
                "account_id": name,
                "family": "content",
                "signal": "membership",
                "log10_lr": round(bits * float(np.log10(2.0)), 4),
                "accounts": 1,
                "observation": f"{own:,} of its {total:,} exchanges show the group's passages, tools or structure.",
                "atlas": EXTRACT_MODEL,
            }
        )
    return pa.Table.from_pylist(rows, EVIDENCE)


def _contest(campaign_id: str, observations: Sequence[Observation], matches: Sequence[Match]) -> pa.Table:
    rows = []
    for match in matches:
        sums = {"content": match.prior}
        for observation, part in zip(observations, match.parts, strict=True):
            sums[observation.family] = sums.get(observation.family, 0.0) + part
        for family in FAMILIES:
            if family in sums:
                rows.append(
                    {
                        "campaign_id": campaign_id,
                        "rival": match.rival.name,
                        "family": family,
                        "log10_lr": round(sums[family], 4),
                        "because": match.rival.because.get(family, ""),
                    }
                )
    return pa.Table.from_pylist(rows, CONTEST)


def _known_sum(values: np.ndarray) -> int | None:
    known = values[values >= 0]
    return int(known.sum()) if len(known) else None


def _most_used(names: pa.Array) -> list[str]:
    counts = pc.value_counts(names.drop_null()).to_pylist()
    return [c["values"] for c in sorted(counts, key=lambda c: (-c["counts"], c["values"]))]


def _most_asked(scene: Scene) -> list[str]:
    """Capabilities that at least one in twenty of the exchanges asks for, most asked first."""
    known = scene.capability[scene.capability >= 0]
    counts = np.bincount(known, minlength=len(CAPABILITIES))
    return [
        CAPABILITIES[i] for i in np.argsort(-counts, kind="stable") if counts[i] * 20 >= max(len(known), 1)
    ]
