"""Lists of small numbers tallied and joined, beside the same in plain loops."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.tally import heaviest, joined, tallied

LISTS = st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=12)
LABEL = st.sampled_from([0, 1, -(2**62), 2**63 - 1])


def flat(lists: list[list[int]]) -> tuple[Any, Any]:
    """(values, ends) of the lists."""
    values = np.array([value for each in lists for value in each], np.int32)
    return values, np.cumsum([0, *map(len, lists)]).astype(np.int64)


@settings(deadline=None)
@given(LISTS, st.data())
def test_a_group_s_values_are_counted_with_the_labels_around_them(lists: list[list[int]], data: Any) -> None:
    labels = [data.draw(LABEL) for _ in lists]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lists)), max_size=3)))
    groups = np.array([0, *cuts, len(lists)], np.int64)
    order = data.draw(st.permutations(range(len(lists))))
    more = data.draw(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=3))
    which = [data.draw(st.integers(-1, len(more) - 1)) for _ in lists]
    expected: dict[tuple[int, int], tuple[int, set[int]]] = {}
    for group, (begin, end) in enumerate(pairwise(groups.tolist())):
        for row in order[begin:end]:
            for value in lists[row] + (more[which[row]] if which[row] >= 0 else []):
                times, around = expected.get((group, value), (0, set()))
                expected[group, value] = (times + 1, around | ({labels[row]} - {0}))
    which_of, labels_of, order_of = (np.array(each, np.int64) for each in (which, labels, order))
    value, group, times, around = (
        each.tolist() for each in tallied(*flat(lists), *flat(more), which_of, labels_of, order_of, groups)
    )
    found = dict(zip(zip(group, value, strict=True), zip(times, around, strict=True), strict=True))
    assert len(found) == len(value)
    assert found == {key: (n, len(told)) for key, (n, told) in expected.items()}


def test_lists_of_a_slice_are_tallied_where_they_lie() -> None:
    values, ends = np.array([7, 7, 1, 2, 2], np.int32), np.array([2, 4, 5], np.int64)
    none = np.array([-1, -1])
    told = tallied(values, ends, *flat([]), none, np.array([5, 5]), np.array([0, 1]), np.array([0, 2]))
    assert [each.tolist() for each in told] == [[1, 2], [0, 0], [1, 2], [1, 1]]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(-1, 9), max_size=5),
            st.integers(-1, 2),
            st.lists(st.integers(5, 20), max_size=3),
        ),
        max_size=8,
    ),
    st.lists(st.lists(st.integers(-1, 15), max_size=6), min_size=3, max_size=3),
)
def test_joined_lists_are_the_distinct_values_of_all_three(
    rows: list[tuple[list[int], int, list[int]]], more: list[list[int]]
) -> None:
    own, rest = flat([row[0] for row in rows]), flat([row[2] for row in rows])
    which = np.array([row[1] for row in rows], np.int64)
    values, ends = joined(*own, *flat(more), which, *rest)
    found = [values[a:b].tolist() for a, b in pairwise(ends.tolist())]
    assert found == [
        sorted({each for each in [*mine, *(more[k] if k >= 0 else []), *others] if each >= 0})
        for mine, k, others in rows
    ]


@settings(deadline=None)
@given(LISTS, st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 9)), min_size=10, max_size=10))
def test_the_owners_of_what_a_list_shows_are_told_with_the_heaviest(
    lists: list[list[int]], owned: list[dict[int, int]]
) -> None:
    begins = np.cumsum([0, *map(len, owned)]).astype(np.int64)
    owners = np.array([owner for each in owned for owner in each], np.int64)
    weights = np.array([weight for each in owned for weight in each.values()], np.float64)
    expected: dict[tuple[int, int], float] = {}
    for number, each in enumerate(lists):
        for value in each:
            for owner, weight in owned[value].items():
                expected[number, owner] = max(expected.get((number, owner), 0.0), float(weight))
    row, owner_of, weight_of = (each.tolist() for each in heaviest(*flat(lists), begins, owners, weights))
    assert dict(zip(zip(row, owner_of, strict=True), weight_of, strict=True)) == expected
    assert len(row) == len(expected)
