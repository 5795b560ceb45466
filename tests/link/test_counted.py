"""What is counted by account, beside the same in plain loops."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from prints import Load
from stillwatch.link import shards
from stillwatch.link.counted import count_accounts
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS

TRAFFIC = {
    "ip_hash": ("infrastructure", "address"),
    "prefix_hash": ("infrastructure", "prefix"),
    "asn": ("infrastructure", "network"),
    "user_agent_hash": ("client", "user_agent"),
    "ja4_hash": ("client", "ja4"),
    "params_hash": ("client", "parameters"),
}
SIGN_UP = {"payment_hash": ("registration", "payment"), "signup_ip_hash": ("registration", "signup_address")}


def traffic(seed: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Exchanges and accounts whose keys of all kinds are the same few numbers."""
    draw = np.random.default_rng(seed)

    def maybe(most: int) -> int | None:
        return int(draw.integers(1, most)) if draw.random() < 0.8 else None

    rows: list[dict[str, object]] = [
        {
            "exchange_id": f"x{number}", "id_derived": False, "ts": number, "account_id": f"a{draw.integers(0, 9)}",
            "conversation_id": None if draw.random() < 0.3 else f"t{draw.integers(0, 40)}",
            "turns": [None, 0, 1, 2, 5][draw.integers(0, 5)], "elicitation": float(draw.random()),
            "output_tokens": maybe(500), "source": "t", "line": number,
            **{column: maybe(60) for column in TRAFFIC},
        }
        for number in range(200)
    ]  # fmt: skip
    accounts: list[dict[str, object]] = [
        {"account_id": f"a{k}", **{column: maybe(6) for column in SIGN_UP}} for k in range(9)
    ]
    return rows, accounts


@pytest.mark.parametrize(("seed", "rows"), [(0, 1000), (1, 60)])
def test_accounts_and_what_they_share_are_counted_as_plain_loops_do(
    load: Load, monkeypatch: pytest.MonkeyPatch, seed: int, rows: int
) -> None:
    monkeypatch.setattr(shards, "SHARD_ROWS", rows)
    sent, accounts = traffic(seed)
    engine = load(_table(sent, FINGERPRINTS), _table(accounts, ACCOUNT_PRINTS))
    count_accounts(engine, lambda _: None)

    times: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for row in sent:
        for column, (family, kind) in TRAFFIC.items():
            if row[column] is not None:
                times[family, kind, row[column], row["account_id"]].append(int(str(row["ts"])))
    degree: dict[tuple[object, ...], set[object]] = defaultdict(set)
    for family, kind, key, account in times:
        degree[family, kind, key].add(account)
    expected = {
        (*named, len(at), min(at), max(at), len(degree[named[:3]]))
        for named, at in times.items()
        if len(degree[named[:3]]) > 1
    }
    told = engine.query("""
        SELECT family, kind, key, account_id, i.exchanges, epoch_us(i.first_seen) AS first,
               epoch_us(i.last_seen) AS last, degree
        FROM indicators i JOIN people USING (ix)""").to_pylist()
    assert {tuple(row.values()) for row in told if row["family"] != "registration"} == expected
    assert len(told) == len({tuple(row.values()) for row in told})

    signed: dict[tuple[object, ...], set[object]] = defaultdict(set)
    for one in accounts:
        for column, (_, kind) in SIGN_UP.items():
            if one[column] is not None:
                signed[kind, one[column]].add(one["account_id"])
    shared = {(*named, who, len(all_)) for named, all_ in signed.items() if len(all_) > 1 for who in all_}
    assert shared == {
        (row["kind"], row["key"], row["account_id"], row["degree"])
        for row in told
        if row["family"] == "registration"
    }

    people = engine.query(
        "SELECT account_id, exchanges, followups, elicits, output_tokens, answered FROM people"
    ).to_pylist()
    for person in people:
        own = [row for row in sent if row["account_id"] == person["account_id"]]
        first = [
            row["conversation_id"] for row in own if row["turns"] in (None, 0, 1) and row["conversation_id"]
        ]
        later = sum(row["turns"] in (2, 5) for row in own)
        assert person["exchanges"] == len(own)
        assert person["followups"] == later + len(first) - len(set(first))
        assert person["elicits"] == sum(float(str(row["elicitation"])) >= 0.5 for row in own)
        assert person["output_tokens"] == sum(int(str(row["output_tokens"] or 0)) for row in own)
        assert person["answered"] == sum(bool(row["output_tokens"]) for row in own)
    assert len(people) == 9


def _table(rows: list[dict[str, object]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)
