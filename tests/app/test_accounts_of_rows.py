"""Every row is somewhere: among the exchanges, in quarantine, or outside the window."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from runs import Traffic

import stillwatch
from stillwatch.app import fingerprint_logs
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.output import FOUND

SINCE, UNTIL = datetime(2026, 6, 4, tzinfo=UTC), datetime(2026, 6, 9, tzinfo=UTC)


@pytest.fixture(scope="session")
def soiled(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The scenario as JSON lines with ids that come twice, rows that can't be read, and lines that are no JSON."""
    rows = traffic.exchanges.to_pylist()
    draw = np.random.default_rng(3)
    lines = [json.dumps(row, default=datetime.isoformat) for row in rows]
    again = [dict(rows[i]) for i in draw.choice(len(rows), 40, replace=False)]
    for row in again[:20]:
        row["prompt"] = "another prompt under an id that was used"
    lines += [json.dumps(row, default=datetime.isoformat) for row in again]
    for i in range(30):
        lines.append(json.dumps({**rows[i], "ts": "no time at all"}, default=datetime.isoformat))
    lines += ['{"half": ', "[1, 2]", '{"ts": "2026-06-05T00:00:00Z", "prompt": "no account"}']
    path = tmp_path_factory.mktemp("soiled") / "e.jsonl"
    path.write_text("\n".join(lines[i] for i in draw.permutation(len(lines))) + "\n", encoding="utf-8")
    return path, {"rows": len(lines), "unreadable": 33, "repeated": 40}


def balance(counts: dict[str, int]) -> bool:
    return counts["exchanges"] + counts["quarantined"] + counts["outside_window"] == counts["rows"]


def test_bad_and_repeated_rows_are_set_apart(soiled: tuple[Path, dict[str, int]], traffic: Traffic) -> None:
    path, known = soiled
    found = stillwatch.scan(path, accounts=traffic.people)
    counts = found.summary["counts"]
    assert balance(counts)
    assert counts["rows"] == known["rows"]
    assert counts["exchanges"] == len(traffic.exchanges)
    assert counts["outside_window"] == 0
    reasons = found.quarantine["reason"].to_pylist()
    assert len(reasons) == known["unreadable"] + known["repeated"]
    assert reasons.count("exchange_id was seen before") == known["repeated"]
    assert len(set(found.quarantine["line"].to_pylist())) == len(reasons)


@pytest.mark.parametrize(("since", "until"), [(SINCE, UNTIL), (None, UNTIL), (SINCE, None)])
def test_the_window_counts_what_it_leaves_out(
    soiled: tuple[Path, dict[str, int]], since: datetime | None, until: datetime | None
) -> None:
    found = stillwatch.scan(soiled[0], since=since, until=until)
    assert balance(found.summary["counts"])
    assert found.summary["counts"]["outside_window"] > 0
    times = pc.min_max(found.attributed["ts"].cast(pa.int64())).as_py() if found.attributed.num_rows else {}
    if since and times:
        assert times["min"] >= since.timestamp() * 1e6
    if until and times:
        assert times["max"] < until.timestamp() * 1e6


def test_the_window_takes_in_its_start_and_leaves_out_its_end(traffic: Traffic, tmp_path: Path) -> None:
    sent = traffic.exchanges["ts"].cast(pa.int64())
    middle = sorted(sent.to_pylist())[len(sent) // 2]
    edge = datetime.fromtimestamp(0, UTC) + np.timedelta64(middle, "us").astype("timedelta64[us]").item()
    before = stillwatch.scan(traffic.logs, until=edge).summary["counts"]
    after = stillwatch.scan(traffic.logs, since=edge).summary["counts"]
    assert before["exchanges"] == pc.sum(pc.less(sent, middle)).as_py()
    assert before["exchanges"] + after["exchanges"] == len(sent)


def test_a_window_cut_by_the_reader_equals_a_file_cut_before(traffic: Traffic, tmp_path: Path) -> None:
    sent = traffic.exchanges["ts"]
    inside = pc.and_(
        pc.greater_equal(sent, pa.scalar(SINCE, sent.type)), pc.less(sent, pa.scalar(UNTIL, sent.type))
    )
    pq.write_table(traffic.exchanges.filter(inside), tmp_path / "cut.parquet")
    one = stillwatch.scan(traffic.logs, accounts=traffic.people, since=SINCE, until=UNTIL)
    two = stillwatch.scan(tmp_path / "cut.parquet", accounts=traffic.people)
    prints = tmp_path / "prints"
    fingerprint_logs([traffic.logs], lake=prints, accounts=traffic.people)
    three = stillwatch.scan(prints, since=SINCE, until=UNTIL)
    for name in FOUND:
        assert getattr(one, name).equals(getattr(two, name)), name
        assert getattr(one, name).equals(getattr(three, name)), name
    for found in (one, three):
        assert balance(found.summary["counts"])
        assert found.summary["counts"]["outside_window"] == len(sent) - int(pc.sum(inside).as_py())


def test_bad_account_rows_are_counted_apart(traffic: Traffic, tmp_path: Path) -> None:
    rows = [json.dumps(row, default=datetime.isoformat) for row in traffic.accounts.to_pylist()]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([*rows, '{"plan": "no id"}', "{"]) + "\n", encoding="utf-8")
    found = stillwatch.scan(traffic.logs, accounts=path)
    assert found.summary["counts"]["outside_window"] == 0
    assert found.quarantine["source"].to_pylist() == ["a.jsonl"] * 2


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_next_to_nothing_gives_empty_tables(traffic: Traffic, tmp_path: Path, rows: int) -> None:
    pq.write_table(traffic.exchanges.slice(0, rows), tmp_path / "few.parquet")
    found = stillwatch.scan(tmp_path / "few.parquet", accounts=traffic.people, out=tmp_path / "o")
    assert found.campaigns.num_rows == found.members.num_rows == found.evidence.num_rows == 0
    assert found.summary["counts"]["exchanges"] == rows
    assert (tmp_path / "o" / "report.html").stat().st_size > 1_000


def test_only_the_required_columns(traffic: Traffic, tmp_path: Path) -> None:
    pq.write_table(traffic.exchanges.select(["account_id", "ts", "prompt"]), tmp_path / "bare.parquet")
    found = stillwatch.scan(tmp_path / "bare.parquet")
    assert balance(found.summary["counts"])
    missing = {row["column"] for row in found.summary["missing"]}
    assert {"model", "ip", "user_agent", "system", "accounts.payment_hash"} <= missing


def test_the_same_request_sent_twice_stands_twice(traffic: Traffic, tmp_path: Path) -> None:
    bare = traffic.exchanges.select(["account_id", "ts", "prompt"])
    pq.write_table(pa.concat_tables([bare, bare.slice(0, 25)]), tmp_path / "bare.parquet")
    counts = stillwatch.scan(tmp_path / "bare.parquet").summary["counts"]
    assert counts["exchanges"] == counts["rows"] == len(bare) + 25


def test_a_damaged_lake_is_named(traffic: Traffic, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    pq.write_table(traffic.exchanges.slice(0, 200), tmp_path / "few.parquet")
    fingerprint_logs([tmp_path / "few.parquet"], lake=lake, accounts=traffic.people)
    with pytest.raises(InvalidConfiguration, match="Leave --accounts out"):
        stillwatch.scan(lake, accounts=traffic.people)
    with pytest.raises(InvalidConfiguration, match="no text"):
        stillwatch.scan(lake, out=tmp_path / "o", excerpts=True)
    manifest = lake / "lake.json"
    whole = manifest.read_text(encoding="utf-8")
    for damage, told in (
        ("{", "can't be read"),
        ("[]", "lake schema None"),
        ("{}", "lake schema None"),
        (whole.replace('"lake": 1', '"lake": 2'), "lake schema 2"),
        (whole.replace('"days"', '"weeks"'), "damaged"),
        (whole.replace('"elicitation"', '"solicitation"'), "knew no elicitation"),
    ):
        manifest.write_text(damage, encoding="utf-8")
        with pytest.raises(InvalidInput, match=told):
            stillwatch.scan(lake=lake)
    manifest.write_text(whole, encoding="utf-8")
    file = next(lake.glob("days/*/*.parquet"))
    content = file.read_bytes()
    for damaged, told in (
        (content[:200], "has 200 bytes, where the manifest says"),
        (content[:-50] + bytes(50), "can't be read"),
    ):
        file.write_bytes(damaged)
        with pytest.raises(InvalidInput, match=told):
            stillwatch.scan(lake=lake)
    file.unlink()
    with pytest.raises(InvalidInput, match="can't be read"):
        stillwatch.scan(lake=lake)
    file.write_bytes(content)
    assert stillwatch.scan(lake=lake).summary["counts"]["exchanges"] == 200
