"""Each peer finds the campaign that it is made for, and is counted by the same rules."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from peers.judging import PEERS, found, judged
from peers.traffic import Groups, Traffic

from peers import (
    coordination_toolkit,
    dense_subgraph,
    honeypot_score,
    isolation_forest,
    minhash,
    mmd_window,
    rate_rules,
    shared_address,
    shared_purse,
)
from stillwatch.evaluate.folders import Truth

START = datetime(2026, 6, 1, tzinfo=UTC)
RING = [f"bad{n:02d}" for n in range(10)]
PEOPLE = [f"good{n:02d}" for n in range(40)]
WORDS = ["river", "stone", "cloud", "paper", "lamp", "green", "seven", "walk", "train", "bread", "winter", "song", "glass", "field", "horse", "table", "window", "mountain", "letter", "garden", "coffee", "silver", "market", "bridge", "candle", "forest", "island", "kitchen"]  # fmt: skip


def traffic(each: int = 12, loud: int = 0) -> Traffic:
    """Ten accounts of a ring among forty people with words, addresses, purses and hours of their own.

    The ring shares purses, addresses and a wording, acts within the same seconds, and sends `loud` more requests an
    account.
    """
    generator = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    for account in RING + PEOPLE:
        bad = account in RING
        number = int(account[-2:])
        for turn in range(each + (loud if bad else 0)):
            own = " ".join(generator.choice(WORDS, 12))
            at = START + timedelta(
                hours=2 * turn, seconds=number if bad else int(generator.integers(0, 7_000))
            )
            if bad and turn >= each:
                at = START + timedelta(hours=2, seconds=turn / 10)
            text = "as an expert grader rate this answer on a scale from one to ten and explain each step: "
            rows.append(
                {
                    "exchange_id": f"{account}-{turn}",
                    "account_id": account,
                    "ts": at,
                    "prompt": text + own[:12] if bad else own,
                    "system": None,
                    "tools": None,
                    "model": "m",
                    "ip": f"10.0.{turn % 3}.9" if bad else f"10.{number + 1}.0.{turn % 2}",
                    "asn": 64_500 if bad else 64_501 + number % 4,
                    "country": "DE",
                    "user_agent": f"client{number % 2}",
                    "tls_ja4": "t",
                    "status": 200,
                    "temperature": 0.5,
                    "max_tokens": 100,
                    "input_tokens": 20,
                    "output_tokens": 50,
                    "reasoning_tokens": 0,
                }
            )
    exchanges = pa.Table.from_pylist(rows)
    stamp = pa.timestamp("us", tz="UTC")
    exchanges = exchanges.set_column(exchanges.column_names.index("ts"), "ts", exchanges["ts"].cast(stamp))
    exchanges = exchanges.set_column(
        exchanges.column_names.index("system"), "system", pa.nulls(len(rows), pa.string())
    )
    exchanges = exchanges.set_column(
        exchanges.column_names.index("tools"), "tools", pa.nulls(len(rows), pa.string())
    )
    accounts = pa.table(
        {
            "account_id": RING + PEOPLE,
            "created_at": pa.array([START - timedelta(days=3 + n) for n in range(50)], stamp),
            "org_id": pa.nulls(50, pa.string()),
            "payment_hash": [f"p{n // 5}" if n < 10 else f"q{n}" for n in range(50)],
            "phone_hash": ["t0" if n in (0, 9) else f"t{n}" for n in range(50)],
            "email_hash": [f"e{n}" for n in range(50)],
            "email_domain": ["d"] * 50,
            "signup_ip": [f"10.9.9.{n}" for n in range(50)],
        }
    )
    return Traffic(exchanges.sort_by("ts"), accounts.sort_by("account_id"), frozenset(PEOPLE[::2]))


def truth() -> Truth:
    kinds = ["campaign"] * 10 + ["student"] * 40
    none = pa.array([], pa.string())
    return Truth(
        members=pa.table({"account_id": RING, "campaign": ["ring"] * 10}),
        exchanges=pa.table({"exchange_id": none, "ts": pa.array([], pa.timestamp("us")), "campaign": none}),
        archetypes=pa.table({"account_id": RING + PEOPLE, "archetype": kinds}),
    )


def exactly(groups: Groups) -> bool:
    told = judged(truth(), groups)
    return told.found == 1 and told.account_recall == 1 and not told.innocents


def test_rate_rules() -> None:
    given = traffic(loud=60)
    measured = rate_rules.measure(given, "most in a minute")
    assert exactly(rate_rules.name(given, measured, 0.8, "one group"))
    assert not rate_rules.name(traffic(), rate_rules.measure(traffic(), "all"), 0.8, "one group")


def test_isolation_forest() -> None:
    given = traffic(loud=60)
    measured = isolation_forest.measure(given, "all", 20)
    told = judged(truth(), isolation_forest.name(given, measured, 0.2, "main network"))
    assert told.found == 1
    assert not told.innocents


def test_shared_purses_join_through_a_telephone() -> None:
    given = traffic()
    cards = shared_purse.measure(given, "payment", "with")
    assert sorted(map(len, shared_purse.name(given, cards, 10).values())) == [5, 5]
    both = shared_purse.measure(given, "payment, telephone", "with")
    assert exactly(shared_purse.name(given, both, 10))
    assert not shared_purse.name(given, both, 1)


@pytest.mark.parametrize("shared", [1, 3])
def test_shared_addresses(shared: int) -> None:
    given = traffic()
    assert exactly(shared_address.name(given, shared_address.measure(given, "of requests"), 20, shared))
    assert not shared_address.name(given, shared_address.measure(given, "of requests"), 20, 4)


def test_minhash() -> None:
    pytest.importorskip("datasketch")
    given = traffic()
    assert exactly(minhash.name(given, minhash.measure(given, "prompt", 0.4), 20, 1))


def test_dense_subgraphs() -> None:
    given = traffic()
    blocks = dense_subgraph.measure(given, "addresses")
    assert exactly(dense_subgraph.name(given, blocks, 1, 2))


def test_peeling_finds_the_block_that_trying_all_finds() -> None:
    """Against every subset of a small graph: the greedy block is at least half as dense, as proven of it."""
    generator = np.random.default_rng(3)
    for _ in range(20):
        who, what = np.nonzero(generator.random((5, 5)) < 0.5)
        if not len(who):
            continue
        weight = 1 / np.log(np.bincount(what, minlength=5) + 5.0)

        def dense(accounts: set[int], things: set[int], who=who, what=what, weight=weight) -> float:
            mass = sum(weight[t] for a, t in zip(who, what, strict=True) if a in accounts and t in things)
            return mass / (len(accounts) + len(things))

        best = max(
            dense({a for a in range(5) if mask >> a & 1}, {t for t in range(5) if mask >> (5 + t) & 1})
            for mask in range(1, 1024)
        )
        accounts, things = dense_subgraph.peel(who, what)
        assert dense(set(accounts.tolist()), set(things.tolist())) >= best / 2


@pytest.mark.slow
def test_window_test() -> None:
    pytest.importorskip("wordllama")
    given = traffic(each=40)
    measured = mmd_window.measure(given, 20)
    assert exactly(mmd_window.name(given, measured, "account", 0.001, 0.9, "one group"))
    assert exactly(mmd_window.name(given, measured, "network", 0.001, 0.9, "one group"))
    assert not mmd_window.name(given, mmd_window.measure(given, 500), "account", 0.01, 0.0, "one group")


def test_coordination_toolkit() -> None:
    pytest.importorskip("coordination_network_toolkit")
    given = traffic()
    for setting in (
        {"network": "similar text", "seconds": 20, "similarity": 0.5},
        {"network": "same address", "seconds": 20},
    ):
        edges = coordination_toolkit.measure(given, **setting)
        assert exactly(coordination_toolkit.name(given, edges, 2, "components"))
        assert exactly(coordination_toolkit.name(given, edges, 2, "louvain"))


def test_honeypot_score() -> None:
    pytest.importorskip("honeypotllm")
    given = traffic()
    measured = honeypot_score.measure(given, 0.4, 200, 0.5)
    assert exactly(honeypot_score.name(given, measured, 0.75, "one group"))


def test_innocents_are_counted_by_kind() -> None:
    told = judged(truth(), {"a": frozenset(RING + PEOPLE[:3])})
    assert (told.found, told.innocents, told.account_precision) == (0, {"student": 3}, 10 / 13)


@pytest.mark.parametrize("name", list(PEERS))
def test_every_setting_is_one_of_dear_and_cheap_parts(name: str) -> None:
    for dear, cheap in PEERS[name].grid:
        assert cheap
        assert all(not set(dear) & set(one) for one in cheap)


def test_a_setting_of_the_grid_gives_what_its_parts_give() -> None:
    given = traffic()
    setting = {"addresses": "of requests", "most": 10, "shared": 3}
    assert exactly(found(PEERS["shared addresses"], given, setting))
