"""Search, failover, lockstep and replay of signatures: seen in a planted campaign, and not in the innocent who look alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from planted import Change, observed, unchanged

from prints import CAMPAIGN, CROWD, FLEET, TOOL, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.signals.client import lockstep
from stillwatch.score.signals.reasoning import search, signature_replay
from stillwatch.score.signals.timing import failover
from stillwatch.score.stage import score

MINUTE = 60_000_000
MIXED = replace(CAMPAIGN, name="mixed", themed=0.5, per_account=40)


def searching(share: float) -> Change:
    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        for row in rows:
            if row["capability"] == "everyday_chat" and rng.random() < share:
                row["elicitation"] = 0.9

    return change


def refused(share: float, taken: float, minutes: float, same: bool = False) -> Change:
    """`share` of the rows are refused, `taken` of these come again so many minutes later."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        names = sorted({row["account_id"] for row in rows})
        for number, row in enumerate(list(rows)):
            if rng.random() >= share:
                continue
            row["status"] = 429
            if rng.random() < taken:
                others = [name for name in names if name != row["account_id"]]
                again = row["account_id"] if same else str(rng.choice(others))
                when = row["ts"] + np.timedelta64(int(minutes * MINUTE), "us").item()
                rows.append(
                    {**row, "account_id": again, "ts": when, "status": 200, "exchange_id": f"again{number}"}
                )

    return change


def signing(share: float, places: str) -> Change:
    """`share` of the rows send a block back: one's own in one conversation, or out of a few that all use."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        few = rng.integers(1, 2**62, 4).tolist()
        for number, row in enumerate(rows):
            if rng.random() < share:
                row["reasoning_signature_hash"] = few[number % 4] if places != "own" else number // 2 + 1
                row["conversation_id"] = f"c{number}" if places == "conversations" else row["account_id"]
                if places == "conversations":
                    row["reasoning_signature_hash"] = int(row["account_id"][:6], 16) + 1

    return change


def test_a_campaign_that_searches_is_seen(load: Load) -> None:
    said = observed(load, MIXED, search, searching(0.4))
    assert said is not None
    assert said.factor > 30
    assert "in some other way" in said.fact


@pytest.mark.parametrize("group", [TOOL, MIXED], ids=lambda g: g.name)
def test_whoever_asks_for_reasoning_in_the_template_alone_does_not_search(load: Load, group: Group) -> None:
    said = observed(load, group, search, unchanged)
    assert said is not None
    assert said.factor < 1


def test_a_stream_that_goes_on_elsewhere_is_seen(load: Load) -> None:
    said = observed(load, CAMPAIGN, failover, refused(0.05, 0.7, 3.0))
    assert said is not None
    assert said.factor > 1_000
    assert said.accounts >= 10


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (refused(0.05, 0.0, 3.0), "nobody asks again"),
        (refused(0.05, 0.9, 3.0, same=True), "each asks again"),
        (refused(0.05, 0.9, 45.0), "much later"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_asks_again_himself_or_later_fails_over_nowhere(load: Load, again: Change, why: str) -> None:
    said = observed(load, TOOL, failover, again)
    assert said is not None
    assert said.factor < 1, why


def test_without_refusals_failover_keeps_silent(load: Load) -> None:
    assert observed(load, CAMPAIGN, failover, unchanged) is None


@pytest.mark.parametrize("places", ["accounts", "conversations"])
def test_blocks_that_come_back_elsewhere_are_seen(load: Load, places: str) -> None:
    said = observed(load, CAMPAIGN, signature_replay, signing(0.2, places))
    assert said is not None
    assert said.factor > 1_000


def test_blocks_that_stay_in_their_conversation_are_ordinary(load: Load) -> None:
    said = observed(load, TOOL, signature_replay, signing(0.3, "own"))
    assert said is not None
    assert said.factor < 1


def changing(spread_days: float, share: float = 1.0) -> Change:
    """`share` of the accounts send other parameters from day 7 on, give or take so many days."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        middle = min(row["ts"] for row in rows) + timedelta(days=7)
        names = sorted({row["account_id"] for row in rows})
        when = {name: middle + timedelta(days=float(rng.uniform(-1, 1) * spread_days)) for name in names}
        still = {name for name in names if rng.random() >= share}
        for row in rows:
            late = row["ts"] >= when[row["account_id"]] and row["account_id"] not in still
            row["params_hash"] = 22 if late else 11

    return change


def test_a_change_on_all_accounts_at_once_is_seen(load: Load) -> None:
    said = observed(load, CAMPAIGN, lockstep, changing(0.0))
    assert said is not None
    assert said.factor > 20
    assert said.accounts >= 75


def test_accounts_with_few_exchanges_tell_less(load: Load) -> None:
    few = observed(load, replace(CAMPAIGN, per_account=5), lockstep, changing(0.0))
    many = observed(load, CAMPAIGN, lockstep, changing(0.0))
    assert few is not None
    assert many is not None
    assert few.factor < many.factor


def test_versions_of_a_tool_that_spread_are_ordinary(load: Load) -> None:
    said = observed(load, TOOL, lockstep, changing(5.0))
    assert said is not None
    assert said.factor < 1


def test_a_group_of_which_few_change_keeps_silent(load: Load) -> None:
    assert observed(load, TOOL, lockstep, changing(0.0, share=0.1)) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("declared", [True, False])
def test_a_fleet_of_agents_is_not_convicted(load: Load, seed: int, declared: bool) -> None:
    """Round the clock, in equal shares, from changing addresses, opened in one week: but with one owner."""
    prints, accounts, truth = traffic([CROWD, FLEET], seed)
    if not declared:  # the customer names no organisation, but pays from one purse
        mine = pa.array([truth[name] == "fleet" for name in accounts["account_id"].to_pylist()])
        for name, value in (("org_hash", None), ("payment_hash", 4_711)):
            place = accounts.column_names.index(name)
            held = pc.if_else(mine, pa.scalar(value, pa.int64()), accounts[name])
            accounts = accounts.set_column(place, accounts.schema.field(name), held)
    rows = prints.to_pylist()
    fleet = [row for row in rows if truth[row["account_id"]] == "fleet"]
    refused(0.03, 0.6, 1.0)(fleet, np.random.default_rng(seed))
    crowd = [row for row in rows if truth[row["account_id"]] != "fleet"]
    engine = load(pa.Table.from_pylist(crowd + fleet, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    scored = score(engine, frozenset(), 0.01)
    assert not any(scored.campaigns["actionable"].to_pylist())
