"""Who fills another cluster's template in the very exchanges that tie it to a group belongs there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from stillwatch.score.scene import Scene
from stillwatch.score.ties import Ties, explained_elsewhere

SENTENCE, REST = [1, 2], [3, 4, 5]
"""Templates that the group and a public text have in common, and the rest of the text."""
OWN = [7, 8]
"""Templates of the group alone."""

GROUP, PACK = 0, 1


def scene(shown: list[list[list[int]]], bits: list[float]) -> Scene:
    """A group by the lists of templates of each member's exchanges, and what these weigh."""
    who = np.repeat(np.arange(len(shown)), [len(each) for each in shown])
    every = [exchange for member in shown for exchange in member]
    made: Any = SimpleNamespace(
        cluster=GROUP,
        size=len(shown),
        members=np.arange(len(shown)),
        bits=np.array(bits),
        who=who,
        sampled=np.arange(len(who)),
        batch_shown=pa.array(every, pa.list_(pa.int32())),
        batch_place=np.arange(len(who)),
    )
    return cast(Scene, made)


def ties(pack: dict[int, float], bits: list[float], templates: list[int] | None = None) -> Ties:
    """The group ties everybody by these bits, and the pack some accounts by theirs."""
    rows = sorted(
        [(ix, GROUP, weight) for ix, weight in enumerate(bits)] + [(ix, PACK, w) for ix, w in pack.items()]
    )
    ix, cluster, weight = (np.array(column) for column in zip(*rows, strict=True))
    by = [sorted([*SENTENCE, *OWN]), sorted(templates if templates is not None else REST)]
    return Ties(
        np.searchsorted(ix, np.arange(len(bits) + 1)),
        cluster,
        weight.astype(np.float64),
        np.cumsum([0, *(len(each) for each in by)]),
        np.concatenate(by),
    )


FILLS = [[*SENTENCE, *OWN]] * 4
"""What an account of the group sends."""

BITS = [40.0] * 6 + [12.0]
"""The last of seven members shows the sentence only."""


def test_a_user_of_the_text_that_the_sentence_stands_in_is_explained_by_it() -> None:
    found = explained_elsewhere(scene([FILLS] * 6 + [[[*SENTENCE, *REST]] * 3], BITS), ties({6: 40.0}, BITS))
    assert found.tolist() == [False] * 6 + [True]


def test_who_passes_on_requests_of_its_users_is_not() -> None:
    """The operator's account shows the text in exchanges of their own, and these are not in the scene."""
    found = explained_elsewhere(scene([FILLS] * 6 + [[SENTENCE] * 3], BITS), ties({6: 40.0}, BITS))
    assert not found.any()


def test_who_is_tied_no_less_here_is_not() -> None:
    shown = scene([FILLS] * 6 + [[[*SENTENCE, *REST]] * 3], BITS)
    assert not explained_elsewhere(shown, ties({6: 12.5}, BITS)).any()


def test_a_theme_gathered_more_tightly_explains_nothing() -> None:
    shown = scene([FILLS] * 6 + [[[*SENTENCE, *REST]] * 3], BITS)
    assert not explained_elsewhere(shown, ties({6: 40.0}, BITS, [*SENTENCE, 3])).any()


def test_most_of_a_group_is_never_explained_away() -> None:
    bits = [12.0] * 5 + [40.0] * 2
    shown = scene([[[*SENTENCE, *REST]] * 3] * 5 + [FILLS] * 2, bits)
    assert not explained_elsewhere(shown, ties(dict.fromkeys(range(5), 40.0), bits)).any()
