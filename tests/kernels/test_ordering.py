"""Rows in the order of small numbers, and which of them lead, beside the same in plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.ordering import arranged, counted, leading

NUMBERS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=30)


@settings(deadline=None)
@given(NUMBERS)
def test_rows_come_in_order_and_equal_ones_as_they_stand(rows: list[tuple[int, int]]) -> None:
    first, second = (np.array([row[k] for row in rows], np.int64) for k in range(2))
    assert arranged(first, second).tolist() == sorted(range(len(rows)), key=rows.__getitem__)
    assert counted(first).tolist() == sorted(range(len(rows)), key=lambda place: rows[place][0])


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(-3, 3)),
            max_size=5,
            unique_by=lambda each: each[0],
        ),
        max_size=6,
    )
)
def test_the_least_name_of_a_group_leads_with_its_heaviest_weight(
    lists: list[list[tuple[int, int, int]]],
) -> None:
    told = [(row, *each) for row, own in enumerate(lists) for each in own]
    row, name, group = (np.array([each[k] for each in told], np.int64) for k in range(3))
    weight = np.array([float(each[3]) for each in told])
    expected = []
    for at, of, in_group, _ in told:
        own = [each for each in told if (each[0], each[2]) == (at, in_group)]
        leads = of == min(each[1] for each in own)
        expected.append(float(max(each[3] for each in own)) if leads else None)
    found = [None if np.isnan(each) else each for each in leading(row, group, name, weight).tolist()]
    assert found == expected
