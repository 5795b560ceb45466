"""Topics and wording within accounts against between them: planted streams, people, and a naive twin."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from stillwatch.score.topics import PAIRS, UNIT, own_topics, own_wording

DIMENSIONS = 16
Vectors = NDArray[np.float64]
Accounts = NDArray[np.int64]


def _people(seed: int, accounts: int, each: int, topics: int) -> tuple[Vectors, Accounts]:
    """Prompts about a few topics of each account's own; `topics` 0: about anything."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(accounts), each)
    vectors = rng.normal(size=(len(who), DIMENSIONS))
    if topics:
        own = rng.normal(size=(accounts, topics, DIMENSIONS))
        vectors = 2.0 * own[who, rng.integers(0, topics, len(who))] + 0.5 * vectors
    order = rng.permutation(len(who))
    return vectors[order], who[order]


def test_accounts_that_draw_from_one_stream_have_no_topics_of_their_own() -> None:
    vectors, who = _people(1, 60, 20, 0)
    found = own_topics(vectors, who, np.zeros(len(who), np.int64))
    assert found is not None
    assert abs(found.value) < 3.0 * found.error + 0.01
    assert found.accounts == 60


def test_people_have_topics_of_their_own() -> None:
    vectors, who = _people(2, 60, 20, 4)
    found = own_topics(vectors, who, np.zeros(len(who), np.int64))
    assert found is not None
    assert found.value > 10.0 * found.error


def test_a_wording_that_an_account_always_uses_is_no_topic() -> None:
    vectors, who = _people(3, 60, 20, 0)
    worded = vectors + 5.0 * np.random.default_rng(4).normal(size=(60, DIMENSIONS))[who]
    plain = own_topics(vectors, who, np.zeros(len(who), np.int64))
    same = own_topics(worded, who, np.zeros(len(who), np.int64))
    assert plain is not None
    assert same is not None
    assert same.value == pytest.approx(plain.value, abs=1e-3)


def test_two_wordings_of_an_account_are_told_apart() -> None:
    vectors, who = _people(5, 60, 20, 0)
    rng = np.random.default_rng(6)
    variant = rng.integers(0, 2, len(who))
    worded = vectors + 5.0 * rng.normal(size=(60, 2, DIMENSIONS))[who, variant]
    blind = own_topics(worded, who, np.zeros(len(who), np.int64))
    told = own_topics(worded, who, 2 * who + variant)
    assert blind is not None
    assert told is not None
    assert told.value < 0.2 < blind.value


@pytest.mark.parametrize(("accounts", "each"), [(4, 20), (20, 3)])
def test_too_little_is_no_measurement(accounts: int, each: int) -> None:
    vectors, who = _people(7, accounts, each, 3)
    assert own_topics(vectors, who, np.zeros(len(who), np.int64)) is None


def test_four_prompts_of_an_account_tell_something() -> None:
    """Of many accounts, that is: an operator's first hours."""
    people, who = _people(11, 300, 4, 2)
    found = own_topics(people, who, np.zeros(len(who), np.int64))
    assert found is not None
    assert found.accounts == 300
    assert found.value > 5.0 * found.error
    stream = np.random.default_rng(12).normal(size=people.shape)
    none = own_topics(stream, who, np.zeros(len(who), np.int64))
    assert none is not None
    assert abs(none.value) < 3.0 * none.error


def test_the_error_of_few_accounts_is_wide_enough() -> None:
    rng, inside = np.random.default_rng(13), 0
    who = np.repeat(np.arange(6), 6)
    for _ in range(200):
        found = own_topics(rng.normal(size=(len(who), DIMENSIONS)), who, np.zeros(len(who), np.int64))
        assert found is not None
        inside += abs(found.value) < 2.0 * found.error
    assert inside > 0.9 * 200


def test_topics_do_not_depend_on_the_order_of_dimensions() -> None:
    vectors, who = _people(8, 30, 12, 3)
    order = np.random.default_rng(9).permutation(DIMENSIONS)
    zeros = np.zeros(len(who), np.int64)
    assert own_topics(vectors, who, zeros) == own_topics(vectors[:, order], who, zeros)


def test_topics_agree_with_all_pairs_of_pairs() -> None:
    vectors, who = _people(10, 8, 8, 2)
    found = own_topics(vectors, who, np.zeros(len(who), np.int64))
    within: list[float] = []
    between: list[float] = []
    for number in range(4):
        directions = _naive_pairs(vectors, who, number)
        for (a, x), (b, y) in permutations(directions, 2):
            (within if a == b else between).append(float(x @ y) ** 2)
    assert found is not None
    assert found.value == pytest.approx(np.mean(within) / np.mean(between) - 1.0)


def _naive_pairs(vectors: Vectors, who: Accounts, number: int) -> list[tuple[int, Vectors]]:
    out = []
    for account in sorted(set(who.tolist())):
        mine = [vectors[i] for i in np.flatnonzero(who == account)]
        turn = 1 + number * max(len(mine) - 1, 1) // 4
        for i in range(len(mine)):
            j = (turn - i) % len(mine)
            if i < j:
                step = mine[i] - mine[j]
                out.append((account, np.rint(step / np.linalg.norm(step) * UNIT)))
        singles = [i for i in range(len(mine)) if (turn - i) % len(mine) == i]
        turn = 1 + number * max(len(singles) - 1, 1) // 4
        for i in range(len(singles)):
            j = (turn - i) % len(singles)
            if i < j:
                step = mine[singles[i]] - mine[singles[j]]
                out.append((account, np.rint(step / np.linalg.norm(step) * UNIT)))
    return out


def _shown(lists: list[list[int]]) -> pa.Array:
    return pa.array(lists, pa.list_(pa.int64()))


def test_one_text_in_all_accounts_does_not_drift() -> None:
    rng = np.random.default_rng(11)
    versions = [[1, 2, 3], [1, 2, 4], [1, 5, 6]]
    who = np.repeat(np.arange(30), 10)
    lists = [versions[v] for v in rng.integers(0, 3, len(who))]
    found = own_wording(_shown(lists), who)
    assert found is not None
    assert abs(found.value) < 4.0 * found.error + 0.02


def test_a_wording_for_each_account_drifts() -> None:
    rng = np.random.default_rng(12)
    who = np.repeat(np.arange(30), 10)
    own = [sorted(rng.choice(20, 6, replace=False).tolist()) for _ in range(30)]
    found = own_wording(_shown([own[a] for a in who]), who)
    assert found is not None
    assert found.value > 1.0


def test_wording_agrees_with_all_pairs() -> None:
    rng = np.random.default_rng(13)
    who = rng.integers(0, 9, 60)
    lists = [sorted(rng.choice(8, rng.integers(0, 5), replace=False).tolist()) for _ in who]
    counts = np.bincount(who[[bool(each) for each in lists]], minlength=9)
    within: list[float] = []
    between: list[float] = []
    for i, j in permutations(range(len(who)), 2):
        if lists[i] and lists[j] and counts[who[i]] >= 2 and counts[who[j]] >= 2:
            cosine = len(set(lists[i]) & set(lists[j])) / np.sqrt(len(lists[i]) * len(lists[j]))
            (within if who[i] == who[j] else between).append(cosine)
    found = own_wording(_shown(lists), who)
    assert found is not None
    assert max(counts) <= PAIRS
    assert found.value == pytest.approx(np.mean(within) / np.mean(between) - 1.0, abs=2e-3)


def test_likeness_that_hangs_on_one_account_tells_nothing() -> None:
    """One account shares a template with each other one, and these share none among themselves."""
    lists = [[1, 2, 3, 4], [1, 2, 3, 4]] + [
        [number, 10 * number] for number in (1, 2, 3, 4) for _ in range(2)
    ]
    who = np.repeat(np.arange(5), 2)
    assert own_wording(pa.array(lists, pa.list_(pa.int64())), who) is None
