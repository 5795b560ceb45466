"""Who belongs to a theme: by what its templates say, never by how much else an account does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import hand
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from stillwatch.link.membership import MIN_MEMBERS, clusters, left_out, regrouped
from stillwatch.stats.rarity import membership_bits

POPULATION = 1_000


def one_theme(templates: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.zeros(templates, dtype=np.int64)


def test_a_group_is_its_accounts() -> None:
    shows = [range(40), range(40), range(38), range(2, 40)]
    (found,) = clusters(hand.holders(shows, POPULATION), one_theme(4))
    assert found.members.tolist() == list(range(40))
    assert found.templates.tolist() == [0, 1, 2, 3]
    assert (found.bits > 10).all()


def test_bits_are_the_weights_of_what_is_shown_and_what_is_not() -> None:
    shows = [range(40), range(35), [*range(10, 40), *range(500, 520)]]
    table = hand.holders(shows, POPULATION)
    (found,) = clusters(table, one_theme(3))
    inside = np.isin(np.arange(POPULATION), found.members)
    held = (table.toarray() > 0).astype(np.int64) @ inside
    degree = (table.toarray() > 0).sum(axis=1)
    n = int(inside.sum())
    present, absent = membership_bits(held, n, degree - held, POPULATION - n)
    assert np.allclose(found.template_bits, present)
    for member, bits in zip(found.members, found.bits, strict=True):
        seen = table.toarray()[:, member] > 0
        expected = np.where(seen, np.maximum(present, 0), np.minimum(absent, 0)).sum()
        assert abs(bits - expected) < 0.01


@pytest.mark.parametrize("layouts", [True, False], ids=["layouts", "wordings"])
def test_the_layouts_of_an_account_tell_once(layouts: bool) -> None:
    """Each of 48 has four of sixteen phrases and two of eight layouts; two strangers lay theirs out in all eight."""
    phrases = [[k for k in range(48) if (k // 4 ** (way // 4)) % 4 == way % 4] for way in range(8)] * 2
    laid_out = [[k for k in range(48) if k % 4 == way % 4] + [100, 101] for way in range(8)]
    table = hand.holders([*phrases, *laid_out], POPULATION)
    (found,) = clusters(table, one_theme(24), np.arange(24) >= 16 if layouts else None)
    assert found.members.tolist() == [*range(48), *([] if layouts else [100, 101])]


def test_who_shows_one_common_phrase_is_no_member() -> None:
    group = [range(40)] * 6
    phrase = [*range(40), *range(100, 400)]
    (found,) = clusters(hand.holders([*group, phrase], POPULATION), one_theme(7))
    assert found.members.tolist() == list(range(40))
    assert found.template_bits[6] < found.template_bits[0]


def test_other_traffic_does_not_dilute_a_member() -> None:
    own = [range(40)] * 4
    (alone,) = clusters(hand.holders(own, POPULATION), one_theme(4))
    draw = np.random.default_rng(1)
    others = [draw.choice(POPULATION, 5, replace=False) for _ in range(300)]
    table = hand.holders([*own, *others], POPULATION)
    labels = np.concatenate([one_theme(4), 1 + np.arange(300)])
    among = next(c for c in clusters(table, labels) if 0 in c.templates)
    assert among.members.tolist() == alone.members.tolist()
    assert np.array_equal(among.bits, alone.bits)


def test_too_few_accounts_make_no_cluster() -> None:
    for size in range(1, MIN_MEMBERS):
        assert clusters(hand.holders([range(size)] * 5, POPULATION), one_theme(5)) == ()
    assert len(clusters(hand.holders([range(MIN_MEMBERS)] * 5, POPULATION), one_theme(5))) == 1


def test_a_phrase_that_nobody_repeats_is_no_habit() -> None:
    assert clusters(hand.holders([range(40)] * 2, POPULATION, contexts=1), one_theme(2)) == ()
    assert len(clusters(hand.holders([range(40)] * 2, POPULATION, contexts=2), one_theme(2))) == 1
    assert len(clusters(hand.holders([range(40)] * 3, POPULATION, contexts=1), one_theme(3))) == 1


def test_the_largest_comes_first() -> None:
    shows = [range(100, 110), range(100, 110), range(30), range(30), range(50, 70), range(50, 70)]
    found = clusters(hand.holders(shows, POPULATION), np.repeat([0, 1, 2], 2))
    assert [len(c.members) for c in found] == [30, 20, 10]
    assert all(len(a.members) >= len(b.members) for a, b in pairwise(found))


SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_clusters_joined_are_those_of_joined_themes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    themes = np.sort(draw.integers(0, 6, 24))
    rate = np.where(
        np.arange(180) // 40 == (themes // 2 * 2)[:, None] % 4, draw.uniform(0.2, 1.0, (24, 1)), 0.03
    )
    dense = (draw.random((24, 180)) < rate) * draw.integers(1, 4, (24, 180))
    dense[:, 0] |= ~dense.any(axis=1)
    found = clusters(csr_array(dense), themes)
    groups = draw.integers(0, 3, len(found))
    joined = np.full(24, -1)
    for cluster, group in zip(found, groups, strict=True):
        joined[cluster.templates] = group
    kept = np.flatnonzero(joined >= 0)
    expected = clusters(csr_array(dense[kept]), joined[kept])

    def told(found: Any, templates: Any) -> list[Any]:
        return [
            (templates[c.templates].tolist(), c.template_bits.tolist(), c.members.tolist(), c.bits.tolist())
            for c in found
        ]

    assert told(regrouped(csr_array(dense), found, groups), np.arange(24)) == told(expected, kept)


@settings(deadline=None, max_examples=60)
@given(SEEDS, SEEDS)
def test_names_and_order_of_accounts_and_templates_decide_nothing(seed: int, order: int) -> None:
    draw, shuffle = np.random.default_rng(seed), np.random.default_rng(order)
    themes = np.sort(draw.integers(0, 3, 14))
    rate = np.where(np.arange(120) // 40 == themes[:, None], draw.uniform(0.2, 1.0, (14, 1)), 0.03)
    dense = (draw.random((14, 120)) < rate) * draw.integers(1, 4, (14, 120))
    dense[:, 0] |= ~dense.any(axis=1)
    accounts, templates = shuffle.permutation(120), shuffle.permutation(14)
    rename = shuffle.permutation(3)
    one = clusters(csr_array(dense), themes)
    two = clusters(csr_array(dense[templates][:, accounts]), rename[themes[templates]])

    def told(found: Any, rows: Any, columns: Any) -> list[Any]:
        return sorted(
            (
                sorted(zip(columns[c.members].tolist(), c.bits.tolist(), strict=True)),
                sorted(zip(rows[c.templates].tolist(), c.template_bits.tolist(), strict=True)),
            )
            for c in found
        )

    assert told(one, np.arange(14), np.arange(120)) == told(two, templates, accounts)


def test_those_left_out_who_show_what_members_show_are_a_cluster_of_their_own() -> None:
    """Half of a group shows a second text besides, and is found as these; the rest looks like users of a phrase."""
    shows = [range(90), range(40), range(40)]
    table = hand.holders(shows, POPULATION)
    (found,) = clusters(table, one_theme(3))
    assert found.members.tolist() == list(range(40))
    (other,) = left_out(table, [found])
    assert other.members.tolist() == list(range(40, 90))
    assert other.templates.tolist() == [0]
    assert other.template_bits[0] > 10 > found.template_bits[0]


@pytest.mark.parametrize("strangers", [MIN_MEMBERS - 1, 3 * 40 + 1, 700])
def test_a_few_strangers_or_everybody_are_not(strangers: int) -> None:
    shows = [range(40 + strangers), range(40), range(40)]
    table = hand.holders(shows, POPULATION)
    assert left_out(table, clusters(table, one_theme(3))) == ()


def test_those_left_out_are_not_found_twice() -> None:
    """They fill another text, and are a cluster for that."""
    shows = [range(90), range(40), range(40), range(40, 90), range(40, 90)]
    table = hand.holders(shows, POPULATION)
    found = clusters(table, np.array([0, 0, 0, 1, 1]))
    assert sorted(len(each.members) for each in found) == [40, 50]
    assert left_out(table, found) == ()
