"""Shared passages become templates; what only looks shared does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import hand
import numpy as np
import pyarrow as pa
import pytest

from prints import Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.link.content import link_content
from stillwatch.link.counted import count_accounts

Row = Mapping[str, Any]
OWN = 10_000_000
"""Passages and prompts from here on are nobody else's."""


def linked(load: Load, rows: Sequence[Row], order: Sequence[int] | None = None) -> DuckEngine:
    table = hand.exchanges(rows)
    engine = load(table if order is None else table.take(pa.array(order)), hand.nobody())
    link_content(engine, count_accounts(engine, lambda _: None))
    return engine


def crowd(accounts: int = 60, each: int = 4) -> list[Row]:
    """People who share nothing."""
    return [
        {"account": f"p{a:03}", "prompt": OWN + 1_000 * a + k, "passages": [OWN + 100_000 * a + 10 * k + j for j in range(3)]}
        for a in range(accounts)
        for k in range(each)
    ]  # fmt: skip


def users(
    shows: Sequence[int], accounts: int = 6, each: int = 3, name: str = "c", prompts: int | None = None
) -> list[Row]:
    """Accounts that send passages `shows` around words of their own; `prompts`: one of so many prompts."""
    return [
        {
            "account": f"{name}{a:03}",
            "prompt": 500 + k % prompts if prompts else 2 * OWN + 100_000 * ord(name) + 100 * a + k,
            "passages": [*shows, 3 * OWN + 1_000 * a + 10 * k],
        }
        for a in range(accounts)
        for k in range(each)
    ]


def kinds(engine: DuckEngine) -> dict[str, int]:
    rows = engine.query("SELECT kind, count(*) AS n FROM template_kinds GROUP BY kind").to_pylist()
    return {row["kind"]: row["n"] for row in rows}


def shown_by(engine: DuckEngine, kind: str) -> list[set[str]]:
    """The accounts of each template of a kind."""
    rows = engine.query(f"""
        SELECT t, list(account_id) AS who FROM holdings JOIN people USING (ix) JOIN template_kinds k USING (t)
        WHERE k.kind = '{kind}' GROUP BY t ORDER BY t""").to_pylist()
    return [set(row["who"]) for row in rows]


def test_passages_that_come_together_are_one_template(load: Load) -> None:
    engine = linked(load, [*crowd(), *users([1, 2, 3, 4, 5])])
    assert kinds(engine) == {"template": 1}
    assert shown_by(engine, "template") == [{f"c{a:03}" for a in range(6)}]
    held = engine.query("SELECT exchanges, contexts FROM holdings").to_pylist()
    assert held == [{"exchanges": 3, "contexts": 3}] * 6


def test_passages_with_fates_of_their_own_are_templates_of_their_own(load: Load) -> None:
    rows = [*users([1, 2, 3], accounts=12), *users([1, 2, 3, 7, 8], name="d")]
    engine = linked(load, [*crowd(), *rows])
    wide, narrow = sorted(shown_by(engine, "template"), key=len, reverse=True)
    assert (len(wide), len(narrow)) == (18, 6)


def test_people_who_share_nothing_have_no_template(load: Load) -> None:
    assert kinds(linked(load, crowd())) == {}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (users([1, 2, 3], accounts=2), "two friends with one tool"),
        (users([1, 2, 3], accounts=8, each=1), "a phrase that each says once"),
        (users([1, 2, 3], accounts=8, each=3, prompts=1), "the same prompt sent again and again"),
        (
            [*users([1, 2, 3], accounts=1, each=5), *users([1, 2, 3], accounts=20, each=1, name="d")],
            "a quotation that one account repeats",
        ),
    ],
)
def test_what_only_looks_like_a_template(load: Load, rows: list[Row], why: str) -> None:
    assert "template" not in kinds(linked(load, [*crowd(), *rows])), why


def test_mixing_does_not_dilute_a_template(load: Load) -> None:
    """Two exchanges in ten are enough, whatever the other eight are."""
    other = [
        {"account": f"c{a:03}", "prompt": 5 * OWN + 100 * a + k, "passages": [6 * OWN + 1_000 * a + k]}
        for a in range(6)
        for k in range(8)
    ]
    engine = linked(load, [*crowd(), *users([1, 2, 3], each=2), *other])
    assert shown_by(engine, "template") == [{f"c{a:03}" for a in range(6)}]


def test_a_system_text_counts_like_words_of_the_prompt(load: Load) -> None:
    rows = [
        {**row, "system_hash": 77, "system_passages": [1, 2, 3]}
        for row in users([], accounts=6, each=3)
    ]  # fmt: skip
    engine = linked(load, [*crowd(), *rows])
    assert shown_by(engine, "template") == [{f"c{a:03}" for a in range(6)}]


def test_tool_lists_and_skeletons_are_marks_of_their_own(load: Load) -> None:
    rows = [{**row, "tools_hash": 5, "skeleton_hash": 6} for row in users([], accounts=4)]
    engine = linked(load, [*crowd(100), *rows])
    assert kinds(engine) == {"tools": 1, "skeleton": 1}
    assert shown_by(engine, "tools") == shown_by(engine, "skeleton") == [{f"c{a:03}" for a in range(4)}]


def test_a_skeleton_that_many_show_is_a_way_to_write(load: Load) -> None:
    rows = [{**row, "skeleton_hash": 6} for row in users([], accounts=12)]
    assert kinds(linked(load, [*crowd(60), *rows])) == {}
    assert kinds(linked(load, [*crowd(400), *rows])) == {"skeleton": 1}


@pytest.mark.parametrize(("accounts", "words", "found"), [(3, 9, True), (2, 9, False), (3, 3, False)])
def test_a_prompt_that_several_sent_word_for_word(load: Load, accounts: int, words: int, found: bool) -> None:
    rows = [{"account": f"c{a}", "prompt": 9, "prompt_words": words} for a in range(accounts)]
    engine = linked(load, [*crowd(100), *rows])
    assert (kinds(engine) == {"prompt": 1}) is found


def test_a_row_that_came_twice_counts_once(load: Load) -> None:
    rows = users([1, 2, 3])
    once = linked(load, [{**row, "exchange_id": f"y{n}"} for n, row in enumerate(rows)])
    twice = linked(
        load, [{**row, "exchange_id": f"y{n % len(rows)}"} for n, row in enumerate([*rows, *rows])]
    )
    told = "SELECT exchanges, contexts FROM holdings ORDER BY ALL"
    assert once.query(told).equals(twice.query(told))


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_decides_nothing(load: Load, seed: int) -> None:
    rows = [*crowd(), *users([1, 2, 3]), *users([1, 2, 3, 7, 8], name="d"), *users([7, 8, 9], name="e")]
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    for name in ("template_kinds", "holdings", "template_of"):
        one, two = (
            e.query(f"SELECT * FROM {name} ORDER BY ALL")
            for e in (linked(load, rows), linked(load, rows, order))
        )
        assert one.equals(two), name
