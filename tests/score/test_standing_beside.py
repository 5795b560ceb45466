"""The rest of a group whose other members a certain campaign names: named with it where it tells enough by itself."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.score.deciding import (
    FEWEST_ACTED,
    fill_its_text,
    prior_odds,
    stands,
    stands_beside,
)
from stillwatch.score.looks import Look
from stillwatch.score.observation import Observation

SIGNS = (
    ("content", "one_stream"),
    ("timing", "no_night"),
    ("timing", "synchrony"),
    ("timing", "alike_rates"),
)
NOBODYS = (
    ("content", "verbatim"),
    ("registration", "one_owner"),
    ("registration", "declared_organisation"),
    ("registration", "shared_purse"),
    ("infrastructure", "shared_address"),
)
"""What innocent groups that fill a template by program would show."""


def seen(cluster: int, members: int, strength: float) -> Look:
    """A group of so many accounts with a template and no owner, and four signs of so many powers of ten each."""
    observations = [Observation("content", "template", 1e4, members, "", "")]
    observations += [Observation(family, name, 1e-4, members, "", "") for family, name in NOBODYS]
    observations += [Observation(family, name, 10.0**strength, members, "", "") for family, name in SIGNS]
    return Look(
        cluster,
        np.arange(members, dtype=np.int64),
        np.full(members, 20.0),
        np.full(members, 20),
        members,
        20 * members,
        np.zeros(0, dtype=np.int64),
        tuple(observations),
    )


GROUP = seen(1, 100, 3.0)
OTHERS = [
    each.judged(each.observations) for each in (GROUP, *(seen(number, 30, -1.0) for number in range(2, 150)))
]


def score(rest: Look) -> float:
    return rest.judged(rest.observations).log10_lr


RATE = 0.01


@pytest.mark.parametrize(
    ("members", "strength", "named"),
    [
        (40, 1.4, True),
        (FEWEST_ACTED, 1.4, True),
        (FEWEST_ACTED - 1, 3.0, False),
        (40, 0.0, False),
        (40, -1.0, False),
    ],
)
def test_the_rest_is_named_where_enough_accounts_tell_enough(
    members: int, strength: float, named: bool
) -> None:
    rest = seen(1, members, strength)
    assert stands_beside(1, rest, 0.5, OTHERS, RATE) is named


def test_it_must_tell_more_where_campaigns_name_fewer_of_the_group() -> None:
    rest = seen(1, 40, 0.9)
    # At most one in a hundred is innocent by what is seen, and by how many of the group are the campaign's.
    share = 1.0 / (1.0 + 10.0 ** score(rest) / 99.0)
    assert 0.2 < share < 0.8
    assert stands_beside(1, rest, share + 0.01, OTHERS, RATE)
    assert not stands_beside(1, rest, share - 0.01, OTHERS, RATE)
    assert stands_beside(1, rest, share - 0.01, OTHERS, 2 * RATE)


def test_it_need_not_tell_as_much_as_a_campaign_of_which_nothing_is_known() -> None:
    rest = seen(1, 12, 1.4)
    assert stands_beside(1, rest, 0.3, OTHERS, RATE)
    assert not stands(1, rest, OTHERS, frozenset(), RATE)


def test_where_no_campaign_names_any_of_the_group_it_stands_by_itself_or_not_at_all() -> None:
    assert not stands_beside(1, seen(1, 40, 1.4), 0.0, OTHERS, RATE)


def test_where_nobody_is_left_nobody_is_named() -> None:
    assert not stands_beside(1, None, 0.5, OTHERS, RATE)


@pytest.mark.parametrize(
    ("members", "strength", "named"), [(40, 1.5, True), (FEWEST_ACTED - 1, 3.0, False), (40, 0.5, False)]
)
def test_so_is_a_group_that_fills_a_certain_campaigns_text(
    members: int, strength: float, named: bool
) -> None:
    other = seen(2, members, strength)
    verdicts = [each.judged(each.observations) for each in (GROUP, other, seen(3, 40, 1.5))]
    text, certain = frozenset({(1, 2)}), frozenset({1})
    assert fill_its_text(verdicts, certain, frozenset(), text) == ({2} if named else set())
    assert fill_its_text(verdicts, certain, frozenset({2}), text) == set()  # its members are only near
    assert fill_its_text(verdicts, frozenset(), frozenset(), text) == set()  # there is no certain campaign
    assert fill_its_text(verdicts, frozenset({1, 2}), frozenset(), text) == set()  # it needs no other


def test_one_campaign_is_expected_and_where_more_is_at_stake() -> None:
    odds = prior_odds(OTHERS)
    assert sum(odds.values()) == pytest.approx(1.0)
    assert odds[1] == pytest.approx(
        odds[2] * 100 / 30
    )  # a hundred accounts of twenty exchanges each, beside thirty
    assert prior_odds(OTHERS[:1]) == {1: 0.5}
    assert prior_odds(OTHERS[::-1]) == odds
