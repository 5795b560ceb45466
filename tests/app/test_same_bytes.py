"""The same exchanges give the same bytes, however they come."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from runs import OTHER_KEY, Traffic, compose, differing, scanned, tables

from stillwatch.app import fingerprint_logs
from stillwatch.ingest import open_exchanges, parquet, reader

NAMED = {"shared", "wording", "ordinary"}
"""Tables that hold keyed names."""


def as_json_lines(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in table.to_pylist():
            file.write(json.dumps(row, default=datetime.isoformat, ensure_ascii=False) + "\n")


def test_shuffled_rows(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    exchanges, accounts = tmp_path / "e.parquet", tmp_path / "a.parquet"
    pq.write_table(traffic.exchanges.take(draw.permutation(len(traffic.exchanges))), exchanges)
    pq.write_table(traffic.accounts.take(draw.permutation(len(traffic.accounts))), accounts)
    assert not differing(tables(plain), scanned(exchanges, tmp_path / "o", accounts=accounts))


@pytest.mark.parametrize(("rows", "threads"), [(400, 1), (397, 4)])
def test_other_batches_and_threads(
    traffic: Traffic, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, threads: int
) -> None:
    path = tmp_path / "e.parquet"
    pq.write_table(traffic.exchanges, path, row_group_size=rows + 1, compression="zstd")
    for module in (reader, parquet):
        monkeypatch.setattr(module, "ROWS", rows)
    assert sum(1 for _ in open_exchanges([path])) >= len(traffic.exchanges) // (2 * rows)
    assert not differing(
        tables(plain), scanned(path, tmp_path / "o", accounts=traffic.people, threads=threads)
    )


def test_several_files_in_a_folder(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    for number in range(3):
        part = logs / f"day={number}"
        part.mkdir(parents=True)
        pq.write_table(
            traffic.exchanges.take(np.arange(number, len(traffic.exchanges), 3)), part / "p.parquet"
        )
    assert not differing(tables(plain), scanned(logs, tmp_path / "o", accounts=traffic.people))


def test_json_lines_instead_of_parquet(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    as_json_lines(traffic.exchanges, tmp_path / "e.jsonl")
    as_json_lines(traffic.accounts, tmp_path / "a.jsonl")
    assert not differing(
        tables(plain), scanned(tmp_path / "e.jsonl", tmp_path / "o", accounts=tmp_path / "a.jsonl")
    )


def test_csv_instead_of_parquet(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    pacsv.write_csv(traffic.exchanges, tmp_path / "e.csv")
    pacsv.write_csv(traffic.accounts, tmp_path / "a.csv")
    assert not differing(
        tables(plain), scanned(tmp_path / "e.csv", tmp_path / "o", accounts=tmp_path / "a.csv")
    )


def test_other_column_names(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    pq.write_table(traffic.exchanges.rename_columns({"account_id": "who", "ts": "when"}), path)
    columns = {"account_id": "who", "ts": "when"}
    assert not differing(
        tables(plain), scanned(path, tmp_path / "o", accounts=traffic.people, columns=columns)
    )


@pytest.mark.parametrize("key", [OTHER_KEY, "8d81dd532f9221e5" * 4, "6239f5226bba3363" * 4])
def test_another_key_changes_nothing_but_the_names_of_indicators(
    traffic: Traffic, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", key)
    other = scanned(traffic.logs, tmp_path / "o", accounts=traffic.people)
    assert set(differing(tables(plain), other)) == NAMED
    one, two = (pq.read_table(p / "shared.parquet") for p in (plain, tmp_path / "o"))
    assert one["key"].to_pylist() != two["key"].to_pylist()
    order = [
        (name, "ascending") for name in ("campaign_id", "family", "kind", "accounts", "outsiders", "bits")
    ]

    def unnamed(table: pa.Table) -> list[tuple[object, ...]]:
        rows = table.drop_columns(["key"]).sort_by(order).to_pylist()
        return sorted(tuple(map(str, row.values())) for row in rows)

    assert unnamed(one) == unnamed(two)


def test_a_scan_of_fingerprints_equals_the_scan_of_the_logs(
    traffic: Traffic, plain: Path, tmp_path: Path
) -> None:
    prints = tmp_path / "prints"
    fingerprint_logs([traffic.logs], lake=prints, accounts=traffic.people)
    assert not differing(tables(plain), scanned(prints, tmp_path / "o", accounts=None))


def test_a_random_key_changes_no_result(
    traffic: Traffic, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STILLWATCH_KEY")
    other = scanned(traffic.logs, tmp_path / "o", accounts=traffic.people)
    assert set(differing(tables(plain), other)) == NAMED


@pytest.mark.slow
def test_a_larger_scenario_shuffled_in_one_thread_with_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    larger = compose(tmp_path / "s", 0.3)
    one = scanned(larger.logs, tmp_path / "one", accounts=larger.people)
    path = tmp_path / "e.parquet"
    order = np.random.default_rng(11).permutation(len(larger.exchanges))
    pq.write_table(larger.exchanges.take(order), path, row_group_size=1_000)
    two = scanned(path, tmp_path / "two", accounts=larger.people, threads=1)
    assert not differing(one, two)
    monkeypatch.setenv("STILLWATCH_KEY", OTHER_KEY)
    three = scanned(larger.logs, tmp_path / "three", accounts=larger.people)
    assert set(differing(one, three)) == NAMED
