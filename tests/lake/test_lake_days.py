"""Days go into a lake, replace each other and leave it, and nothing else is touched."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from days import KEY, MODELS, add, content, held, sample, shuffled

from stillwatch.errors import InvalidInput, SchemaMismatch
from stillwatch.lake import Manifest, day_of, read_manifest, reading, write_day, writing
from stillwatch.lake.layout import PRINTS, first_row
from stillwatch.lake.manifest import Day
from stillwatch.model.exchanges import DAY, QUARANTINE
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.model.links import DAILY_INDICATORS, PLACES


def test_what_goes_in_comes_out_with_rows_numbered_once(tmp_path: Path) -> None:
    days, accounts = sample()
    change = add(tmp_path / "lake", days, accounts=accounts)
    found = held(tmp_path / "lake")
    assert change.added == {day: len(table) for day, table in days.items()}
    assert change.replaced == {}
    assert change.dropped == ()
    for day, table in days.items():
        assert found[day].select(FINGERPRINTS.names).equals(table)
        assert found[day].schema.equals(PRINTS)
    rows = pa.concat_tables(found.values())["row"].to_pylist()
    assert len(set(rows)) == len(rows) == sum(map(len, days.values()))
    assert rows == sorted(rows)


def test_the_manifest_describes_each_file(tmp_path: Path) -> None:
    days, accounts = sample()
    apart = pa.Table.from_pylist([{"source": "a", "line": 3, "reason": "r", "excerpt": ""}], QUARANTINE)
    inputs = [{"name": "a.csv", "bytes": 3, "sha256": "00"}]
    add(tmp_path, days, accounts=accounts, quarantine=apart, inputs=inputs, missing=["ip", "asn"])
    manifest = read_manifest(tmp_path)
    files = [f for day in manifest.days.values() for f in (*day.fingerprints, *day.indicators)]
    assert manifest.accounts is not None
    (addition,) = manifest.additions.values()
    assert addition.quarantine is not None
    for file in (*files, manifest.accounts.file, addition.quarantine):
        raw = (tmp_path / file.name).read_bytes()
        assert (file.bytes, file.sha256) == (len(raw), hashlib.sha256(raw).hexdigest())
        assert file.rows == pq.read_metadata(tmp_path / file.name).num_rows
    assert (manifest.key_id, manifest.models) == (KEY, MODELS)
    assert (addition.inputs, addition.missing) == (tuple(inputs), ("asn", "ip"))
    assert "payment_hash" in manifest.accounts.known
    assert "banned_at" not in manifest.accounts.known


def test_a_day_is_added_and_the_others_files_stay_untouched(tmp_path: Path) -> None:
    days, _ = sample()
    *first, last = days
    add(tmp_path, {day: days[day] for day in first})
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in tmp_path.glob("days/*/*")}
    for path in before:  # a commit that read them would fail
        path.chmod(0)
        path.write_bytes(b"")
    change = add(tmp_path, {last: days[last]})
    assert list(change.added) == [last]
    assert set(read_manifest(tmp_path).days) == set(days)
    assert all(path.stat().st_ino == inode for path, (inode, _) in before.items())


def test_a_day_added_again_replaces_it_and_its_old_file_goes(tmp_path: Path) -> None:
    days, _ = sample()
    middle = list(days)[1]
    add(tmp_path, days)
    shorter = days[middle].slice(0, 7)
    change = add(tmp_path, {middle: shorter})
    assert change.replaced == {middle: len(days[middle])}
    found = held(tmp_path)
    assert found[middle].select(FINGERPRINTS.names).equals(shorter)
    assert {day: len(table) for day, table in found.items() if day != middle} == {
        day: len(table) for day, table in days.items() if day != middle
    }
    assert len(list(tmp_path.glob("days/*/*"))) == 2 * len(days)


def test_the_same_addition_twice_changes_no_byte(tmp_path: Path) -> None:
    days, accounts = sample()
    add(tmp_path, days, accounts=accounts)
    before = content(tmp_path)
    add(tmp_path, days, accounts=accounts)
    assert content(tmp_path) == before


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 400))
def test_bytes_do_not_depend_on_how_rows_are_cut(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    days, _ = sample()
    day, table = next(iter(days.items()))
    folder = tmp_path_factory.mktemp("cut")
    whole = write_day(folder, day, table.combine_chunks().to_batches())
    pieces = write_day(folder, day, table.to_batches(max_chunksize=cut))
    assert (whole.file.sha256, whole.file.rows) == (pieces.file.sha256, pieces.file.rows)


def test_rows_fill_groups_of_one_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillwatch.lake.files.ROWS_IN_GROUP", 100)
    days, _ = sample()
    day, table = next(iter(days.items()))
    part = write_day(tmp_path, day, table.to_batches(max_chunksize=37))
    meta = pq.read_metadata(part.file.path)
    sizes = [meta.row_group(g).num_rows for g in range(meta.num_row_groups)]
    assert set(sizes[:-1]) == {100}
    assert sum(sizes) == len(table) == part.file.rows
    written = pq.read_table(part.file.path)
    assert written.select(FINGERPRINTS.names).equals(table)
    assert written["row"].to_pylist() == list(range(first_row(day), first_row(day) + len(table)))


def test_a_day_may_come_in_parts(tmp_path: Path) -> None:
    days, _ = sample()
    day, table = next(iter(days.items()))
    with writing(tmp_path, KEY, MODELS) as writer:
        halves = [
            write_day(writer.folder, day, table.slice(0, 100).to_batches(), 0),
            write_day(writer.folder, day, table.slice(100).to_batches(), 1),
        ]
        writer.commit(reversed(halves))
    found = held(tmp_path)[day]
    assert found.select(FINGERPRINTS.names).equals(table)
    assert len(set(found["row"].to_pylist())) == len(table)


def test_a_row_of_another_day_or_without_a_column_is_refused(tmp_path: Path) -> None:
    days, _ = sample()
    first, second = list(days)[:2]
    with pytest.raises(SchemaMismatch, match="outside"):
        write_day(tmp_path, first, days[second].to_batches())
    with pytest.raises(SchemaMismatch, match="elicitation"):
        write_day(tmp_path, first, days[first].drop_columns(["elicitation"]).to_batches())


def test_accounts_are_merged_and_the_newer_row_stands(tmp_path: Path) -> None:
    days, accounts = sample()
    add(tmp_path, days, accounts=accounts)
    place = accounts.column_names.index("plan")
    newer = accounts.slice(5, 3).set_column(place, "plan", pa.array(["team"] * 3))
    add(tmp_path, {}, accounts=newer)
    table = read_manifest(tmp_path).accounts
    assert table is not None
    found = pq.read_table(tmp_path / table.file.name)
    assert found["account_id"].to_pylist() == sorted(accounts["account_id"].to_pylist())
    renewed = found.filter(pc.is_in(found["account_id"], newer["account_id"].combine_chunks()))
    assert renewed["plan"].to_pylist() == ["team"] * 3
    assert pc.sum(pc.equal(found["plan"], "pro")).as_py() == len(accounts) - 3
    assert len(list(tmp_path.glob("accounts/*"))) == 1


@pytest.mark.parametrize(("keep", "left"), [(1, 1), (2, 2), (4, 4), (90, 4)])
def test_retention_counts_back_from_the_newest_day(tmp_path: Path, keep: int, left: int) -> None:
    days, _ = sample()
    change = add(tmp_path, days, keep=timedelta(days=keep))
    assert list(read_manifest(tmp_path).days) == list(days)[-left:]
    assert change.dropped == tuple(list(days)[:-left])
    assert len(list(tmp_path.glob("days/*/*"))) == 2 * left
    assert len(list(tmp_path.glob("days/*"))) == left


def test_retention_alone_and_what_only_a_dropped_day_needed_goes_too(tmp_path: Path) -> None:
    days, _ = sample()
    apart = pa.Table.from_pylist([{"source": "a", "line": 3, "reason": "r", "excerpt": ""}], QUARANTINE)
    first, *others = days
    add(tmp_path, {first: days[first]}, quarantine=apart, inputs=[{"name": "old.csv"}])
    add(tmp_path, {day: days[day] for day in others}, inputs=[{"name": "new.csv"}])
    assert len(list(tmp_path.glob("quarantine/*"))) == 1
    add(tmp_path, {}, keep=timedelta(days=3))
    manifest = read_manifest(tmp_path)
    assert [a.inputs for a in manifest.additions.values()] == [({"name": "new.csv"},)]
    assert list(manifest.days) == others
    assert list(tmp_path.glob("quarantine/*")) == []


def test_a_replaced_file_stays_while_somebody_reads(tmp_path: Path) -> None:
    days, _ = sample()
    day = next(iter(days))
    add(tmp_path, days)
    with reading(tmp_path):
        old = tmp_path / read_manifest(tmp_path).days[day].fingerprints[0].name
        add(tmp_path, {day: days[day].slice(0, 5)})
        assert pq.read_metadata(old).num_rows == len(days[day])
        assert len(held(tmp_path)[day]) == 5
    add(tmp_path, {})
    assert not old.exists()


def test_another_key_or_another_model_is_refused_before_and_at_the_end(tmp_path: Path) -> None:
    days, _ = sample()
    day = next(iter(days))
    with writing(tmp_path, "11111111", MODELS) as late:
        made = [write_day(late.folder, day, days[day].to_batches())]
        add(tmp_path, days)
        before = content(tmp_path)
        with pytest.raises(InvalidInput, match="key 0badcafe"):
            late.commit(made)
    with pytest.raises(InvalidInput, match="11111111"), writing(tmp_path, "11111111", MODELS):
        pass
    with pytest.raises(InvalidInput, match="models 1\\+1"), writing(tmp_path, KEY, "2+1"):
        pass
    assert {k: v for k, v in before.items() if "stillwatch-" not in k} == content(tmp_path)


def test_a_folder_of_something_else_is_not_taken_for_a_lake(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="no lake and not empty"), writing(tmp_path, KEY, MODELS):
        pass
    with pytest.raises(InvalidInput, match="--lake"):
        read_manifest(tmp_path)


@given(st.integers(-(2**50), 2**50))
def test_days_start_at_midnight_utc(microseconds: int) -> None:
    day = day_of(microseconds)
    start = (day - date(1970, 1, 1)).days * DAY
    assert start <= microseconds < start + DAY


@given(
    st.dates(date(1970, 1, 1), date(2149, 6, 6)), st.integers(0, 32767), st.integers(0, 2**32 - 1),
    st.dates(date(1970, 1, 1), date(2149, 6, 6)), st.integers(0, 32767), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_no_two_rows_have_one_number(
    day: date, part: int, place: int, other_day: date, other_part: int, other_place: int
) -> None:
    one, other = first_row(day, part) + place, first_row(other_day, other_part) + other_place
    assert -(2**63) <= one < 2**63
    assert (one == other) == ((day, part, place) == (other_day, other_part, other_place))
    assert (one < other) == ((day, part, place) < (other_day, other_part, other_place))


MOMENTS = st.one_of(
    st.none(), st.datetimes(datetime(2026, 5, 1), datetime(2026, 5, 20)).map(lambda t: t.replace(tzinfo=UTC))
)


@given(MOMENTS, MOMENTS)
def test_days_outside_a_window_are_left_out_and_no_others(
    since: datetime | None, until: datetime | None
) -> None:
    days = {date(2026, 5, d): Day(1, "", (), ()) for d in range(3, 18)}
    within = Manifest(KEY, MODELS, days=days).within(since, until)
    for day in days:
        first = datetime(day.year, day.month, day.day, tzinfo=UTC)
        last = first + timedelta(days=1) - timedelta(microseconds=1)
        outside = (until is not None and first >= until) or (since is not None and last < since)
        assert (day in within) is not outside


def test_daily_indicators_count_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillwatch.lake.files.ROWS_IN_GROUP", 100)
    days = {}
    for day, table in sample()[0].items():
        for name in ("ip_hash", "prefix_hash", "user_agent_hash"):  # so that places come again
            at = table.column_names.index(name)
            table = table.set_column(at, table.field(at), pc.bit_wise_and(table[name], 1))
        days[day] = table
    add(tmp_path, days)
    for day, held_day in read_manifest(tmp_path).days.items():
        found = pq.read_table(tmp_path / held_day.indicators[0].name, partitioning=None)
        naive: dict[tuple[object, ...], list[int]] = {}
        names = ["account_id", *PLACES]
        times = days[day]["ts"].cast(pa.int64()).to_pylist()
        for row, ts in zip(days[day].select(names).to_pylist(), times, strict=True):
            naive.setdefault(tuple(row[name] for name in names), []).append(ts)
        places = list(zip(*(found[name].to_pylist() for name in names), strict=True))
        assert len(set(places)) == len(places) == len(naive) < len(times)
        for at, place in enumerate(places):
            assert found["exchanges"][at].as_py() == len(naive[place])
            assert found["first_seen"].cast(pa.int64())[at].as_py() == min(naive[place])
            assert found["last_seen"].cast(pa.int64())[at].as_py() == max(naive[place])
        assert found.schema.equals(DAILY_INDICATORS)


def test_daily_indicators_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    days, _ = sample()
    day, table = next(iter(days.items()))
    one = write_day(tmp_path, day, table.to_batches(), 0)
    two = write_day(tmp_path, day, shuffled(table, 7).to_batches(), 1)
    assert one.indicators.sha256 == two.indicators.sha256


def test_an_account_whose_last_exchange_leaves_goes_with_it(tmp_path: Path) -> None:
    days, accounts = sample()
    first, *others = days
    once, again, *_ = sorted(set(days[first]["account_id"].to_pylist()))
    never = "has sent nothing yet"
    place = accounts.column_names.index("account_id")
    newcomer = accounts.slice(0, 1).set_column(place, accounts.field(place), pa.array([never]))

    def without(table: pa.Table, account: str) -> pa.Table:
        return table.filter(pc.not_equal(table["account_id"], account))

    add(tmp_path, {first: days[first]}, accounts=pa.concat_tables([accounts, newcomer]))
    add(tmp_path, {day: without(days[day], once) for day in others}, keep=timedelta(days=len(others)))
    table = read_manifest(tmp_path).accounts
    assert table is not None
    left = set(pq.read_table(tmp_path / table.file.name, partitioning=None)["account_id"].to_pylist())
    assert once not in left
    assert {again, never} <= left
