"""A verdict written out: the campaign's row, its members, its evidence and its contest."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.model.exchanges import TIMESTAMP
from stillwatch.model.findings import CONTEST, EVIDENCE, MEMBERS
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.model.links import FAMILIES
from stillwatch.model.scales import support
from stillwatch.score.contest import Match
from stillwatch.score.extraction import OPERATORS
from stillwatch.score.observation import EXTRACT_MODEL, Observation
from stillwatch.score.rolls import Roll
from stillwatch.score.scene import Floats, Population
from stillwatch.score.words import campaign_name
from stillwatch.stats.counts import expected_count, odds_to_probability, unseen

OPERATOR_SHARE = 0.8
"""An account that sends at least this share of its traffic for the campaign lives for it."""

ACCOUNTS_BEYOND = 1.45
"""Accounts of a campaign over those named, at most: what hides altogether leaves no trace in the counts."""

EXCHANGES_BETWEEN = (0.9, 1.75)
"""Exchanges of a campaign over those attributed, at least and at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """One campaign's rows for every table."""

    campaign_id: str
    cluster: int
    roll: Roll
    exchange_probability: Floats  # beside the roll's weights
    row: Mapping[str, Any]
    members: pa.Table
    evidence: pa.Table
    contest: pa.Table


@dataclass(frozen=True, slots=True)
class Seen:
    """How many accounts stood trial as a campaign's members, at the exchanges of how many of them signals looked, in how
    many pieces it was found, and how many more accounts it pays for."""

    tried: int
    looked_at: int
    pieces: int = 1
    paid_for: int = 0

    def told(self, named: int) -> str:
        """What is to be said where not all that are named were looked at: a sentence or two, each with a blank before it."""
        part = more = ""
        if self.pieces > 1:
            part = (
                f" It was found in {self.pieces} pieces, which have accounts or a text in common; the observations speak of the "
                f"piece that tells most, {self.looked_at:,} of {self.tried:,} accounts."
            )
        elif self.looked_at < self.tried:
            part = (
                f" The observations speak of {self.looked_at:,} of its {self.tried:,} accounts: of so large a "
                "group a part is looked at."
            )
        if worded := named - self.tried - self.paid_for:
            more = (
                f" {worded:,} of its {named:,} accounts were added when it was certain: they fill its templates in wording of "
                "their own."
            )
        if self.paid_for:
            more += (
                f" {self.paid_for:,} of its {named:,} accounts were added because they pay from purses, or gave phones, that "
                "mostly its other accounts have."
            )
        return part + more


def build_case(
    roll: Roll,
    people: Population,
    observations: Sequence[Observation],
    matches: Sequence[Match],
    seen: Seen,
    actionable: bool,
    prior: float,
    taken: Collection[str] = (),
    known_as: str | None = None,
) -> Case:
    """The case of a cluster.

    seen      the accounts that were tried and looked at
    prior     odds that it is a campaign, before its contest, > 0
    taken     campaign ids that other cases have
    known_as  the id that an earlier scan gave it
    """
    best = matches[0]
    probability = odds_to_probability(best.log10_lr + float(np.log10(prior)))
    names = (_name(people, *divmod(number, len(roll.begins)), roll.begins) for number in count())
    campaign_id = known_as or next(name for name in names if name not in taken)
    odds = roll.bits + np.log2(roll.size / max(people.size - roll.size, 1))
    member = 1.0 / (1.0 + 2.0 ** -np.clip(odds, -60, 60))
    exchange = 1.0 / (1.0 + 2.0**-roll.weights)
    attributed = roll.sent
    total = people.exchanges[roll.members]
    operator = attributed >= OPERATOR_SHARE * total
    _, _, more_high = unseen(attributed[attributed > 0])
    _, low, high = expected_count(member)
    # What was weighed together stands or falls together.
    _, sent_low, sent_high = expected_count(exchange, roll.times)
    spare = int((total - attributed)[operator].sum())
    row: dict[str, Any] = {
        "campaign_id": campaign_id,
        "name": campaign_name(campaign_id),
        "actionable": actionable,
        "probability": round(probability, 6),
        "log10_lr": best.log10_lr,
        "confidence": support(best.log10_lr),
        "first_seen": roll.begins[0][0],
        "last_seen": int(roll.last[roll.sent > 0].max()),
        "accounts": roll.size,
        "accounts_low": int(np.floor(low)),
        "accounts_high": int(np.ceil(max(roll.size * ACCOUNTS_BEYOND, high + more_high))),
        "exchanges": roll.exchanges,
        "exchanges_low": int(np.floor(min(sent_low, roll.exchanges * EXCHANGES_BETWEEN[0]))),
        "exchanges_high": int(
            np.ceil(
                max(
                    roll.exchanges * EXCHANGES_BETWEEN[1],
                    sent_high + spare + more_high * float(attributed.mean()),
                )
            )
        ),
        "input_tokens": roll.input_tokens,
        "output_tokens": roll.output_tokens,
        "models": list(roll.models),
        "capabilities": _most_asked(roll),
        "top_rival": best.rival.name,
        "rival_log10_lr": matches[1].log10_lr,
        "related_campaign_id": None,
    }
    return Case(
        campaign_id,
        roll.cluster,
        roll,
        np.round(exchange * probability, 6),
        row,
        _members(roll, people, campaign_id, np.round(member * probability, 6), operator),
        _evidence(roll, people, campaign_id, observations, best, seen),
        _contest(campaign_id, observations, matches),
    )


def _name(people: Population, again: int, place: int, begins: Sequence[tuple[int, int]]) -> str:
    """An id made of the account and time of one of the exchanges: the first, unless that names another case."""
    ts, ix = begins[place]
    told = f"{people.account_id[ix]}|{ts}" + "|" * again
    return "campaign-" + hashlib.sha256(told.encode()).hexdigest()[:16]


def _members(
    roll: Roll, people: Population, campaign_id: str, probability: Floats, operator: np.ndarray
) -> pa.Table:
    return pa.table(
        {
            "campaign_id": [campaign_id] * roll.size,
            "account_id": people.account_id.take(pa.array(roll.members)),
            "probability": probability,
            "log10_lr": np.round(roll.bits * np.log10(2.0), 4),
            "role": np.where(operator, "operator", "mixed").tolist(),
            "exchanges": roll.sent,
            "total_exchanges": people.exchanges[roll.members],
            "first_seen": pa.array(roll.first, TIMESTAMP),
            "last_seen": pa.array(roll.last, TIMESTAMP),
        },
        schema=MEMBERS,
    )


def _evidence(
    roll: Roll,
    people: Population,
    campaign_id: str,
    observations: Sequence[Observation],
    best: Match,
    seen: Seen,
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
            "accounts": seen.looked_at,
            "observation": f"Extraction is tried as {len(OPERATORS)} kinds of operator; this one fits best "
            f"({best.operator.title}), and not knowing which it is {_prior(best)}.{seen.told(roll.size)}",
            "atlas": EXTRACT_MODEL,
        }
    )
    rows.sort(key=lambda r: (FAMILIES.index(r["family"]), -r["log10_lr"], r["signal"]))
    names = people.account_id.take(pa.array(roll.members)).to_pylist()
    sent = roll.sent.tolist()
    for name, bits, own, total in zip(
        names, roll.bits.tolist(), sent, people.exchanges[roll.members].tolist(), strict=True
    ):
        rows.append(membership_row(campaign_id, name, round(bits * float(np.log10(2.0)), 4), own, total))
    return pa.Table.from_pylist(rows, EVIDENCE)


def membership_row(
    campaign_id: str, account_id: str, log10_lr: float, own: int, total: int
) -> dict[str, Any]:
    """The row of EVIDENCE why an account is a member, of whose `total` exchanges `own` are the campaign's."""
    return {
        "campaign_id": campaign_id,
        "account_id": account_id,
        "family": "content",
        "signal": "membership",
        "log10_lr": log10_lr,
        "accounts": 1,
        "observation": f"{own:,} of its {total:,} exchanges show the group's passages, tools or structure.",
        "atlas": EXTRACT_MODEL,
    }


def _prior(best: Match) -> str:
    """What not knowing the kind of operator costs, and what is gained where the best rival is rarer than others."""
    rarer = -float(np.log10(best.rival.common))
    cost = rarer - best.prior
    told = f"{'adds' if cost < 0 else 'costs'} {abs(cost):.2f}"
    if rarer > 0:
        told += (
            "; that its best rival takes two explanations at once, "
            f"and is {1.0 / best.rival.common:.0f} times rarer, adds {rarer:.2f}"
        )
    return told


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


def _most_asked(roll: Roll) -> list[str]:
    """Capabilities that at least one in twenty of the exchanges asks for, most asked first."""
    counts = roll.capabilities
    known = max(int(counts.sum()), 1)
    return [CAPABILITIES[i] for i in np.argsort(-counts, kind="stable") if counts[i] * 20 >= known]
