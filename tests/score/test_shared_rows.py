"""The most telling indicators of a campaign: those that a full sort would put first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engines.duck import DuckEngine
from stillwatch.score.shared import MOST, shared_rows
from stillwatch.stats.rarity import rarity_bits

ACCOUNTS, KEYS, TEMPLATES = 60, 150, 30
CAMPAIGNS = (("a", 0, np.arange(0, 25)), ("b", 1, np.arange(20, 60, 2)), ("c", 2, np.arange(3)))


def drawn(seed: int) -> tuple[dict[str, pa.Table], dict[tuple[Any, ...], list[int]]]:
    """Tables of the link room, and who shows each (family, kind, key, degree)."""
    draw = np.random.default_rng(seed)
    shown: dict[tuple[Any, ...], list[int]] = {}
    for key in range(KEYS):
        holders = draw.choice(ACCOUNTS, draw.integers(1, 12), replace=False).tolist()
        shown["infrastructure", "address", key, len(holders)] = holders
    rows = [(ix, *name) for name, holders in shown.items() for ix in holders]
    held = []
    for t in range(TEMPLATES):
        holders = draw.choice(ACCOUNTS, draw.integers(2, 20), replace=False).tolist()
        shown["content", "template", 1_000 + t, len(holders)] = holders
        held += [(t, ix) for ix in holders]
    table = pa.Table.from_pylist
    return {
        "people": table(
            [{"ix": ix, "account_id": f"acct-{(ix * 7) % ACCOUNTS:02}"} for ix in range(ACCOUNTS)]
        ),
        "indicators": table(
            [dict(zip(("ix", "family", "kind", "key", "degree"), row, strict=True)) for row in rows]
        ),
        "holdings": table([{"t": t, "ix": ix} for t, ix in held]),
        "template_kinds": table([{"t": t, "kind": "template", "key": 1_000 + t} for t in range(TEMPLATES)]),
        "listed_clusters": table([{"cluster": c, "campaign": c} for _, c, _ in CAMPAIGNS]),
        "cluster_templates": table(
            [{"cluster": c, "t": t, "bits": 3.0} for _, c, _ in CAMPAIGNS for t in range(TEMPLATES)]
        ),
    }, shown


@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_of_a_full_sort(tmp_path: Path, seed: int) -> None:
    tables, shown = drawn(seed)
    engine = DuckEngine(tmp_path / "scratch", threads=1, memory=1 << 30)
    for name, table in tables.items():
        engine.put(name, table)
    found = shared_rows(engine, CAMPAIGNS)
    assert engine.tables == tables.keys()
    engine.close()
    expected = []
    for campaign, _, members in CAMPAIGNS:
        rows = []
        for (family, kind, key, degree), holders in shown.items():
            inside = sorted(f"acct-{(ix * 7) % ACCOUNTS:02}" for ix in set(holders) & set(members.tolist()))
            bits = round(float(rarity_bits(np.array([degree]), ACCOUNTS)[0]), 4)
            if len(inside) >= 2:
                rows.append((-len(inside) * bits, family, kind, inside, key, degree - len(inside), bits))
        expected += [(campaign, *row) for row in sorted(rows)[:MOST]]
    assert [
        (
            row["campaign_id"], -row["accounts"] * row["bits"], row["family"], row["kind"], row["account_ids"],
            row["key"], row["outsiders"], row["bits"],
        )
        for row in found
    ] == expected  # fmt: skip
    assert any(row["campaign_id"] == "c" for row in found)
