"""Members whose exchanges tell much less of a group than the others' do are none."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.score.carving import KINDS_BITS, KINDS_SHARE, saying_as_much, two_kinds
from stillwatch.score.scene import Scene


def scene(weights: list[float], each: int = 4) -> Scene:
    """Members with so many exchanges each, all of a member's with one weight."""
    size = len(weights)
    who = np.repeat(np.arange(size), each)
    made: Any = SimpleNamespace(
        size=size,
        who=who,
        weight=np.repeat(np.array(weights), each),
        per_member=lambda: np.bincount(who, minlength=size),
    )
    return cast(Scene, made)


def kept(weights: list[float], among: list[bool] | None = None) -> list[bool]:
    return saying_as_much(scene(weights), np.array(among or [True] * len(weights))).tolist()


def test_those_below_a_gap_are_left_out() -> None:
    assert kept([12.4, 12.3, 5.2, 12.1, 11.0, 12.6, 7.2]) == [True, True, False, True, True, True, False]


def test_a_slope_has_no_gap() -> None:
    assert all(kept([12.0, 10.5, 9.0, 7.5, 6.0, 4.5, 3.0, 11.0]))


def test_a_gap_above_which_too_few_stand_is_none() -> None:
    assert all(kept([12.0, 12.0, 12.0, 5.0, 5.0, 5.0, 5.0]))


def test_only_those_that_count_make_the_gap() -> None:
    weights = [12.0, 12.1, 12.2, 12.3, 12.4, 5.0, 5.1]
    assert kept(weights, [True] * 5 + [False] * 2) == [True] * 7


def test_most_of_a_group_is_never_left_out() -> None:
    assert all(kept([12.0, 12.0, 12.1, 12.2, 12.3, 5.0, 5.0, 5.1, 5.2, 5.0]))


def test_a_lower_kind_is_left_out_though_single_accounts_stand_between() -> None:
    lower, between, upper = [3.2, 3.3, 3.4, 3.5, 3.6], [5.2, 6.3], [7.6, 7.7, 7.8, 7.9, 7.7, 7.8, 7.5, 7.7]
    assert kept([*lower, *between, *upper]) == [False] * 6 + [True] * 9


@pytest.mark.parametrize("seed", range(20))
def test_accounts_of_one_kind_are_all_kept(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = (rng.uniform(4.0, 12.0, 200), rng.normal(8.0, 2.0, 200), 12.0 - rng.gamma(2.0, 1.5, 200))
    assert [two_kinds(np.sort(law)) for law in drawn] == [0, 0, 0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=12))
def test_the_split_is_the_best_of_all_splits(drawn: list[int]) -> None:
    values = sorted(each / 2 for each in drawn)

    def left(part: list[float]) -> float:
        return sum((each - sum(part) / len(part)) ** 2 for each in part)

    splits = [(left(values[:k]) + left(values[k:]), k) for k in range(1, len(values))]
    best, total = min(splits)[0], left(values)
    expected = {
        k
        for rest, k in splits
        if math.isclose(rest, best, abs_tol=1e-9)
        and rest <= (1.0 - KINDS_SHARE) * total + 1e-9
        and sum(values[k:]) / (len(values) - k) - sum(values[:k]) / k >= KINDS_BITS - 1e-9
    }
    found = two_kinds(np.array(values))
    assert found in expected if found else not expected or total == 0.0
