"""What a lake holds is judged as the logs that went into it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from runs import OTHER_KEY, Traffic, differing, scanned, tables

import stillwatch
from stillwatch.app import fingerprint_logs
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.lake import read_manifest
from stillwatch.output import TABLES

DAY = 86_400_000_000


def daily(traffic: Traffic, folder: Path) -> list[Path]:
    """The scenario as one file a day, the last one first."""
    folder.mkdir()
    numbers = traffic.exchanges["ts"].cast(pa.int64()).to_numpy() // DAY
    paths = []
    for number in sorted(set(numbers.tolist()), reverse=True):
        paths.append(folder / f"{number}.parquet")
        pq.write_table(traffic.exchanges.filter(pa.array(numbers == number)), paths[-1])
    return paths


def lake_bytes(lake: Path) -> dict[str, bytes]:
    return {p.relative_to(lake).as_posix(): p.read_bytes() for p in sorted(lake.glob("days/*/*"))}


def test_days_added_one_by_one_equal_one_scan_of_all(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    for path in daily(traffic, tmp_path / "logs"):
        told = fingerprint_logs([path], lake=tmp_path / "lake", accounts=traffic.people)
        assert len(told["days"]) == 1
        assert told["replaced"] == {}
    stillwatch.scan(lake=tmp_path / "lake", out=tmp_path / "o")
    assert not differing(tables(plain), tables(tmp_path / "o"))


def test_a_scan_that_fills_the_lake_finds_what_one_without_finds(
    traffic: Traffic, plain: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    assert not differing(
        tables(plain), scanned(traffic.logs, tmp_path / "o", accounts=traffic.people, lake=lake)
    )
    days = lake_bytes(lake)
    manifest = (lake / "lake.json").read_bytes()
    found = stillwatch.scan(lake=lake)
    assert found.summary["counts"]["exchanges"] == len(traffic.exchanges)
    # The lake's files don't depend on the order of the logs' rows, and reading changes nothing.
    order = np.random.default_rng(4).permutation(len(traffic.exchanges))
    pq.write_table(traffic.exchanges.take(order), tmp_path / "exchanges.parquet", row_group_size=999)
    # line numbers are part of a fingerprint: without them the shuffled logs are the same logs
    assert (lake / "lake.json").read_bytes() == manifest
    fingerprint_logs([tmp_path / "exchanges.parquet"], lake=tmp_path / "other", accounts=traffic.people)
    for one, other in zip(lake_bytes(lake), lake_bytes(tmp_path / "other"), strict=True):
        if Path(one).name.startswith("indicators-"):
            assert one == other
            continue
        a, b = (
            pq.read_table(p, partitioning=None).drop_columns(["line"])
            for p in (lake / one, tmp_path / "other" / other)
        )
        assert a.equals(b)
    assert lake_bytes(lake) == days


def test_a_window_prunes_days_and_equals_the_window_of_the_logs(traffic: Traffic, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    fingerprint_logs([traffic.logs], lake=lake, accounts=traffic.people)
    first, *_, last = list(read_manifest(lake).days.values())
    for day in (first, last):  # nobody may read them
        file = lake / day.fingerprints[0].name
        file.write_bytes(bytes(file.stat().st_size))
    window = {
        "since": datetime(2026, 6, 3, 7, tzinfo=UTC),
        "until": datetime(2026, 6, 11, 19, 30, tzinfo=UTC),
    }
    one = stillwatch.scan(lake=lake, **window)
    two = stillwatch.scan(traffic.logs, accounts=traffic.people, **window)
    for name in TABLES:
        assert getattr(one, name).equals(getattr(two, name)), name
    assert one.summary["counts"] == two.summary["counts"]
    assert one.summary["missing"] == two.summary["missing"]
    with pytest.raises(InvalidInput, match="can't be read"):
        stillwatch.scan(lake=lake)


def test_a_file_whose_bytes_were_changed_is_refused(traffic: Traffic, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    fingerprint_logs([traffic.logs], lake=lake, accounts=traffic.people)
    day = next(iter(read_manifest(lake).days.values()))
    assert read_manifest(lake).accounts is not None
    for name in (day.fingerprints[0].name, read_manifest(lake).accounts.file.name):
        file = lake / name
        written = file.read_bytes()
        middle = len(written) // 2
        # As long as before, and its footer as it was: nothing but the hash tells.
        file.write_bytes(written[:middle] + bytes([written[middle] ^ 1]) + written[middle + 1 :])
        with pytest.raises(InvalidInput, match=re.escape(name) + ".*SHA-256") as refused:
            stillwatch.scan(lake=lake, until=datetime(2026, 6, 3, tzinfo=UTC))
        assert "lake again" in refused.value.hint
        file.write_bytes(written)
    stillwatch.scan(lake=lake, until=datetime(2026, 6, 3, tzinfo=UTC))


def test_an_id_that_comes_again_on_another_day_counts_once(traffic: Traffic, tmp_path: Path) -> None:
    again = traffic.exchanges.slice(0, 30)
    place = again.column_names.index("ts")
    later = pa.scalar(timedelta(days=20), pa.duration("us"))
    again = again.set_column(place, "ts", pc.add(again["ts"], later))
    pq.write_table(again, tmp_path / "again.parquet")
    fingerprint_logs([traffic.logs], lake=tmp_path / "lake")
    fingerprint_logs([tmp_path / "again.parquet"], lake=tmp_path / "lake")
    one = stillwatch.scan(lake=tmp_path / "lake")
    two = stillwatch.scan([traffic.logs, tmp_path / "again.parquet"])
    assert one.quarantine["reason"].to_pylist() == ["exchange_id was seen before"] * 30
    assert one.quarantine.equals(two.quarantine)
    assert one.summary["counts"] == two.summary["counts"]
    assert one.campaigns.equals(two.campaigns)


def test_retention_leaves_what_the_last_days_alone_would_show(traffic: Traffic, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    kept = stillwatch.scan(traffic.logs, accounts=traffic.people, lake=lake, keep=timedelta(days=9))
    days = read_manifest(lake).days
    assert len(days) == 9
    start = datetime.combine(min(days), datetime.min.time(), UTC)
    cut = stillwatch.scan(traffic.logs, accounts=traffic.people, since=start)
    assert kept.campaigns.equals(cut.campaigns)
    assert kept.attributed.equals(cut.attributed)
    told = fingerprint_logs([], lake=lake, keep=timedelta(days=2))
    assert len(told["dropped"]) == 7
    assert len(told["held"]) == 2


def test_another_key_is_refused(traffic: Traffic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(traffic.exchanges.slice(0, 50), tmp_path / "few.parquet")
    told = fingerprint_logs([tmp_path / "few.parquet"], lake=tmp_path / "lake")
    assert not told["key_forgotten"]
    monkeypatch.setenv("STILLWATCH_KEY", OTHER_KEY)
    with pytest.raises(InvalidInput, match="STILLWATCH_KEY"):
        fingerprint_logs([tmp_path / "few.parquet"], lake=tmp_path / "lake")
    # reading and dropping need no key
    assert stillwatch.scan(lake=tmp_path / "lake").summary["key_id"] == told["key_id"]
    fingerprint_logs([], lake=tmp_path / "lake", keep=timedelta(days=1))
    monkeypatch.delenv("STILLWATCH_KEY")
    assert fingerprint_logs([tmp_path / "few.parquet"], lake=tmp_path / "new")["key_forgotten"]


def test_what_the_logs_lack_is_known_of_the_lake(traffic: Traffic, tmp_path: Path) -> None:
    logs, lake = daily(traffic, tmp_path / "logs")[:2], tmp_path / "lake"
    pq.write_table(pq.read_table(logs[0]).drop_columns(["ip", "asn"]), logs[0])
    pq.write_table(pq.read_table(logs[1]).drop_columns(["ip"]), logs[1])
    for path in logs:
        fingerprint_logs([path], lake=lake)
    missing = {row["column"] for row in stillwatch.scan(lake=lake).summary["missing"]}
    assert "ip" in missing
    assert "asn" not in missing
    assert "accounts.payment_hash" in missing
    fingerprint_logs([], lake=lake, accounts=traffic.people)
    missing = {row["column"] for row in stillwatch.scan(lake=lake).summary["missing"]}
    assert "accounts.payment_hash" not in missing
    assert "accounts.org_id" not in missing
    assert "accounts.email_domain" not in missing


def test_what_goes_together_and_what_does_not(traffic: Traffic, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with pytest.raises(InvalidInput, match=r"(?s)no lake.*--lake"):
        stillwatch.scan(lake=lake)
    with pytest.raises(InvalidConfiguration, match="Nothing to read"):
        stillwatch.scan()
    with pytest.raises(InvalidConfiguration, match="--keep needs a lake"):
        stillwatch.scan(traffic.logs, keep=timedelta(days=1))
    with pytest.raises(InvalidConfiguration, match="Nothing to put"):
        fingerprint_logs([], lake=lake)
    pq.write_table(traffic.exchanges.slice(0, 50), tmp_path / "few.parquet")
    fingerprint_logs([tmp_path / "few.parquet"], lake=lake)
    with pytest.raises(InvalidConfiguration, match="can't be read together"):
        stillwatch.scan([lake, traffic.logs])
    with pytest.raises(InvalidConfiguration, match="no text"):
        stillwatch.scan(lake=lake, excerpts=True)
