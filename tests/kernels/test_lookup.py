"""Looks at lists of values, beside the same in plain loops."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels.lookup import Wanted, follow, repeated

VALUE = st.sampled_from([-(2**63), -(2**62), -7, -1, 0, 1, 5, 2**40, 2**63 - 1])
LISTS = st.lists(st.lists(VALUE, max_size=6), max_size=12)


def flat(lists: list[list[int]]) -> tuple[Any, Any]:
    """(values, ends) of the lists."""
    values = np.array([value for each in lists for value in each], np.int64)
    return values, np.cumsum([0, *map(len, lists)]).astype(np.int64)


@settings(deadline=None)
@given(LISTS, st.randoms(use_true_random=False))
def test_repeated_values_are_those_of_two_labels_in_one_group(lists: list[list[int]], random: Any) -> None:
    labels = [random.randrange(3) for _ in lists]
    cuts = sorted(random.randrange(len(lists) + 1) for _ in range(random.randrange(3)))
    groups = np.array([0, *cuts, len(lists)], np.int64)
    order = random.sample(range(len(lists)), len(lists))
    expected = set()
    for group, (begin, end) in enumerate(pairwise(groups.tolist())):
        seen: dict[int, set[int]] = {}
        for number in order[begin:end]:
            for value in lists[number]:
                seen.setdefault(value, set()).add(labels[number])
        expected |= {(value, group) for value, names in seen.items() if len(names) > 1}
    values, ends = flat(lists)
    found, owner = repeated(values, ends, np.array(labels, np.int64), np.array(order, np.int64), groups)
    told = list(zip(found.tolist(), owner.tolist(), strict=True))
    assert len(told) == len(set(told))
    assert set(told) == expected


@settings(deadline=None)
@given(LISTS, st.lists(VALUE, unique=True))
def test_what_is_looked_for_is_found_where_it_stands(lists: list[list[int]], wanted: list[int]) -> None:
    values, ends = flat(lists)
    row, number = Wanted.of(np.array(wanted, np.int64)).among(values, ends)
    expected = [(r, wanted.index(v)) for r, each in enumerate(lists) for v in each if v in wanted]
    assert list(zip(row.tolist(), number.tolist(), strict=True)) == expected


@settings(deadline=None)
@given(LISTS, st.lists(VALUE, unique=True))
def test_what_is_looked_for_is_numbered_in_its_list(lists: list[list[int]], wanted: list[int]) -> None:
    values, ends = flat(lists)
    sought = Wanted.of(np.array(wanted, np.int64))
    found, found_ends = sought.placed(values, ends)
    told = [found[a:b].tolist() for a, b in pairwise(found_ends.tolist())]
    kept = [[wanted.index(v) for v in each if v in wanted] for each in lists]
    assert told == [[place * 2**32 + number for place, number in enumerate(each)] for each in kept]
    assert sought.each(values).tolist() == [wanted.index(v) if v in wanted else -1 for v in values.tolist()]


def test_of_many_values_those_that_are_looked_for_are_found_and_no_others() -> None:
    draw = np.random.default_rng(1)
    stock = np.unique(draw.integers(-(2**63), 2**63 - 1, 40_000))
    wanted = draw.permutation(stock)[:5_000]
    values = draw.choice(stock, 100_000)
    number = {value: place for place, value in enumerate(wanted.tolist())}
    told = Wanted.of(wanted).each(values)
    assert told.tolist() == [number.get(value, -1) for value in values.tolist()]
    assert 10_000 < (told >= 0).sum() < 15_000


def test_lists_of_a_slice_are_looked_at_where_they_lie() -> None:
    sought, values, ends = Wanted.of(np.array([5, 9])), np.array([5, 9, 5, 1, 9]), np.array([2, 4, 5])
    row, number = sought.among(values, ends)
    assert (row.tolist(), number.tolist()) == ([0, 1], [0, 1])
    assert [each.tolist() for each in sought.placed(values, ends)] == [[0, 1], [0, 1, 2]]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=5), max_size=8), st.randoms(use_true_random=False))
def test_what_follows_what_begins_with_what_stands_before_a_list(lists: list[list[int]], random: Any) -> None:
    begin = [random.choice([-1, 7]) for _ in lists]
    kept = [random.random() < 0.7 for _ in range(6)]
    expected = []
    for before, each in zip(begin, lists, strict=True):
        line = ([before] if before >= 0 else []) + [value for value in each if kept[value]]
        expected += list(pairwise(line))
    values, ends = flat(lists)
    a, b = follow(values.astype(np.int32), ends, np.array(kept), np.array(begin, np.int32))
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == expected
