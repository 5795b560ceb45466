"""Groups that name the same accounts: each has to stand without the others' members."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.score.standing import CLAIMED, at_work_elsewhere, bridges, claims, on_their_own, pieces

CAMPAIGN = np.arange(0, 200)
PHRASE = np.r_[np.arange(120, 190), np.arange(500, 540)]
"""Accounts of the campaign and forty strangers who show a phrase of theirs."""


def without(named: Any, guilty: Any) -> Any:
    """A contest by truth: a group stands without others when the rest are mostly guilty, and five at least."""

    def stands(group: int, others: Any) -> bool:
        rest = np.setdiff1d(named[group], others)
        return len(rest) >= 5 and bool(np.isin(rest, guilty).mean() > 0.5)

    return stands


def test_accounts_of_a_campaign_convict_nobody_who_shows_a_phrase_of_theirs() -> None:
    named = {1: CAMPAIGN, 2: PHRASE}
    for strength in ({1: 5.0, 2: 3.0}, {1: 3.0, 2: 5.0}):
        assert on_their_own(named, strength, without(named, CAMPAIGN)) == ({1}, set())


def test_of_groups_with_the_same_accounts_the_strongest_stays() -> None:
    named = {1: CAMPAIGN, 2: CAMPAIGN[:190], 3: CAMPAIGN[5:]}
    assert on_their_own(named, {1: 3.0, 2: 4.0, 3: 2.0}, without(named, CAMPAIGN)) == ({2}, set())


def test_a_campaign_is_named_beside_the_pool_that_it_rides_on() -> None:
    """The pool holds another campaign as well, so it stands without this one's accounts; nobody new is named."""
    named = {1: CAMPAIGN, 2: CAMPAIGN[:80]}
    assert on_their_own(named, {1: 2.2, 2: 3.4}, without(named, CAMPAIGN)) == ({1}, {2})
    # Where it hardly tells more, it is a piece of the same.
    assert on_their_own(named, {1: 3.0, 2: 3.4}, without(named, CAMPAIGN)) == ({1}, set())


def test_a_purer_group_that_names_strangers_does_not_stay() -> None:
    named = {1: CAMPAIGN, 2: PHRASE}
    assert on_their_own(named, {1: 2.0, 2: 6.0}, without(named, CAMPAIGN)) == ({1}, set())


def test_two_campaigns_with_some_accounts_in_common_both_stay() -> None:
    named = {1: CAMPAIGN[:120], 2: CAMPAIGN[80:]}
    assert on_their_own(named, {1: 3.0, 2: 4.0}, without(named, CAMPAIGN)) == ({1, 2}, set())


def test_pieces_of_one_campaign_stay_until_all_its_accounts_are_named() -> None:
    """Each account uses two of five templates: without all the others hardly anybody is left of any piece."""
    pieces = {n: CAMPAIGN[(n == CAMPAIGN % 5) | ((n + 1) % 5 == CAMPAIGN % 5)] for n in range(5)}
    phrase = np.r_[np.arange(0, 60), np.arange(500, 530)]
    for strength in (2.0, 6.0):
        named = {**pieces, 9: phrase}
        left, _ = on_their_own(
            named, {**{n: 4.0 + n / 10 for n in pieces}, 9: strength}, without(named, CAMPAIGN)
        )
        assert 9 not in left
        assert len(left) < 5
        assert set(np.concatenate([named[n] for n in left])) == set(CAMPAIGN)


def test_groups_with_accounts_in_common_are_pieces_of_one_campaign() -> None:
    """The strongest gives the name, whoever is linked to whom; what names nobody else is a piece as well."""
    named = {
        1: CAMPAIGN[:80], 2: CAMPAIGN[60:140], 3: CAMPAIGN[120:], 4: CAMPAIGN[30:60], 5: np.arange(500, 600),
        6: np.r_[np.arange(595, 600), np.arange(700, 795)],
    }  # fmt: skip
    strength = {1: 3.0, 2: 4.0, 3: 5.0, 4: 6.0, 5: 3.5, 6: 3.0}
    stay = frozenset({1, 2, 3, 5, 6})
    assert pieces(named, strength, stay, 10_000) == {1: 3, 2: 3, 3: 3, 4: 3}
    # One in twenty in common is little, and half of everybody is no wonder.
    assert pieces({1: np.arange(300), 2: np.arange(150, 450)}, strength, frozenset({1, 2}), 600) == {}


def test_groups_of_their_own_are_not_looked_at_again() -> None:
    named = {1: CAMPAIGN, 2: np.r_[np.arange(195, 200), np.arange(500, 600)]}
    assert len(np.intersect1d(named[1], named[2])) / len(named[2]) < CLAIMED
    assert claims(named) == {}
    assert on_their_own(named, {1: 3.0, 2: 4.0}, lambda *_: False) == ({1, 2}, set())
    assert on_their_own({}, {}, lambda *_: False) == (set(), set())


def test_claimed_members_are_those_that_others_name() -> None:
    found = claims({1: CAMPAIGN, 2: PHRASE})
    assert CAMPAIGN[found[1]].tolist() == list(range(120, 190))
    assert PHRASE[found[2]].tolist() == list(range(120, 190))


GROUPS = st.lists(
    st.tuples(st.sets(st.integers(0, 30), min_size=5, max_size=20), st.floats(0.0, 6.0), st.booleans()),
    min_size=1,
    max_size=5,
)


@given(GROUPS)
@settings(max_examples=100, deadline=None)
def test_what_is_left_stands_or_names_nobody_twice(groups: Any) -> None:
    named = {n: np.array(sorted(members)) for n, (members, _, _) in enumerate(groups)}
    strength = {n: value for n, (_, value, _) in enumerate(groups)}
    verdicts = {n: good for n, (_, _, good) in enumerate(groups)}
    stay, beside = on_their_own(named, strength, lambda n, _: verdicts[n])
    left = stay | beside
    again = claims({n: named[n] for n in left})
    others = {n: np.concatenate([np.zeros(0, int), *(named[m] for m in left if m != n)]) for n in left}
    assert all(verdicts[n] or np.isin(named[n], others[n]).mean() >= 1.0 - CLAIMED for n in again)
    # The strongest of all doubtful ones goes only where a group that stays names its members.
    assert left


def test_groups_that_fill_one_text_are_pieces_of_one_campaign() -> None:
    """They need no accounts in common; a third that shares accounts with one of them is a piece, too."""
    named = {
        1: CAMPAIGN[:80],
        2: CAMPAIGN[80:],
        3: np.r_[CAMPAIGN[150:], np.arange(500, 520)],
        4: np.arange(600, 700),
    }
    strength, stay = {1: 3.0, 2: 4.0, 3: 2.0, 4: 5.0}, frozenset({1, 2, 3, 4})
    assert pieces(named, strength, stay, 10_000) == {2: 2, 3: 2}
    assert pieces(named, strength, stay, 10_000, frozenset({(1, 2)})) == {1: 2, 2: 2, 3: 2}


def test_what_two_campaigns_show_that_have_nothing_else_in_common_ties_them_not() -> None:
    """Thirty accounts of either show a data set that both work through, and so do forty strangers."""
    first, second = np.arange(0, 200), np.arange(200, 400)
    data_set = np.r_[np.arange(170, 230), np.arange(500, 540)]
    named = {1: first, 2: second, 3: data_set}
    assert bridges(named, {1: 5.0, 2: 4.0, 3: 3.0}, 5_000) == {3}
    # Were it the strongest, it would be they who are tied by it.
    assert bridges(named, {1: 4.0, 2: 3.0, 3: 5.0}, 5_000) == set()
    # A phrase of one campaign ties nobody.
    assert bridges({1: first, 3: PHRASE}, {1: 5.0, 3: 3.0}, 5_000) == set()
    # Pieces of one campaign, by common accounts or by one text, are one to begin with.
    assert bridges({1: first, 2: np.arange(160, 400), 3: data_set}, {1: 5.0, 2: 4.0, 3: 3.0}, 5_000) == set()
    assert bridges(named, {1: 5.0, 2: 4.0, 3: 3.0}, 5_000, frozenset({(2, 1)})) == set()
    # A few accounts in common may be chance.
    few = np.r_[np.arange(0, 60), np.arange(200, 203), np.arange(500, 540)]
    assert bridges({1: first, 2: second, 3: few}, {1: 5.0, 2: 4.0, 3: 3.0}, 5_000) == set()


def test_who_works_for_another_group_is_not_its_member() -> None:
    """By hand: the last two of the first group send five times as much for the second, which is no part of it."""
    one, other = (
        (np.arange(6), np.array([9, 9, 9, 4, 3, 0])),
        (np.array([3, 4, 5, 6]), np.array([19, 15, 5, 30])),
    )
    assert {g: m.tolist() for g, m in at_work_elsewhere({1: one, 2: other}, {}).items()} == {1: [4, 5]}
    assert at_work_elsewhere({1: one, 2: other}, {2: 1}) == {}
    # Where most of a group does so, the group is a text of the other's.
    small = np.array([3, 4, 5]), np.array([3, 3, 9])
    assert at_work_elsewhere({1: small, 2: other}, {}) == {}
    # Of whom it is not known how much they send stays.
    unseen = one[0], np.where(one[0] < 5, one[1], -1)
    assert {g: m.tolist() for g, m in at_work_elsewhere({1: unseen, 2: other}, {}).items()} == {1: [4]}


def test_where_no_group_is_acted_on_nobody_works_elsewhere() -> None:
    assert at_work_elsewhere({}, {}) == {}
