"""Of overlapping clusters the telling ones stand, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stillwatch.link.claims import LARGE
from stillwatch.link.membership import Cluster
from stillwatch.link.nesting import standing as standing_with

ACCOUNTS = 400


def cluster(members: Iterable[int], templates: Iterable[int], bits: float = 20.0) -> Cluster:
    who, what = np.array(sorted(members)), np.array(sorted(templates))
    return Cluster(what, np.full(len(what), bits / len(what)), who, np.full(len(who), bits))


def hits(*shown: tuple[int, list[int]]) -> pa.Table:
    """HITS of (account, templates)."""
    ix, lists = [account for account, _ in shown], [templates for _, templates in shown]
    return pa.table({"ix": pa.array(ix, pa.int32()), "shown": pa.array(lists, pa.list_(pa.int32()))})


def standing(found: list[Cluster], accounts: int) -> tuple[tuple[Cluster, ...], tuple[int, ...]]:
    """Of clusters whose templates are all shown by each exchange of the accounts that they tie."""

    def shown(asked: NDArray[np.int64]) -> pa.Table:
        told = [
            (int(a), sorted({t for c in found if a in c.members for t in c.templates.tolist()}))
            for a in asked
        ]
        return hits(*told)

    return standing_with(found, accounts, shown)


def members(found: Iterable[Cluster]) -> list[tuple[int, ...]]:
    return [tuple(c.members.tolist()) for c in found]


def test_unlike_clusters_stand_largest_first() -> None:
    small, large = cluster(range(100, 120), [5, 6]), cluster(range(50), [1, 2])
    kept, parents = standing([small, large], ACCOUNTS)
    assert members(kept) == members([large, small])
    assert parents == (-1, -1)


def test_a_copy_goes_and_the_stronger_stays() -> None:
    weak, strong = cluster(range(50), [1, 2], 10.0), cluster(range(48), [1, 2, 3], 30.0)
    for order in ([weak, strong], [strong, weak]):
        kept, parents = standing(order, ACCOUNTS)
        assert members(kept) == members([strong])
        assert parents == (-1,)


def test_a_part_is_no_copy_and_knows_its_whole() -> None:
    whole, part = cluster(range(60), [1, 2, 3, 4]), cluster(range(30), [3, 4], 22.0)
    kept, parents = standing([part, whole], ACCOUNTS)
    assert members(kept) == members([whole, part])
    assert parents == (-1, 0)


def test_the_parent_is_the_smallest_that_holds_it() -> None:
    clumps = [cluster(range(n), range(n // 10), 20.0) for n in (120, 60, 30)]
    kept, parents = standing(clumps, ACCOUNTS)
    assert [len(c.members) for c in kept] == [120, 60, 30]
    assert parents == (-1, 0, 1)


def test_a_phrase_that_better_themes_explain_goes() -> None:
    """Two groups use one phrase; the phrase's own cluster says less of each account than its group does."""
    first, second = cluster(range(40), [1, 2, 3], 30.0), cluster(range(100, 140), [5, 6, 7], 30.0)
    phrase = cluster([*range(40), *range(100, 140)], [9], 8.0)
    kept, _ = standing([phrase, first, second], ACCOUNTS)
    assert members(kept) == members([first, second])


@pytest.mark.parametrize("together", [True, False])
def test_accounts_that_carry_other_peoples_requests_are_a_group_in_their_own_exchanges(
    together: bool,
) -> None:
    """Each of two themes ties half of the accounts more strongly than their common template does. Where it stands in
    exchanges of its own, it is no phrase of theirs, and the group stands."""
    half = LARGE // 2
    common = cluster(range(2 * half), [9], 8.0)
    first, second = cluster(range(half), [1, 2, 3], 30.0), cluster(range(half, 2 * half), [5, 6, 7], 30.0)

    def shown(asked: NDArray[np.int64]) -> pa.Table:
        told = []
        for account in asked.tolist():
            others = [1, 2, 3] if account < half else [5, 6, 7]
            told += [(account, [*others, 9])] if together else [(account, others), (account, [9])]
        return hits(*told)

    kept, _ = standing_with([common, first, second], ACCOUNTS, shown)
    assert members(kept) == members([first, second] if together else [common, first, second])


def test_a_phrase_of_mostly_other_people_stands() -> None:
    group, wide = cluster(range(30), [1, 2, 3], 30.0), cluster(range(20, 120), [9], 8.0)
    kept, parents = standing([group, wide], ACCOUNTS)
    assert members(kept) == members([wide, group])
    assert parents == (-1, -1)


def test_parts_of_one_theme_do_not_claim_each_other() -> None:
    clump = cluster(range(80), [1, 2, 3, 4], 12.0)
    part = cluster(range(60), [1, 2], 30.0)
    kept, parents = standing([clump, part], ACCOUNTS)
    assert members(kept) == members([clump, part])
    assert parents == (-1, 0)


def test_nothing_stands_where_nothing_was_found() -> None:
    assert standing([], ACCOUNTS) == ((), ())


GROUPS = st.lists(
    st.tuples(
        st.frozensets(st.integers(0, 40), min_size=5, max_size=30),
        st.frozensets(st.integers(0, 9), min_size=1, max_size=5),
    ),
    max_size=7,
    unique_by=lambda drawn: drawn[0],
)


@settings(deadline=None)
@given(GROUPS, st.randoms(use_true_random=False))
def test_the_order_in_which_clusters_come_decides_nothing(
    drawn: list[tuple[set[int], set[int]]], random: object
) -> None:
    found = [cluster(who, what, 10.0 + 3 * number) for number, (who, what) in enumerate(drawn)]
    one = standing(found, ACCOUNTS)
    shuffled = [replace(c) for c in found]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    two = standing(shuffled, ACCOUNTS)
    assert members(one[0]) == members(two[0])
    assert one[1] == two[1]


@settings(deadline=None)
@given(GROUPS)
def test_parents_are_larger_and_hold_most_of_their_parts(drawn: list[tuple[set[int], set[int]]]) -> None:
    kept, parents = standing([cluster(who, what) for who, what in drawn], ACCOUNTS)
    for child, parent in zip(kept, parents, strict=True):
        if parent >= 0:
            whole = kept[parent]
            assert len(whole.members) >= len(child.members)
            assert len(np.intersect1d(whole.members, child.members)) >= 0.8 * len(child.members)
