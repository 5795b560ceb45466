"""Values that come more than once, beside the same by counting."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.kernels import repeats
from stillwatch.kernels.repeats import Repeats

VALUE = st.one_of(st.integers(-5, 5), st.sampled_from([-(2**63), 2**40, 2**63 - 1]))


def found(values: Any, at_least: int, cuts: list[int], expected: int) -> list[int]:
    """What comes so often, looked at in pieces."""
    pieces = np.split(np.array(values, np.int64), sorted(cuts))
    told = Repeats(expected)
    for piece in pieces:
        told.look(piece)
    for piece in pieces if told.taken else ():
        told.count(piece)
    return sorted(told.often(at_least).tolist())


@settings(deadline=None)
@given(st.lists(VALUE, max_size=40), st.integers(2, 4), st.lists(st.integers(0, 40), max_size=3), st.data())
def test_values_that_come_so_often_are_found_in_any_order(
    values: list[int], at_least: int, cuts: list[int], data: Any
) -> None:
    expected = sorted(value for value, n in Counter(values).items() if n >= at_least)
    assert found(values, at_least, cuts, len(values)) == expected
    assert found(data.draw(st.permutations(values)), at_least, [], 0) == expected


@pytest.mark.parametrize("words", [1, 8, 1 << 20])
def test_bits_that_are_too_few_cost_time_and_change_nothing(
    monkeypatch: pytest.MonkeyPatch, words: int
) -> None:
    monkeypatch.setattr(repeats, "MOST_WORDS", words)
    once = np.arange(20_000) * 7919
    values = np.concatenate([once, once[::5], once[::10]])
    assert found(values, 2, [100, 30_000], len(values)) == once[::5].tolist()
    assert found(values, 3, [5], len(values)) == once[::10].tolist()
    assert found(once, 2, [], len(once)) == []


def test_what_comes_once_is_hardly_ever_counted() -> None:
    told = Repeats(200_000)
    told.look(np.random.default_rng(0).integers(0, 2**62, 200_000))
    assert 0 < told.taken < 4_000
