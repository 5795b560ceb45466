"""Evaluation against cases counted by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from stillwatch.errors import InvalidInput
from stillwatch.evaluate import evaluate, render

T0 = datetime(2026, 6, 1, tzinfo=UTC)
TS = pa.timestamp("us", tz="UTC")


def _write(path: Path, columns: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate(columns.values())]
    pq.write_table(pa.table(arrays, names=list(columns)), path)


S = pa.string()


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Two campaigns: red of a0..a9 (ten exchanges an hour apart), blue of b0..b4; c0..c9 are innocent."""
    truth = tmp_path / "scenario" / "truth"
    red, blue = [f"a{n}" for n in range(10)], [f"b{n}" for n in range(5)]
    members = [(a, "red") for a in red] + [(b, "blue") for b in blue]
    _write(truth / "members.parquet", {"account_id": S, "campaign": S}, members)
    kinds = [(a, "campaign") for a in red + blue] + [
        (f"c{n}", "student" if n < 6 else "developer") for n in range(10)
    ]
    _write(truth / "accounts.parquet", {"account_id": S, "archetype": S}, kinds)
    sent: list[tuple[object, ...]] = [(f"r{n}", f"a{n}", T0 + timedelta(hours=n), "red") for n in range(10)]
    sent += [(f"l{n}", f"b{n % 5}", T0 + timedelta(hours=n), "blue") for n in range(5)]
    sent += [("x0", "c0", T0, None), ("x1", "a0", T0, "")]
    _write(truth / "exchanges.parquet", {"exchange_id": S, "account_id": S, "ts": TS, "campaign": S}, sent)
    return tmp_path / "scenario"


def _result(
    folder: Path,
    campaigns: dict[str, bool],
    members: list[tuple[str, str]],
    attributed: list[tuple[str, str]],
    first: list[tuple[str, datetime | None]] | None = None,
    ever: Sequence[str] = (),
) -> Path:
    _write(
        folder / "campaigns.parquet", {"campaign_id": S, "actionable": pa.bool_()}, list(campaigns.items())
    )
    _write(folder / "members.parquet", {"campaign_id": S, "account_id": S}, list(members))
    _write(folder / "attributed.parquet", {"campaign_id": S, "exchange_id": S}, list(attributed))
    if first is not None:
        _write(folder / "replay.parquet", {"campaign_id": S, "first_actionable_at": TS}, list(first))
        _write(folder / "named.parquet", {"account_id": S}, [(account,) for account in ever])
    return folder


def test_a_pure_campaign_is_found_and_counted(scenario: Path, tmp_path: Path) -> None:
    members = [("k1", f"a{n}") for n in range(8)] + [("k1", "c0"), ("k1", "c7")]
    attributed = [("k1", f"r{n}") for n in range(8)] + [("k1", "x0"), ("k1", "x1")]
    found = evaluate(scenario, _result(tmp_path / "found", {"k1": True}, members, attributed))
    assert (found.campaigns, found.detected, found.found) == (2, 1, 1)
    assert found.account_recall == pytest.approx(8 / 15)
    assert found.account_precision == pytest.approx(8 / 10)
    assert found.innocents == {"developer": 1, "student": 1}
    assert found.innocent_accounts == 2
    assert found.exchange_recall == pytest.approx(8 / 15)
    assert found.exchange_precision == pytest.approx(8 / 10)
    blue, red = found.rows
    assert (red.campaign, red.found, red.match, red.purity, red.account_recall) == (
        "red",
        True,
        "k1",
        0.8,
        0.8,
    )
    assert (blue.campaign, blue.found, blue.match, blue.account_recall) == ("blue", False, None, 0.0)
    assert red.leaked is None


def test_below_four_fifths_or_a_fifth_is_not_found(scenario: Path, tmp_path: Path) -> None:
    mixed = [("k1", f"a{n}") for n in range(7)] + [("k1", "c0"), ("k1", "c1")]  # 7 of 9: 0.78
    alone = [("k2", "b0")]  # 1 of 5: exactly a fifth
    found = evaluate(scenario, _result(tmp_path / "found", {"k1": True, "k2": True}, mixed + alone, []))
    assert [row.found for row in found.rows] == [True, False]
    few = [("k1", "a0")]  # 1 of 10
    found = evaluate(scenario, _result(tmp_path / "few", {"k1": True}, few, []))
    assert found.found == 0
    assert found.rows[1].match == "k1"


def test_only_actionable_campaigns_count(scenario: Path, tmp_path: Path) -> None:
    members = [("k1", f"a{n}") for n in range(10)] + [("k2", "c0")]
    found = evaluate(
        scenario, _result(tmp_path / "found", {"k1": True, "k2": False}, members, [("k2", "x0")])
    )
    assert (found.detected, found.innocent_accounts, found.attributed_exchanges) == (1, 0, 0)
    assert found.exchange_precision is None


def test_one_detected_campaign_finds_at_most_one(scenario: Path, tmp_path: Path) -> None:
    halves = [("k1", f"a{n}") for n in range(4)] + [("k2", f"a{n}") for n in range(4, 10)]
    found = evaluate(scenario, _result(tmp_path / "found", {"k1": True, "k2": True}, halves, []))
    assert found.found == 1
    assert found.rows[1].match == "k2"  # the larger half
    assert found.account_recall == pytest.approx(10 / 15)


def test_a_campaign_that_swallows_two_finds_neither(scenario: Path, tmp_path: Path) -> None:
    both = [("k1", f"a{n}") for n in range(10)] + [("k1", f"b{n}") for n in range(5)]
    assert evaluate(scenario, _result(tmp_path / "found", {"k1": True}, both, [])).found == 0


def test_leaked_is_what_was_sent_before_the_first_finding(scenario: Path, tmp_path: Path) -> None:
    members = [("k1", f"a{n}") for n in range(10)] + [("k2", f"b{n}") for n in range(5)]
    first = [("k1", T0 + timedelta(hours=3)), ("k2", None)]
    found = evaluate(scenario, _result(tmp_path / "found", {"k1": True, "k2": True}, members, [], first))
    blue, red = found.rows
    assert red.leaked == pytest.approx(0.3)  # hours 0, 1 and 2
    assert blue.leaked == 1.0
    assert (red.delay_hours, blue.delay_hours) == (3.0, None)
    assert found.leaked == pytest.approx(8 / 15)  # 3 of red's 10, and blue's 5


def test_whom_any_run_of_a_replay_named_is_told_beside_the_last(scenario: Path, tmp_path: Path) -> None:
    members = [("k1", f"a{n}") for n in range(10)]
    ever = [account for _, account in members] + ["c0", "c1", "c7", "b0"]
    once = evaluate(scenario, _result(tmp_path / "once", {"k1": True}, members, []))
    replayed = evaluate(scenario, _result(tmp_path / "often", {"k1": True}, members, [], [("k1", T0)], ever))
    assert once.innocents_ever is None
    assert once.innocents == replayed.innocents == {}
    assert replayed.innocents_ever == {"student": 2, "developer": 1}
    shown = StringIO()
    Console(file=shown, width=120).print(render(replayed))
    assert "Innocents named: none." in shown.getvalue()
    assert "Innocents named by any run: 3 (2 student, 1 developer)." in shown.getvalue()


def test_nothing_found_is_a_result_too(scenario: Path, tmp_path: Path) -> None:
    found = evaluate(scenario, _result(tmp_path / "found", {}, [], []))
    assert (found.detected, found.found, found.account_recall, found.account_precision) == (0, 0, 0.0, None)
    assert json.loads(json.dumps(found.to_dict()))["innocent_accounts"] == 0


def test_no_campaign_in_the_truth(tmp_path: Path) -> None:
    truth = tmp_path / "s" / "truth"
    _write(truth / "members.parquet", {"account_id": S, "campaign": S}, [])
    _write(truth / "accounts.parquet", {"account_id": S, "archetype": S}, [("c0", "student")])
    _write(truth / "exchanges.parquet", {"exchange_id": S, "account_id": S, "ts": TS, "campaign": S}, [])
    found = evaluate(
        tmp_path / "s", _result(tmp_path / "f", {"k1": True}, [("k1", "c0"), ("k1", "stranger")], [])
    )
    assert (found.campaigns, found.account_recall, found.account_precision) == (0, None, 0.0)
    assert found.innocents == {"student": 1, "unknown": 1}


def test_the_table_names_campaigns_and_innocents(scenario: Path, tmp_path: Path) -> None:
    members = [("k1", f"a{n}") for n in range(10)] + [("k1", "c0")]
    found = evaluate(scenario, _result(tmp_path / "found", {"k1": True}, members, []))
    out = StringIO()
    Console(file=out, width=120).print(render(found))
    assert "1 of 2 campaigns found" in out.getvalue()
    assert "1 student" in out.getvalue()
    assert "90.9 %" in out.getvalue()


def test_missing_files_and_columns_are_named(scenario: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"campaigns\.parquet"):
        evaluate(scenario, tmp_path / "nowhere")
    folder = _result(tmp_path / "found", {}, [], [])
    _write(folder / "members.parquet", {"campaign_id": S}, [])
    with pytest.raises(InvalidInput, match="account_id is missing"):
        evaluate(scenario, folder)
