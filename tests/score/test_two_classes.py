"""Members of a group who show only the phrases around its template are told from those who fill it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from stillwatch.score.carving import HARDLY, OFTEN, OWN, only_sharing, two_classes
from stillwatch.score.scene import Scene

Shares = list[float]
"""For each template the share of a member's exchanges that show it."""

PIECES, PHRASES = 6, 12


def scene(kinds: list[tuple[int, Shares]], *, bits: float, each: int = 12, seed: int = 1) -> Scene:
    """A group of so many members of each kind; each template that an exchange shows tells so many bits."""
    rng = np.random.default_rng(seed)
    shares = np.concatenate([np.tile(np.array(shares), (count, 1)) for count, shares in kinds])
    size = len(shares)
    who = np.repeat(np.arange(size), each)
    shows: NDArray[np.bool_] = rng.random((len(who), shares.shape[1])) < shares[who]
    shows[np.arange(len(who)), np.argmax(shares[who], axis=1)] = (
        True  # an exchange without any is not the group's
    )
    lists = [np.flatnonzero(row).tolist() for row in shows]
    made: Any = SimpleNamespace(
        size=size,
        who=who,
        sampled=np.arange(len(who)),
        weight=bits * shows.sum(axis=1),
        shown=pa.array(lists, pa.list_(pa.int64())),
        per_member=lambda: np.bincount(who, minlength=size),
    )
    return cast(Scene, made)


def phrases_only() -> Shares:
    return [0.0] * PIECES + [0.15] * PHRASES


def filling() -> Shares:
    return [0.9] * PIECES + [0.1] * PHRASES


def sharing(kinds: list[tuple[int, Shares]], *, bits: float = 1.0, each: int = 12) -> list[bool]:
    group = scene(kinds, bits=bits, each=each)
    return only_sharing(group, np.ones(group.size, dtype=bool)).tolist()


@pytest.mark.parametrize(("fill", "share"), [(60, 40), (40, 60), (30, 8)])
def test_who_shows_phrases_alone_is_told_from_who_fills_the_template(fill: int, share: int) -> None:
    assert sharing([(fill, filling()), (share, phrases_only())]) == [False] * fill + [True] * share


def test_a_group_that_fills_one_template_has_no_such_members() -> None:
    assert not any(sharing([(100, filling())]))


def test_two_families_of_a_template_are_both_the_groups() -> None:
    first, second = [0.9] * 6 + [0.0] * 6 + [0.3] * 6, [0.0] * 6 + [0.5] * 6 + [0.3] * 6
    assert not any(sharing([(50, first), (50, second)]))


def test_who_shows_some_of_each_piece_is_a_member_that_words_them_otherwise() -> None:
    reworded = [0.1] * PIECES + [0.15] * PHRASES
    assert not any(sharing([(60, filling()), (40, reworded)]))


def test_pieces_that_tell_next_to_nothing_part_nobody() -> None:
    assert not any(sharing([(60, filling()), (40, phrases_only())], bits=0.3))


def test_too_few_to_be_a_class_stay() -> None:
    assert not any(sharing([(60, filling()), (4, phrases_only())]))


def test_only_those_that_count_are_told_apart() -> None:
    group = scene([(60, filling()), (40, phrases_only())], bits=1.0)
    assert not only_sharing(group, np.arange(100) < 60).any()


def test_members_whose_exchanges_were_not_looked_at_stay() -> None:
    group = scene([(30, filling()), (20, phrases_only())], bits=1.0)
    wider = cast(Any, group)
    wider.size, wider.per_member = 55, lambda: np.bincount(group.who, minlength=55)
    assert only_sharing(group, np.ones(55, dtype=bool)).tolist() == [False] * 30 + [True] * 20 + [False] * 5


@pytest.mark.parametrize("seed", range(5))
def test_classes_do_not_depend_on_where_the_guess_begins(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shows = rng.random((100, PIECES + PHRASES)) < np.array(
        [[0.99] * 6 + [0.3] * 12] * 60 + [[0.0] * 6 + [0.4] * 12] * 40
    )
    truth = np.arange(100) < 60
    guess = truth ^ (rng.random(100) < 0.25)
    assert np.array_equal(two_classes(shows, guess), truth)


def test_members_that_are_all_alike_are_one_class() -> None:
    assert two_classes(np.ones((20, 5), dtype=bool), np.arange(20) < 10).all()


def test_a_template_of_ones_own_is_shown_by_the_others_hardly_ever() -> None:
    assert HARDLY < OFTEN <= 0.5
    assert OWN > 1
