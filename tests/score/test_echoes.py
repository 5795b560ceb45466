"""Echoes: steps and batch functions against plain loops over members and their words."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.parts import Range, together
from stillwatch.score.echoes import ECHO_ACCOUNTS, ECHO_BESIDE, ECHO_SHARE, find_words

ACCOUNTS = 12
EVERYONE = Range(0, "a00", "a99", 0, ACCOUNTS - 1)
MEMBERS = {0: set(range(7)), 1: set(range(5, 11))}

exchanges = st.lists(
    st.tuples(st.integers(0, ACCOUNTS - 1), st.sets(st.integers(1, 4), max_size=3), st.sets(st.sampled_from([0, 1]))),
    min_size=1,
    max_size=40,
)  # fmt: skip
Sent = list[tuple[int, set[int], set[int]]]


def naive(sent: Sent, dropped: set[int]) -> set[tuple[int, int, int]]:
    """(cluster, row, ix) of echoes; `sent` says of each row its account, its passages and who sees it already."""
    out = set()
    for cluster in MEMBERS:
        for passage in range(1, 5):
            shows = [row for row, (_, words, _) in enumerate(sent) if passage in words and row not in dropped]
            inside = [row for row in shows if sent[row][0] in MEMBERS[cluster]]
            accounts = {sent[row][0] for row in inside}
            told = {row for row in inside if cluster in sent[row][2]}
            if (
                len(accounts) >= ECHO_ACCOUNTS
                and len(accounts) >= ECHO_SHARE * len({sent[row][0] for row in shows})
                and len(told) >= ECHO_BESIDE * len(inside)
            ):
                out |= {(cluster, row, sent[row][0]) for row in inside if row not in told}
    return out


def found(scratch: Path, sent: Sent, dropped: set[int]) -> set[tuple[int, int, int]]:
    """The same, by the engine."""
    engine = DuckEngine(scratch, threads=1, memory=1 << 28)
    names = [f"a{ix:02}" for ix in range(ACCOUNTS)]
    told = [
        (cluster, row, ix)
        for row, (ix, _, by) in enumerate(sent)
        for cluster in sorted(by)
        if ix in MEMBERS[cluster] and row not in dropped
    ]
    members = [(cluster, ix) for cluster in MEMBERS for ix in sorted(MEMBERS[cluster])]
    ints = pa.int64()
    tables = {
        "prints": {
            "row": pa.array(range(len(sent)), ints),
            "account_id": pa.array([names[ix] for ix, _, _ in sent]),
            "passages": pa.array([sorted(words) or None for _, words, _ in sent], pa.list_(ints)),
        },
        "dropped": {"row": pa.array(sorted(dropped), ints)},
        "people": {"ix": pa.array(range(ACCOUNTS), pa.int32()), "account_id": pa.array(names)},
        "listed_members": {
            "cluster": pa.array([cluster for cluster, _ in members], ints),
            "ix": pa.array([ix for _, ix in members], pa.int32()),
        },
        "listed_sightings_0": {
            "cluster": pa.array([cluster for cluster, _, _ in told], ints),
            "row": pa.array([row for _, row, _ in told], ints),
            "ix": pa.array([ix for _, _, ix in told], pa.int32()),
        },
    }
    for name, columns in tables.items():
        engine.put(name, pa.table(columns))
    together(engine, "listed_sightings", ["listed_sightings_0"])
    find_words(engine, [EVERYONE])
    rows = engine.to_arrow("echoes").to_pylist()
    engine.close()
    assert len(rows) == len({(row["cluster"], row["row"]) for row in rows})
    return {(row["cluster"], row["row"], row["ix"]) for row in rows}


def test_a_wording_of_members_own_marks_their_other_exchanges(tmp_path: Path) -> None:
    beside: Sent = [(ix, {1, 2}, {0}) for ix in range(5)]
    alone: Sent = [(0, {1}, set()), (6, {3}, set())]
    assert found(tmp_path / "a", beside + alone, set()) == {(0, 5, 0)}
    # What another account shows too is not theirs; five in six are fewer than nine in ten.
    assert found(tmp_path / "b", [*beside, *alone, (11, {1}, set())], set()) == set()


@settings(deadline=None, max_examples=15)
@given(sent=exchanges, doubled=st.booleans())
def test_echoes_are_those_of_plain_loops(tmp_path_factory, sent: Sent, doubled: bool) -> None:  # type: ignore[no-untyped-def]
    # Enough of one wording that the random rest has something to change.
    rows = [*((ix, {1}, {0}) for ix in range(5)), *((ix, {2}, {1}) for ix in range(5, 10)), *sent]
    dropped = {len(rows) - 1} if doubled else set()
    assert found(tmp_path_factory.mktemp("echoes") / "engine", rows, dropped) == naive(rows, dropped)
