"""Accounts: one row an account, whatever the container and the order."""

from __future__ import annotations

import csv
import datetime
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.errors import InvalidColumn, InvalidInput
from stillwatch.ingest import read_accounts
from stillwatch.model.exchanges import ACCOUNTS, QUARANTINE

ROWS = [
    {
        "account_id": f"a{i}",
        "created_at": f"2026-01-0{i + 1}T00:00:00Z",
        "org_id": "o",
        "country": "NZ",
        "email_domain": "example.org",
        "email_hash": f"h{i}",
        "payment_hash": f"p{i % 2}",
        "phone_hash": None,
        "signup_ip": "192.0.2.1",
        "pathway": "education",
        "plan": "free",
        "verified": i % 2 == 0,
        "banned_at": None if i else "2026-02-01 00:00:00",
    }
    for i in range(4)
]


def write(path: Path, rows: Any) -> Any:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_each_container_gives_the_same_accounts(tmp_path: Path, suffix: Any) -> None:
    accounts, bad = read_accounts(write(tmp_path / f"a.{suffix}", ROWS[::-1]))
    assert accounts.schema == ACCOUNTS
    assert bad.schema == QUARANTINE
    assert bad.num_rows == 0
    assert accounts["account_id"].to_pylist() == ["a0", "a1", "a2", "a3"]
    assert accounts["verified"].to_pylist() == [True, False, True, False]
    assert accounts["created_at"][1].as_py() == datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    assert accounts["banned_at"].to_pylist()[1:] == [None] * 3
    assert accounts["phone_hash"].null_count == 4


def test_an_account_given_twice_is_kept_once_whatever_the_order(tmp_path: Path) -> None:
    rows = [*ROWS, {**ROWS[1], "plan": "business"}, {**ROWS[1], "plan": "alpha"}, ROWS[2]]
    results = []
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        accounts, bad = read_accounts(write(tmp_path / "a.jsonl", rows))
        results.append(accounts)
        assert accounts.num_rows + bad.num_rows == 7
        assert set(bad["reason"].to_pylist()) == {"account_id is given more than once"}
        assert bad["line"].to_pylist() == sorted(bad["line"].to_pylist())
        assert accounts["plan"].to_pylist() == ["free", "alpha", "free", "free"]
    assert all(one == results[0] for one in results)


def test_rows_without_an_account_go_to_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps(ROWS[0]) + '\n{"plan":"free"}\n{broken\n' + json.dumps({**ROWS[1], "verified": "perhaps"})
    )
    accounts, bad = read_accounts(path)
    assert accounts["verified"].to_pylist() == [True, None]
    assert bad.to_pylist() == [
        {"source": "a.jsonl", "line": 2, "reason": "account_id is missing", "excerpt": "plan string"},
        {"source": "a.jsonl", "line": 3, "reason": "line is not JSON", "excerpt": "7 bytes"},
    ]


def test_column_maps_and_their_errors(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [{"user": "u1", "made": "1772323445"}])
    accounts, _ = read_accounts(str(path), {"account_id": "user", "created_at": "made"})
    assert accounts["account_id"].to_pylist() == ["u1"]
    assert accounts["created_at"].null_count == 0
    with pytest.raises(InvalidColumn, match="did you mean 'user'"):
        read_accounts(path)
    with pytest.raises(InvalidColumn, match="'prompt' is no column of the contract"):
        read_accounts(path, {"prompt": "user"})
    with pytest.raises(InvalidInput, match="no such file"):
        read_accounts(tmp_path / "none.csv")


def test_several_files_are_one_table(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", ROWS[:3])
    write(tmp_path / "a.jsonl", ROWS[2:])
    accounts, bad = read_accounts(tmp_path)
    assert accounts.num_rows == 4
    assert bad["source"].to_pylist() == ["b.csv"]
    assert bad["line"].to_pylist() == [3]


def test_no_accounts_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("account_id\n")
    accounts, bad = read_accounts(tmp_path / "a.csv")
    assert (accounts.num_rows, bad.num_rows) == (0, 0)
    assert (accounts.schema, bad.schema) == (ACCOUNTS, QUARANTINE)


anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.lists(st.integers(), max_size=2)
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ACCOUNTS.names, anything)), max_size=5))
def test_every_row_is_an_account_or_in_quarantine(
    tmp_path_factory: pytest.TempPathFactory, rows: Any
) -> None:
    path = write(tmp_path_factory.mktemp("a") / "a.jsonl", [ROWS[0], *rows])
    accounts, bad = read_accounts(path)
    accounts.validate(full=True)
    assert accounts.num_rows + bad.num_rows == len(rows) + 1
    assert len(set(accounts["account_id"].to_pylist())) == accounts.num_rows
