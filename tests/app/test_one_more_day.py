"""One more day on a window that was judged: its campaigns are carried on, and what is named is what a scan of all names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from runs import OTHER_KEY, Traffic, differing, scanned, tables
from typer.testing import CliRunner

import stillwatch
from stillwatch.app import fingerprint_logs
from stillwatch.edges.cli import app
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.lake import read_manifest
from stillwatch.model.result import Findings

DAYS = (11, 12, 13, 14)
"""Days of June 2026 that come after the window that is judged first."""


def at(day: int) -> datetime:
    return datetime(2026, 6, day, tzinfo=UTC)


@pytest.fixture(scope="module")
def lake(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STILLWATCH_KEY", "5a" * 32)
        path = tmp_path_factory.mktemp("lake")
        fingerprint_logs([traffic.logs], lake=path, accounts=traffic.people)
    return path


@pytest.fixture(scope="module")
def found(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a scan of the days before says."""
    out = tmp_path_factory.mktemp("found")
    stillwatch.scan(lake=lake, until=at(DAYS[0]), out=out)
    return out


def campaigns(table: pa.Table) -> list[dict[str, Any]]:
    """The actionable ones."""
    rows: list[dict[str, Any]] = (
        table.filter(table["actionable"]).drop_columns(["first_seen", "last_seen"]).to_pylist()
    )
    return rows


def named(findings: Findings) -> set[str]:
    ids = findings.campaigns.filter(findings.campaigns["actionable"])["campaign_id"].combine_chunks()
    members = findings.members.filter(pc.is_in(findings.members["campaign_id"], value_set=ids))
    return set(members["account_id"].to_pylist())


def test_day_after_day_names_what_a_scan_of_all_names(
    traffic: Traffic, lake: Path, found: Path, tmp_path: Path
) -> None:
    truth = set(pq.read_table(traffic.path / "truth" / "members.parquet")["account_id"].to_pylist())
    ids = {row["campaign_id"] for row in campaigns(pq.read_table(found / "campaigns.parquet"))}
    assert len(ids) == 3
    before, sent = found, 0
    for day in DAYS:
        told = stillwatch.scan(
            lake=lake, standing=before, until=at(day) + timedelta(days=1), out=tmp_path / str(day)
        )
        assert datetime.fromisoformat(told.summary["window"]["since"]) >= at(day)
        assert pc.min(told.attributed["ts"].cast(pa.int64())).as_py() >= at(day).timestamp() * 1e6
        sent += sum(name in ids for name in told.attributed["campaign_id"].to_pylist())
        before = tmp_path / str(day)
    whole = stillwatch.scan(lake=lake)
    assert named(told) <= truth
    assert len(named(told) & named(whole)) >= 0.97 * len(named(whole))
    now = {row["campaign_id"]: row for row in campaigns(told.campaigns)}
    assert ids <= now.keys()
    known = pq.read_table(found / "attributed.parquet")["campaign_id"].to_pylist()
    assert sum(now[name]["exchanges"] for name in ids) == sum(name in ids for name in known) + sent
    # What stands is carried on, also where all days at once would watch so few accounts: the same exchanges are told.
    members = whole.members.filter(
        pc.is_in(whole.members["account_id"], value_set=pa.array(sorted(named(told))))
    )
    listed = set(members["campaign_id"].to_pylist())
    expected = sum(row["exchanges"] for row in whole.campaigns.to_pylist() if row["campaign_id"] in listed)
    assert sum(now[name]["exchanges"] for name in ids) == pytest.approx(expected, rel=0.05)
    assert (before / "report.html").stat().st_size > 10_000


def test_a_log_says_what_a_lake_says(traffic: Traffic, lake: Path, found: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(2).permutation(len(traffic.exchanges))
    pq.write_table(traffic.exchanges.take(order), tmp_path / "e.parquet", row_group_size=777)
    stillwatch.scan(lake=lake, standing=found, out=tmp_path / "lake")
    log = scanned(
        tmp_path / "e.parquet", tmp_path / "log", accounts=traffic.people, standing=found, threads=1
    )
    assert not differing(tables(tmp_path / "lake"), log)
    summary = json.loads((tmp_path / "log" / "summary.json").read_text(encoding="utf-8"))
    assert summary["counts"]["outside_window"] > 0


def test_a_day_that_is_put_in_again_is_put_in_whole(traffic: Traffic, tmp_path: Path) -> None:
    """The first scan saw a part of its last day; the log that is added then holds all of it."""
    lake, noon = tmp_path / "lake", at(10) + timedelta(hours=12)
    sent = traffic.exchanges["ts"].cast(pa.int64())
    for name, upto in (("morning", noon), ("day", at(11))):
        kept = pc.less(sent, pa.scalar(int(upto.timestamp() * 1e6)))
        pq.write_table(traffic.exchanges.filter(kept), tmp_path / f"{name}.parquet")
    stillwatch.scan(tmp_path / "morning.parquet", accounts=traffic.people, lake=lake, out=tmp_path / "found")
    told = stillwatch.scan(
        tmp_path / "day.parquet", accounts=traffic.people, lake=lake, standing=tmp_path / "found"
    )
    held = sum(day.rows for day in read_manifest(lake).days.values())
    assert held == pc.sum(pc.less(sent, int(at(11).timestamp() * 1e6))).as_py()
    assert 0 < told.summary["counts"]["exchanges"] < held / 5
    assert told.summary["window"]["since"] >= (noon - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")


def test_a_day_without_exchanges_leaves_no_gap(lake: Path, found: Path, tmp_path: Path) -> None:
    before = found
    for day in ("first", "second"):
        told = stillwatch.scan(lake=lake, standing=before, until=at(DAYS[0]), out=tmp_path / day)
        assert told.summary["counts"]["exchanges"] == 0
        assert told.summary["standing"]["until"] == "2026-06-10T23:55:51.965083Z"
        before = tmp_path / day
    assert campaigns(told.campaigns) == campaigns(pq.read_table(found / "campaigns.parquet"))


def test_what_cannot_be_carried_on_is_said(
    traffic: Traffic, lake: Path, found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="is not what a scan wrote"):
        stillwatch.scan(lake=lake, standing=tmp_path)
    with pytest.raises(InvalidConfiguration, match="count twice"):
        stillwatch.scan(lake=lake, standing=found, since=at(5))
    with pytest.raises(InvalidConfiguration, match="nothing would be read"):
        stillwatch.scan(lake=lake, standing=found, until=at(5))
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in found.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    (damaged / "wording.parquet").write_bytes(b"PAR1")
    with pytest.raises(InvalidInput, match=r"wording\.parquet"):
        stillwatch.scan(lake=lake, standing=damaged)
    for text in ("[]", "{", "{}"):
        (damaged / "summary.json").write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match=r"summary\.json"):
            stillwatch.scan(lake=lake, standing=damaged)
    monkeypatch.setenv("STILLWATCH_KEY", OTHER_KEY)
    with pytest.raises(InvalidConfiguration, match="would never meet"):
        stillwatch.scan(traffic.logs, standing=found)


def test_the_command_line(lake: Path, found: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    out = tmp_path / "o"
    told = runner.invoke(
        app, ["scan", "--lake", str(lake), "--standing", str(found), "--out", str(out), "--json"]
    )
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["standing"]["until"] == "2026-06-10T23:55:51.965083Z"
    wrong = runner.invoke(app, ["scan", "--lake", str(lake), "--standing", str(tmp_path / "none")])
    assert wrong.exit_code == 2
    assert "Traceback" not in wrong.output
