"""A replay knows at each time what a scan would have known then, and nothing later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from runs import Traffic

import stillwatch
from stillwatch.app import replay
from stillwatch.errors import InvalidConfiguration
from stillwatch.evaluate import evaluate
from stillwatch.pipeline import NAMED, RUNS, Replayed

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def weekly(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> tuple[Replayed, Path]:
    out = tmp_path_factory.mktemp("replay")
    return replay(traffic.logs, step=WEEK, accounts=traffic.people, out=out), out


def known_at(traffic: Traffic, when: datetime, folder: Path) -> tuple[Path, Path]:
    """The logs and accounts as they stood at a time."""
    exchanges, accounts = traffic.exchanges, traffic.accounts
    folder.mkdir()
    sent = exchanges["ts"]
    pq.write_table(exchanges.filter(pc.less(sent, pa.scalar(when, sent.type))), folder / "e.parquet")
    banned = accounts["banned_at"]
    later = pc.fill_null(pc.greater_equal(banned, pa.scalar(when, banned.type)), False)
    place = accounts.column_names.index("banned_at")
    accounts = accounts.set_column(
        place, "banned_at", pc.if_else(later, pa.scalar(None, banned.type), banned)
    )
    pq.write_table(accounts, folder / "a.parquet")
    return folder / "e.parquet", folder / "a.parquet"


def first_midnight(traffic: Traffic) -> datetime:
    first = pc.min(traffic.exchanges["ts"].cast(pa.int64())).as_py() // 1_000_000
    return datetime.fromtimestamp(first - first % 86_400, UTC)


def test_each_run_equals_a_scan_of_what_was_there(
    weekly: tuple[Replayed, Path], traffic: Traffic, tmp_path: Path
) -> None:
    runs = weekly[0].runs
    assert runs.num_rows
    for number in (1, 2):
        when = first_midnight(traffic) + number * WEEK
        logs, people = known_at(traffic, when, tmp_path / str(number))
        found = stillwatch.scan(logs, accounts=people).campaigns
        seen = runs.filter(pc.equal(runs["as_of"], pa.scalar(when, runs["as_of"].type)))
        columns = [name for name in RUNS.names if name != "as_of"]
        assert seen.select(columns).equals(found.select(columns)), when


def test_a_run_does_not_change_when_the_future_is_cut_off(
    weekly: tuple[Replayed, Path], traffic: Traffic, tmp_path: Path
) -> None:
    when = first_midnight(traffic) + WEEK
    logs, people = known_at(traffic, when, tmp_path / "cut")
    alone = replay(logs, step=WEEK, accounts=people)
    runs, named = weekly[0].runs, weekly[0].named
    then = pa.scalar(when, runs["as_of"].type)
    assert alone.runs.equals(runs.filter(pc.equal(runs["as_of"], then)))
    assert alone.named.equals(named.filter(pc.equal(named["as_of"], then)))


def test_what_is_written_is_what_comes_back(weekly: tuple[Replayed, Path]) -> None:
    result, out = weekly
    assert pq.read_table(out / "runs.parquet").equals(result.runs)
    assert pq.read_table(out / "replay.parquet").equals(result.first)
    assert pq.read_table(out / "named.parquet").equals(result.named)
    assert result.named.schema.equals(NAMED)
    assert result.named.num_rows
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_nothing_to_replay(traffic: Traffic, tmp_path: Path) -> None:
    pq.write_table(traffic.exchanges.slice(0, 0), tmp_path / "none.parquet")
    result = replay(tmp_path / "none.parquet", step=WEEK)
    assert result.runs.num_rows == result.named.num_rows == 0
    with pytest.raises(InvalidConfiguration, match="longer than nothing"):
        replay(tmp_path / "none.parquet", step=timedelta(0))


def test_a_replay_can_be_evaluated(weekly: tuple[Replayed, Path], traffic: Traffic) -> None:
    rows = evaluate(traffic.path, weekly[1]).rows
    assert any(row.found and row.leaked is not None and 0.0 < row.leaked < 1.0 for row in rows)
    assert all(row.leaked == 1.0 for row in rows if not row.found)


@pytest.mark.slow
def test_fingerprints_replay_as_their_logs_do(
    weekly: tuple[Replayed, Path], traffic: Traffic, tmp_path: Path
) -> None:
    stillwatch.app.fingerprint_logs([traffic.logs], lake=tmp_path / "p", accounts=traffic.people)
    again = replay(tmp_path / "p", step=WEEK)
    assert again.runs.equals(weekly[0].runs)
    assert again.named.equals(weekly[0].named)
