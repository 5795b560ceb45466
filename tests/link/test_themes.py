"""Templates that the same accounts show come together; what is popular or mixed in changes nothing."""

from __future__ import annotations

from typing import Any

import hand
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from stillwatch.link.kin import MIN_OVERLAP, Kin, apart, further_apart, overlaps
from stillwatch.link.themes import (
    HUB_TEMPLATES,
    JOINED_OVER,
    LEAST_OVERLAP,
    LEVELS,
    RESOLUTIONS,
    themes,
    worth_joining,
)  # fmt: skip


def groups(count: int, accounts: int, templates: int) -> list[range]:
    """`count` groups of accounts, each with templates of its own."""
    return [range(g * accounts, (g + 1) * accounts) for g in range(count) for _ in range(templates)]


def naive_overlap(dense: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    shows = dense != 0
    out = np.zeros((len(shows), len(shows)))
    for i in range(len(shows)):
        for j in range(len(shows)):
            both, a, b = (shows[i] & shows[j]).sum(), shows[i].sum(), shows[j].sum()
            if i != j and both >= MIN_OVERLAP:
                cosine = max(both - a * b / shows.shape[1], 0.0) / np.sqrt(a * b)
                out[i, j] = cosine if cosine > LEAST_OVERLAP else 0.0
    return out


def overlap(holders: csr_array) -> np.ndarray[Any, Any]:
    """The weights of all links, each at both ends."""
    out = np.zeros((holders.shape[0],) * 2)
    for one, other, weight in overlaps(holders, 1, LEAST_OVERLAP):
        out[one, other] = out[other, one] = weight
    return out


TABLES = st.integers(0, 2**32 - 1).map(
    lambda seed: (
        np.random.default_rng(seed).random((12, 40))
        < np.random.default_rng(seed + 1).choice([0.05, 0.2, 0.5], (12, 1))
    )
)


@settings(deadline=None, max_examples=50)
@given(TABLES)
def test_overlap_agrees_with_its_naive_twin(shows: Any) -> None:
    dense = shows.astype(np.int64) * 2
    assert np.allclose(overlap(csr_array(dense)), naive_overlap(dense))


@settings(deadline=None, max_examples=50)
@given(TABLES, st.integers(0, 2**32 - 1))
def test_templates_in_another_order_make_the_same_themes(shows: Any, seed: int) -> None:
    shows[:, 0] |= ~shows.any(axis=1)  # every template is somebody's
    dense = shows.astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(dense))
    for one, two in zip(themes(csr_array(dense)), themes(csr_array(dense[order])), strict=True):
        back = np.empty_like(two)
        back[order] = two
        assert hand.partition(one) == hand.partition(back)


@pytest.mark.parametrize("seed", range(5))
def test_groups_come_apart_whatever_the_accounts_are_called(seed: int) -> None:
    dense = hand.holders(groups(4, 25, 5), 300).toarray()
    dense = dense[:, np.random.default_rng(seed).permutation(300)]
    for labels in themes(csr_array(dense)):
        assert labels.tolist() == np.repeat(range(4), 5).tolist()


def test_labels_are_numbered_by_their_first_template() -> None:
    shows = [range(20, 40), range(20), range(20, 40), range(20)]
    for labels in themes(hand.holders(shows, 200)):
        assert labels.tolist() == [0, 1, 0, 1]


def test_no_template_and_templates_without_kin() -> None:
    assert [labels.tolist() for labels in themes(hand.holders([], 10))] == [[]] * LEVELS
    alone = hand.holders([range(5), range(5, 10)], 100)
    assert [labels.tolist() for labels in themes(alone)] == [[0, 1]] * LEVELS


def test_popular_templates_are_not_kin() -> None:
    draw = np.random.default_rng(2)
    popular = [np.flatnonzero(draw.random(1_000) < 0.5) for _ in range(6)]
    assert not overlap(hand.holders(popular, 1_000)).any()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_cut_of_hubs_does_not_rest_on_names(seed: int) -> None:
    """Templates are numbered by their keyed names, and most of those of a hub are equally rare."""
    draw = np.random.default_rng(seed)
    dense = (draw.random((HUB_TEMPLATES + 100, 60)) < 0.1).astype(np.int64)
    dense[:, :20] = draw.random((len(dense), 20)) < 0.9  # who shows most templates
    dense[0, ~dense.any(axis=0)] = 1
    assert dense.any(axis=1).all()
    order = draw.permutation(len(dense))
    for one, two in zip(themes(csr_array(dense)), themes(csr_array(dense[order])), strict=True):
        back = np.empty_like(two)
        back[order] = two
        assert hand.partition(one) == hand.partition(back)


def test_hubs_link_nothing() -> None:
    """Accounts that show everything, as shared test accounts do, tie no two groups together."""
    count = HUB_TEMPLATES + 20
    shows = [set(range(8)) for _ in range(count)] + [set(range(10, 19)) for _ in range(count)]
    hubs = range(30, 50)
    table = hand.holders([one | set(hubs) for one in shows], 2_000)
    assert overlap(table)[0, count] > 0.5
    loosest = next(themes(table))
    assert len(set(loosest[:count].tolist()) & set(loosest[count:].tolist())) == 0


def test_other_peoples_traffic_takes_no_link_away() -> None:
    """Every account of a group also shows templates of strangers, four for each of the group's own."""
    draw = np.random.default_rng(4)
    own = [range(30) for _ in range(5)]
    strangers = [30 + draw.choice(570, 12, replace=False) for _ in range(30 * 20)]
    mixed = [np.append(one, number % 30) for number, one in enumerate(strangers)]
    for alone, among in zip(
        themes(hand.holders(own, 600)), themes(hand.holders([*own, *mixed], 600)), strict=True
    ):
        assert len(set(alone.tolist())) == 1
        first = among[:5]
        assert len(set(first.tolist())) == 1
        assert (among == first[0]).sum() == 5


def test_frames_that_groups_share_do_not_glue_them() -> None:
    """Four groups have words of their own around two phrases that all of them use."""
    own = groups(4, 25, 6)
    frames = [range(100), range(100)]
    *_, tightest = themes(hand.holders([*own, *frames], 1_000))
    kept = [set(tightest[6 * g : 6 * g + 6].tolist()) for g in range(4)]
    assert all(len(labels) == 1 for labels in kept)
    assert len(set.union(*kept)) == 4


def test_wording_that_drifts_stays_one_theme() -> None:
    """Each wording is used by a stretch of the accounts; each stretch overlaps the next by three quarters."""
    drifting = [range(start, start + 40) for start in range(0, 41, 10)]
    strangers = groups(1, 30, 3)
    shows = [*drifting, *([a + 200 for a in one] for one in strangers)]
    loosest = next(themes(hand.holders(shows, 1_000)))
    assert len(set(loosest[: len(drifting)].tolist())) == 1
    assert loosest[-1] != loosest[0]


def cut(weight: Any, labels: tuple[int, ...], resolution: float) -> float:
    """What the constant Potts model finds a partition worth."""
    pairs = [(i, j) for i in range(len(labels)) for j in range(i) if labels[i] == labels[j]]
    return float(sum(weight[i, j] - resolution for i, j in pairs))


def partitions(count: int) -> list[tuple[int, ...]]:
    """All ways to label things, each partition once."""
    out: list[tuple[int, ...]] = [()]
    for _ in range(count):
        out = [(*one, label) for one in out for label in range(max(one, default=-1) + 2)]
    return out


SEVEN = partitions(7)


def check(kin: Kin, weight: Any, resolution: float) -> None:
    """The parts hold every template once and the links of their own, and the best themes reach across none."""
    best = max(SEVEN, key=lambda labels: cut(weight, labels, resolution))
    parts = kin.parts()
    assert sorted(np.concatenate([kin.templates[part] for part in parts]).tolist()) == list(range(7))
    for part in parts:
        templates = kin.templates[part]
        ends, others, weights = kin.within(part)
        graph = csr_array((weights, others, ends), shape=(len(templates),) * 2)
        assert np.array_equal(graph.toarray(), weight[np.ix_(templates, templates)]) or (
            kin.links_of(part) == 0  # each is a part of its own
        )
        inside = {best[template] for template in templates}
        outside = {label for place, label in enumerate(best) if place not in templates}
        assert not inside & outside


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_best_themes_reach_across_no_parts(seed: int) -> None:
    draw = np.random.default_rng(seed)
    weight = np.triu(draw.random((7, 7)) * (draw.random((7, 7)) < draw.uniform(0.2, 1.0)), 1)
    one, other = (place.astype(np.int32) for place in np.nonzero(weight))
    links = [
        (one[half], other[half], weight[one[half], other[half]]) for half in (slice(0, 4), slice(4, None))
    ]
    weight += weight.T
    kin = apart(links, np.arange(7), RESOLUTIONS[0])
    check(kin, weight, RESOLUTIONS[0])
    for tighter in RESOLUTIONS[1:]:
        kin = further_apart(kin, tighter)
        check(kin, weight, tighter)


@settings(deadline=None, max_examples=25)
@given(TABLES, TABLES, st.integers(0, 2**32 - 1))
def test_what_strangers_share_changes_no_theme(shows: Any, others: Any, seed: int) -> None:
    """Beside templates of accounts that show none of theirs, templates make the themes that they make alone."""
    shows[:, 0] |= ~shows.any(axis=1)
    others[:, 0] |= ~others.any(axis=1)
    nobody = np.zeros_like(shows)
    both = np.block([[shows, nobody], [nobody, others]]).astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(both))
    alone = themes(csr_array(np.hstack([shows, nobody]).astype(np.int64)))
    for one, two in zip(alone, themes(csr_array(both[order])), strict=True):
        back = np.empty_like(two)
        back[order] = two
        assert hand.partition(one) == hand.partition(back[: len(shows)])


@pytest.mark.parametrize("across", [0.1, 0.5])
def test_texts_of_one_pool_are_a_theme_where_their_accounts_overlap(across: float) -> None:
    """Two texts of ten templates each, for every account a few of them: what Leiden gathers of each is joined or not."""
    draw = np.random.default_rng(5)
    begins = [0] * 10 + [round(100 - 100 * across)] * 10
    texts = [draw.choice(100, 85, replace=False) + begin for begin in begins]
    joined, *_ = themes(hand.holders(texts, 10_000))
    assert len(set(joined.tolist())) == (1 if across > JOINED_OVER else 2)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1))
def test_groups_are_joined_until_no_two_are_worth_it(seed: int) -> None:
    draw = np.random.default_rng(seed)
    weight = np.triu(draw.random((12, 12)) * (draw.random((12, 12)) < draw.uniform(0.1, 0.9)), 1)
    weight += weight.T
    graph = csr_array(weight)
    labels = np.unique(draw.integers(0, 6, 12), return_inverse=True)[1]
    listed = graph.indptr.astype(np.int64), graph.indices.astype(np.int32), graph.data
    found = worth_joining(labels, listed, RESOLUTIONS[0])
    groups = [np.flatnonzero(found == each) for each in range(int(found.max()) + 1)]
    for place, one in enumerate(groups):
        for other in groups[:place]:
            across = weight[np.ix_(one, other)]
            assert across.sum() <= RESOLUTIONS[0] * across.size + 1e-9
    assert all(len(set(found[labels == each].tolist())) == 1 for each in set(labels.tolist()))
    before, after = (cut(weight, tuple(each.tolist()), RESOLUTIONS[0]) for each in (labels, found))
    assert after >= before - 1e-9
