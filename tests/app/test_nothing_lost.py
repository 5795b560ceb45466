"""Nothing that was there is lost, left over from another run, or counted twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from runs import Traffic, scanned, tables

import stillwatch
from stillwatch.app import fingerprint_logs, replay
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.lake import read_manifest
from stillwatch.output import FOUND, OPTIONAL


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two days of a few exchanges."""
    path = tmp_path / "logs.parquet"
    begin = datetime(2026, 5, 1, 0, 0, 0, 200_000, tzinfo=UTC)
    pq.write_table(
        pa.table(
            {
                "account_id": [f"a{n % 3}" for n in range(48)],
                "ts": [begin + timedelta(hours=n) for n in range(48)],
                "prompt": [f"What is fact number {n} of the sea?" for n in range(48)],
            }
        ),
        path,
    )
    return path


def test_each_row_twice_changes_nothing_that_is_found(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice.parquet"
    pq.write_table(pa.concat_tables([traffic.exchanges, traffic.exchanges]), twice)
    again = scanned(twice, tmp_path / "o", accounts=traffic.people)
    assert [name for name in FOUND if again[name] != tables(plain)[name]] == []


def test_a_folder_of_ones_own_is_no_lake(logs: Path, tmp_path: Path) -> None:
    mine = tmp_path / "data" / "days" / "june.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(logs.read_bytes())
    with pytest.raises(InvalidInput, match="no lake and not empty"):
        fingerprint_logs([mine], lake=tmp_path / "data")
    assert mine.read_bytes() == logs.read_bytes()


def test_what_is_not_of_the_lake_stays_in_it(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", "5a" * 32)
    lake = tmp_path / "lake"
    fingerprint_logs([logs], lake=lake)
    mine = lake / "days" / "notes.parquet"
    mine.write_bytes(b"mine")
    fingerprint_logs([logs], lake=lake)
    assert mine.read_bytes() == b"mine"
    assert sum(day.rows for day in read_manifest(lake).days.values()) == 48


def test_a_window_does_not_cut_a_day_that_the_lake_holds(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", "5a" * 32)
    lake, noon = tmp_path / "lake", datetime(2026, 5, 2, 12, tzinfo=UTC)
    fingerprint_logs([logs], lake=lake, until=noon)
    with pytest.raises(InvalidConfiguration, match="would take their place"):
        stillwatch.scan(logs, lake=lake, until=noon - timedelta(hours=2))
    told = stillwatch.scan(logs, lake=lake, since=noon - timedelta(days=1, hours=12))
    assert told.summary["lake"]["replaced"] == {"2026-05-01": 24, "2026-05-02": 12}
    assert [day.rows for day in read_manifest(lake).days.values()] == [24, 24]


def test_one_wrong_time_does_not_empty_a_lake(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STILLWATCH_KEY", "5a" * 32)
    lake, far = tmp_path / "lake", tmp_path / "far.parquet"
    fingerprint_logs([logs], lake=lake)
    ts = pa.array([datetime(2099, 12, 31, tzinfo=UTC)])
    pq.write_table(pa.table({"account_id": ["a"], "ts": ts, "prompt": ["hello"]}), far)
    with pytest.raises(InvalidInput, match="would drop 2 that the lake holds"):
        fingerprint_logs([far], lake=lake, keep=timedelta(days=90))
    assert len(read_manifest(lake).days) == 2
    with pytest.raises(InvalidConfiguration, match="no time to keep"):
        stillwatch.scan(lake=lake, keep=timedelta(hours=12))
    with pytest.raises(InvalidConfiguration, match="runs would take too long"):
        replay([logs, far], step=timedelta(hours=6))


def test_a_file_that_is_read_is_not_written_over(logs: Path, tmp_path: Path) -> None:
    people = tmp_path / "members.parquet"
    pq.write_table(pa.table({"account_id": ["a0"]}), people)
    before = people.read_bytes()
    with pytest.raises(InvalidConfiguration, match="in its place"):
        stillwatch.scan(logs, accounts=people, out=tmp_path)
    assert people.read_bytes() == before


def test_what_another_run_left_goes(logs: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    replay(logs, step=timedelta(hours=24), out=out)
    assert {"runs.parquet", "named.parquet", "replay.parquet"} <= {path.name for path in out.iterdir()}
    stillwatch.scan(logs, out=out)
    assert not OPTIONAL & {path.name for path in out.iterdir()}


def test_a_folder_in_the_place_of_a_table_stops_all(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "o" / "report.html").mkdir(parents=True)
    with pytest.raises(InvalidConfiguration, match="is a folder"):
        stillwatch.scan(logs, out=tmp_path / "o")
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["report.html"]


def test_windows_end_where_they_end(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in the report reads the same exchanges, and a day after begins within the second."""
    monkeypatch.setenv("STILLWATCH_KEY", "5a" * 32)
    cut = datetime(2026, 5, 1, 23, 0, 0, 500_000, tzinfo=UTC)
    told = stillwatch.scan(logs, until=cut, out=tmp_path / "found")
    assert told.summary["window"] == {
        "since": "2026-05-01T00:00:00.200000Z",
        "until": "2026-05-01T23:00:00.200001Z",
    }
    assert told.summary["command"] == "stillwatch scan EXCHANGES --until 2026-05-01T23:00:00.500000Z"
    close = tmp_path / "close.parquet"
    pq.write_table(
        pa.table(
            {
                "account_id": ["a0"],
                "ts": pa.array([cut + timedelta(milliseconds=100)]),
                "prompt": ["Within the second"],
            }
        ),
        close,
    )
    after = stillwatch.scan([logs, close], standing=tmp_path / "found")
    assert after.summary["counts"]["exchanges"] == 25
    assert after.summary["command"] == "stillwatch scan EXCHANGES --standing FOUND"
    until = datetime.fromisoformat(after.summary["window"]["until"])
    assert until == datetime(2026, 5, 2, 23, 0, 0, 200_001, tzinfo=UTC)


def test_what_was_given_up_is_told(tmp_path: Path) -> None:
    path, people = tmp_path / "e.csv", tmp_path / "a.csv"
    rows = [f"a,2026-05-01T00:00:{n:02}Z,Question {n},{'many' if n else 3}" for n in range(20)]
    path.write_text("\n".join(["account_id,ts,prompt,output_tokens", *rows, ""]), encoding="utf-8")
    people.write_text("account_id\na\n", encoding="utf-8")
    told = stillwatch.scan(path, accounts=people, out=tmp_path / "o")
    assert told.summary["unreadable"] == {"output_tokens": 19}
    assert [one["name"] for one in told.summary["inputs"]] == ["e.csv", "a.csv"]
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert "19 of <code>output_tokens</code>" in page
    assert "stillwatch scan EXCHANGES --accounts ACCOUNTS --out again" in page


def test_all_of_it_outside_the_window_is_told(logs: Path, tmp_path: Path) -> None:
    told = stillwatch.scan(logs, since=datetime(2027, 1, 1, tzinfo=UTC), out=tmp_path / "o")
    assert told.summary["counts"]["outside_window"] == 48
    page = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    assert "all 48 exchanges of the input lie outside the window" in page


def test_numbers_that_are_none_add_up_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    row = '{"account_id":"a","ts":"2026-05-01T00:00:00Z","prompt":"hello %d","output_tokens":%d}\n'
    path.write_text(row % (1, 2**63 - 1) + row % (2, 2**31) + row % (3, 2**31 - 1), encoding="utf-8")
    told = stillwatch.scan(path)
    assert told.summary["counts"]["exchanges"] == 3
    assert told.summary["unreadable"] == {"output_tokens": 2}
    assert pc.sum(pc.equal(told.quarantine["line"], 1)).as_py() in (None, 0)
