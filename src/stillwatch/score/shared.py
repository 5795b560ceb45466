"""What a campaign's accounts share: the rows from which its picture is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.plan import Engine
from stillwatch.stats.rarity import rarity_bits

MOST = 60
NAMED_ACCOUNTS = 200


def shared_rows(
    engine: Engine, campaigns: Sequence[tuple[str, int, NDArray[np.int64]]]
) -> list[dict[str, Any]]:
    """The MOST telling indicators of each campaign: those that its members share and others don't.

    campaigns  (campaign id, cluster number, account numbers of its members)
    """
    if not campaigns:
        return []
    sizes = [len(members) for _, _, members in campaigns]
    engine.put(
        "listed",
        pa.table(
            {
                "campaign_id": np.repeat([name for name, _, _ in campaigns], sizes).tolist(),
                "cluster": pa.array(np.repeat([number for _, number, _ in campaigns], sizes), pa.int64()),
                "ix": pa.array(np.concatenate([members for _, _, members in campaigns]), pa.int32()),
            }
        ),
    )
    table = engine.query(f"""
        WITH shown AS (
            SELECT l.campaign_id, i.family, i.kind, i.key, i.degree, p.account_id
            FROM listed l JOIN indicators i ON i.ix = l.ix JOIN people p ON p.ix = l.ix
            UNION ALL
            SELECT l.campaign_id, 'content', k.kind, k.key, d.degree, p.account_id
            FROM listed l JOIN cluster_templates ct ON ct.cluster = l.cluster AND ct.bits >= 2
            JOIN template_kinds k ON k.t = ct.t JOIN holdings h ON h.t = ct.t AND h.ix = l.ix
            JOIN (SELECT t, count(*) AS degree FROM holdings GROUP BY t) d ON d.t = ct.t
            JOIN people p ON p.ix = l.ix)
        SELECT campaign_id, family, kind, key, max(degree) AS degree, count(*) AS accounts,
               list_sort(list(account_id) FILTER (WHERE place <= {NAMED_ACCOUNTS})) AS account_ids
        FROM (SELECT *, row_number() OVER (PARTITION BY campaign_id, family, kind, key
                                           ORDER BY account_id) AS place FROM shown)
        GROUP BY campaign_id, family, kind, key HAVING count(*) >= 2""")
    size = int(engine.query("SELECT count(*) AS n FROM people")["n"][0].as_py())
    rows = table.to_pylist()
    bits = rarity_bits(np.array([r["degree"] for r in rows], dtype=np.int64), size) if rows else np.zeros(0)
    for row, rarity in zip(rows, bits, strict=True):
        row["bits"] = round(float(rarity), 4)
        row["outsiders"] = row.pop("degree") - row["accounts"]
    # Equal rows differ in their keyed name only; it comes last, and decides nothing that is told.
    rows.sort(
        key=lambda r: (
            r["campaign_id"],
            -r["accounts"] * r["bits"],
            r["family"],
            r["kind"],
            r["account_ids"],
            r["key"],
        )
    )
    out: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["campaign_id"]] = counts.get(row["campaign_id"], 0) + 1
        if counts[row["campaign_id"]] <= MOST:
            out.append(row)
    return out
