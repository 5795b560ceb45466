"""Members whose exchanges tell much less of a group than the others' do are none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from stillwatch.score.carving import saying_as_much
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
