"""Of a clump either itself or its parts: a whole that may be acted on is not given up for a scrap of it."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.score.contest import Match
from stillwatch.score.deciding import whole_or_parts
from stillwatch.score.extraction import EXTRACTION
from stillwatch.score.looks import Verdict
from stillwatch.score.rivals import RIVALS
from stillwatch.score.scene import Ints

WHOLE, SCRAP, HALF = 1, 2, 3
INSIDE = {WHOLE: -1, SCRAP: WHOLE, HALF: WHOLE}


def verdict(cluster: int, members: int, exchanges: int, score: float, first: int = 0) -> Verdict:
    """A cluster of so many accounts, numbered from the first one on, and exchanges with this score."""
    numbers = np.arange(first, first + members)
    match = Match(RIVALS[0], EXTRACTION, 0.0, (), score)
    return Verdict(
        cluster=cluster,
        members=numbers,
        bits=np.full(members, 20.0),
        sent=np.full(members, -1),
        exchanges=exchanges,
        looked_at=members,
        sharing=np.zeros(0, dtype=np.int64),
        observations=(),
        matches=(match,),
    )


@pytest.mark.parametrize(
    ("whole", "part", "acted", "kept"),
    [
        (3.7, 5.0, {WHOLE, SCRAP}, {WHOLE}),
        (3.7, 5.0, {SCRAP}, {SCRAP, HALF}),
        (3.7, 4.5, set(), {WHOLE}),
        (3.7, 9.0, {WHOLE, SCRAP}, {SCRAP, HALF}),
    ],
    ids=["a scrap of what may be acted on", "of what may not", "hardly purer", "far purer"],
)
def test_a_whole_is_given_up_for_what_tells_far_more(
    whole: float, part: float, acted: set[int], kept: set[int]
) -> None:
    every = [verdict(WHOLE, 180, 40_000, whole), verdict(SCRAP, 44, 151, part), verdict(HALF, 90, 9_000, 2.0)]
    assert {v.cluster for v in whole_or_parts(every, INSIDE, frozenset(acted))} == kept


def test_a_half_that_tells_more_takes_the_place_of_what_may_be_acted_on() -> None:
    every = [verdict(WHOLE, 180, 40_000, 3.0), verdict(HALF, 90, 20_000, 5.0)]
    assert [v.cluster for v in whole_or_parts(every, INSIDE, frozenset({WHOLE, HALF}))] == [HALF]


def test_a_phrase_that_tells_fewer_exchanges_than_its_part_is_no_whole() -> None:
    """Two campaigns share a sentence: the group of the sentence has both, and few of their exchanges."""
    every = [verdict(WHOLE, 180, 1_100, 4.1), verdict(HALF, 100, 16_000, 4.0), verdict(SCRAP, 50, 300, 3.5)]
    acted = frozenset({WHOLE, HALF, SCRAP})
    assert {v.cluster for v in whole_or_parts(every, INSIDE, acted)} == {HALF, SCRAP}
    assert {v.cluster for v in whole_or_parts(every, INSIDE, frozenset({WHOLE, SCRAP}))} == {WHOLE}


def test_a_whole_that_stands_without_its_parts_is_no_mixture_of_them_and_strangers() -> None:
    every = [verdict(WHOLE, 180, 40_000, 3.0), verdict(HALF, 90, 20_000, 5.0)]
    asked: list[tuple[int, int]] = []

    def stands_without(cluster: int, others: Ints) -> bool:
        asked.append((cluster, len(others)))
        return True

    told = whole_or_parts(every, INSIDE, frozenset({WHOLE, HALF}), stands_without)
    assert [v.cluster for v in told] == [WHOLE]
    assert asked == [(WHOLE, 90)]
    assert [v.cluster for v in whole_or_parts(every, INSIDE, frozenset({HALF}), stands_without)] == [HALF]


def test_a_part_of_members_who_were_left_out_of_the_whole_stands_beside_it() -> None:
    every = [verdict(WHOLE, 180, 40_000, 3.0), verdict(HALF, 90, 9_000, 5.0, 180)]
    assert {v.cluster for v in whole_or_parts(every, INSIDE, frozenset({WHOLE, HALF}))} == {WHOLE, HALF}


TEXTS = (2, 3, 4, 5)


def texts(size: int, *firsts: int) -> list[Verdict]:
    """A whole of 180 accounts that tells less by far than its parts, of so many accounts from these on."""
    parts = [verdict(cluster, size, 9_000, 6.0, first) for cluster, first in zip(TEXTS, firsts, strict=True)]
    return [verdict(WHOLE, 180, 40_000, 3.7), *parts]


@pytest.mark.parametrize(
    ("every", "kept"),
    [
        (texts(120, 0, 30, 60, 60), {WHOLE}),
        (texts(75, 0, 35, 70, 105), {WHOLE}),
        (texts(60, 0, 40, 80, 120), set(TEXTS)),
        (texts(90, 0, 90, 90, 0), set(TEXTS)),
        (texts(100, 0, 20, 55, 55), set(TEXTS)),
    ],
    ids=[
        "texts of one operator",
        "each with the next alone",
        "groups that overlap a little",
        "two operators",
        "too many fill none of them",
    ],
)
def test_parts_that_the_same_accounts_fill_are_one_campaign(every: list[Verdict], kept: set[int]) -> None:
    inside = {WHOLE: -1, **dict.fromkeys(TEXTS, WHOLE)}
    acted = frozenset({WHOLE, *TEXTS})
    assert {v.cluster for v in whole_or_parts(every, inside, acted)} == kept


@pytest.mark.parametrize(
    ("second", "acted", "kept"),
    [
        (verdict(HALF, 60, 5_000, 4.0, 100), {WHOLE, SCRAP, HALF}, {SCRAP, HALF}),
        (verdict(HALF, 60, 5_000, 4.0, 60), {WHOLE, SCRAP, HALF}, {WHOLE}),
        (verdict(HALF, 60, 5_000, 4.0, 100), {WHOLE, SCRAP}, {WHOLE}),
        (verdict(HALF, 30, 5_000, 4.0, 130), {WHOLE, SCRAP, HALF}, {WHOLE}),
        (verdict(HALF, 60, 500, 4.0, 100), {WHOLE, SCRAP, HALF}, {WHOLE}),
    ],
    ids=[
        "two operators",
        "accounts in common",
        "one may not be acted on",
        "a small part",
        "hardly any exchanges",
    ],
)
def test_parts_without_accounts_in_common_are_several_campaigns(
    second: Verdict, acted: set[int], kept: set[int]
) -> None:
    """They tell no more than the whole: what ties them is a text that both work through."""
    every = [verdict(WHOLE, 160, 16_000, 4.7), verdict(SCRAP, 100, 9_000, 4.6), second]
    assert {v.cluster for v in whole_or_parts(every, INSIDE, frozenset(acted))} == kept
