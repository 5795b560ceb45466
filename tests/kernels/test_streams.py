"""Neighbours and early gaps in a joint stream, beside the same in plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.streams import changed_within, early_gaps, neighbours

DAYS, ACCOUNTS = 4, 4

rows_of_a_stream = st.lists(
    st.tuples(
        st.integers(0, ACCOUNTS - 1), st.integers(0, DAYS - 1), st.integers(0, 5), st.integers(-127, 127)
    ),
    max_size=40,
)


@settings(deadline=None)
@given(
    rows_of_a_stream,
    st.lists(st.lists(st.integers(0, 2 * DAYS), min_size=ACCOUNTS, max_size=ACCOUNTS), max_size=3),
    st.integers(1, 5),
)
def test_neighbours_are_counted_as_in_plain_loops(
    rows: list[tuple[int, int, int, int]], shifts: list[list[int]], lags: int
) -> None:
    who, day, hour, first = (np.array([row[k] for row in sorted(rows)], np.int64) for k in range(4))
    own = np.stack([first, 3 - first // 2], axis=1).astype(np.int16)
    moves = np.array(shifts, np.int64).reshape(-1, ACCOUNTS)
    near, pairs, usual = neighbours(np.argsort(hour, kind="stable"), who, day, own, moves, DAYS, lags)
    assert len(near) == len(pairs) == len(usual) == len(shifts)
    for time, shift in enumerate(moves):
        moved = (day + shift[who]) % DAYS
        order = np.lexsort((hour, moved))
        sums, counts, told = 0, 0, 0.0
        for each in range(DAYS):
            stream = [row for row in order if moved[row] == each]
            products = {
                (a, b): int(own[a].astype(np.int64) @ own[b].astype(np.int64))
                for a in stream
                for b in stream
                if who[a] != who[b]
            }
            met = [
                (a, b)
                for place, b in enumerate(stream)
                for a in stream[max(place - lags, 0) : place]
                if who[a] != who[b]
            ]
            sums += sum(products[pair] for pair in met)
            counts += len(met)
            told += len(met) * (sum(products.values()) / max(len(products), 1))
        assert near[time] == sums
        assert pairs[time] == counts
        assert usual[time] == pytest.approx(told, rel=1e-12, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, ACCOUNTS - 1)), max_size=40),
    st.lists(st.lists(st.integers(-20, 20), min_size=ACCOUNTS, max_size=ACCOUNTS), max_size=3),
    st.integers(0, 4),
    st.sampled_from([1, 1 << 55]),
)
def test_early_gaps_are_counted_as_in_plain_loops(
    rows: list[tuple[int, int]], shifts: list[list[int]], around: int, unit: int
) -> None:
    """Times that are too far apart to be sorted with their places in one number are sorted as well."""
    ts, who = (np.array([row[k] for row in rows], np.int64) for k in range(2))
    moves = np.array(shifts, np.int64).reshape(-1, ACCOUNTS)
    found = early_gaps(ts * unit, who, moves * unit, around, 0.25)
    for time, shift in enumerate(moves):
        stream = sorted((int((ts[row] + shift[who[row]]) * unit), row) for row in range(len(ts)))
        early, told = 0, 0
        for place in range(around, len(stream) - around - 1):
            (before, left), (after, right) = stream[place], stream[place + 1]
            usual = (stream[place + 1 + around][0] - stream[place - around][0]) / (2 * around + 1)
            if who[left] != who[right] and usual > 0:
                told += 1
                early += after - before < 0.25 * usual
        assert found[time] == (early / told if told else 0.0)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), min_size=2, max_size=8), max_size=4), st.data())
def test_changes_are_spread_over_the_time_between_two_rows(accounts: list[list[int]], data: Any) -> None:
    mine = [sorted(times) for times in accounts]
    turn = [data.draw(st.integers(0, len(times) - 2)) for times in mine]
    begins, width = range(-5, 70, 5), 5
    ends = np.cumsum([0, *map(len, mine)])
    covers, expected = changed_within(
        np.array([each for times in mine for each in times], np.int64),
        np.array([end + place for end, place in zip(ends[:-1], turn, strict=True)], np.int64),
        ends[:-1],
        ends[1:],
        np.array(begins, np.int64),
        width,
    )
    for place, begin in enumerate(begins):
        covered, share = 0, 0.0
        for times, at in zip(mine, turn, strict=True):
            covered += times[at] < begin + width and begin < times[at + 1]
            since = max([time for time in times if time <= begin], default=times[0])
            until = min([time for time in times if time >= begin + width], default=times[-1])
            share += min(max((until - since) / max(times[-1] - times[0], 1), 0.0), 1.0)
        assert covers[place] == covered
        assert expected[place] == share
