"""What the link room computes in array operations and by class, beside the same in plain loops."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prints import Load
from stillwatch.link import claims, content, nesting, shards
from stillwatch.link.content import link_content
from stillwatch.link.counted import count_accounts
from stillwatch.link.membership import Cluster
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.model.numbers import CLEARLY_BITS, SAME_THEME


def prints(seed: int, exchanges: int = 600, accounts: int = 12) -> pa.Table:
    """Exchanges whose prompts and system texts are cut from one small stock of passages."""
    rng = np.random.default_rng(seed)
    stock = rng.integers(1, 2**62, 60)
    systems = [
        (int(rng.integers(1, 2**62)), [int(p) for p in rng.choice(stock[:30], rng.integers(1, 9), False)])
        for _ in range(6)
    ]
    rows = []
    for number in range(exchanges):
        start = int(rng.integers(20, 52))
        own = [int(p) for p in rng.integers(1, 2**62, 2)]
        name, passages = systems[int(rng.integers(0, 6))] if rng.random() < 0.6 else (None, None)
        rows.append(
            {
                "exchange_id": f"x{number}",
                "id_derived": False,
                "ts": number,
                "account_id": f"a{rng.integers(0, accounts):02d}",
                "prompt_hash": int(rng.integers(1, 400)) if rng.random() < 0.95 else None,
                "prompt_words": 50,
                "passages": [int(p) for p in stock[start : start + 4]] + own,
                "system_hash": name,
                "system_passages": passages,
                "source": "t",
                "line": number,
            }
        )
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in FINGERPRINTS.names} for row in rows], FINGERPRINTS
    )


@pytest.mark.parametrize(("seed", "rows"), [(0, 1000), (1, 1000), (2, 100), (3, 100)])
def test_passages_are_counted_as_if_every_exchange_listed_its_system_text(
    load: Load, monkeypatch: pytest.MonkeyPatch, seed: int, rows: int
) -> None:
    monkeypatch.setattr(shards, "SHARD_ROWS", rows)
    table = prints(seed)
    engine = load(table, ACCOUNT_PRINTS.empty_table())
    content.count_passages(engine, count_accounts(engine, lambda _: None))
    sent = [
        (row["account_id"], row["prompt_hash"], (row["system_passages"] or []) + row["passages"])
        for row in table.to_pylist()
    ]
    counts = naive_counts(sent)
    found = {
        p: (n, d, c)
        for p, n, d, c in zip(
            *columns(engine.query("SELECT p, n, degree, contexts FROM passage_counts")), strict=True
        )
    }
    assert found == counts
    assert len(found) > 5
    pairs = set(zip(*columns(engine.to_arrow("neighbours")), strict=True))
    assert pairs == naive_neighbours(sent, {p: n for p, (n, _, _) in counts.items()})
    assert pairs


def naive_counts(rows: list[tuple[str, int | None, list[int]]]) -> dict[int, tuple[int, int, int]]:
    shown: Counter[tuple[int, str]] = Counter()
    prompts: dict[tuple[int, str], set[int]] = defaultdict(set)
    for account, prompt, passages in rows:
        for p in passages:
            shown[p, account] += 1
            prompts[p, account] |= {prompt} - {None}
    out = {}
    for passage in {p for p, _ in shown}:
        n = {a: count for (p, a), count in shown.items() if p == passage}
        m = {a: len(prompts[passage, a]) for a in n}
        habit = sum(value >= 2 for value in m.values())
        if len(n) >= 3 and sum(m.values()) >= 3 and habit >= max(2, 0.2 * len(n)):
            out[passage] = (sum(n.values()), len(n), sum(m.values()))
    return out


def naive_neighbours(
    rows: list[tuple[str, int | None, list[int]]], counts: dict[int, int]
) -> set[tuple[int, int]]:
    pairs: Counter[tuple[int, int]] = Counter()
    for _, _, passages in rows:
        kept = [p for p in passages if p in counts]
        pairs.update(itertools.pairwise(kept))
    return {(a, b) for (a, b), n in pairs.items() if n >= 0.5 * max(counts[a], counts[b])}


def test_hits_name_each_template_of_an_exchange_once(load: Load) -> None:
    table = prints(1)
    engine = load(table, ACCOUNT_PRINTS.empty_table())
    link_content(engine, count_accounts(engine, lambda _: None))
    template = engine.query("SELECT t FROM template_kinds WHERE kind = 'template'")["t"].to_pylist()
    of = dict(zip(*columns(engine.query("SELECT p, t FROM template_of")), strict=True))
    expected = {
        (number, of[p])
        for number, row in enumerate(table.to_pylist())
        for p in (row["system_passages"] or []) + row["passages"]
        if p in of
    }
    hits = engine.query(f"""
        SELECT "row", t FROM (SELECT "row", unnest(shown) AS t FROM hits) WHERE t <= {max(template)}""")
    found = list(zip(*columns(hits), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected


def columns(table: pa.Table) -> list[list[int]]:
    return [column.to_pylist() for column in table.columns]


groups = st.lists(
    st.tuples(st.sets(st.integers(0, 14), min_size=1), st.sets(st.integers(0, 5)), st.integers(1, 9)),
    max_size=9,
)


@settings(deadline=None, max_examples=150)
@given(groups)
def test_standing_clusters_are_those_of_plain_loops(drawn: list[tuple[set[int], set[int], int]]) -> None:
    found = [
        Cluster(
            np.array(sorted(templates), np.int64),
            np.ones(len(templates)),
            np.array(sorted(members), np.int64),
            np.linspace(bits, bits + 2.0, len(members)),
        )
        for members, templates, bits in drawn
    ]
    kept, parents = nesting.standing(found, 15, none_asked)
    expected, above = naive_standing(found)
    assert [id(c) for c in kept] == [id(c) for c in expected]
    assert parents == above


def none_asked(accounts: NDArray[np.int64]) -> pa.Table:
    raise AssertionError(f"clusters this small are told by their accounts, and {accounts} were asked for")


def naive_standing(found: list[Cluster]) -> tuple[list[Cluster], tuple[int, ...]]:
    unique: list[Cluster] = []
    for c in sorted(found, key=lambda c: (-len(c.members), c.members.tolist(), -len(c.templates))):
        mine = set(c.members.tolist())
        for number, other in enumerate(unique):
            if len(mine & set(other.members.tolist())) >= nesting.COPY * len(other.members):
                if np.median(c.bits) > np.median(other.bits):
                    unique[number] = c
                break
        else:
            unique.append(c)
    kept = []
    for c in unique:
        own = dict(zip(c.members.tolist(), c.bits.tolist(), strict=True))
        claimed = set()
        for other in unique:
            both = set(c.templates.tolist()) & set(other.templates.tolist())
            smaller = min(len(c.templates), len(other.templates))
            if other is c or len(both) >= SAME_THEME * smaller:
                continue
            claimed |= {
                a
                for a, bits in zip(other.members.tolist(), other.bits.tolist(), strict=True)
                if a in own and bits > own[a] + CLEARLY_BITS
            }
        if len(claimed) / len(own) < claims.CLAIMED:
            kept.append(c)
    parents = []
    for number, c in enumerate(kept):
        mine = set(c.members.tolist())
        holders = [
            k
            for k in range(number)
            if len(mine & set(kept[k].members.tolist())) >= nesting.WITHIN * len(mine)
        ]
        parents.append(max(holders, default=-1))
    return kept, tuple(parents)
