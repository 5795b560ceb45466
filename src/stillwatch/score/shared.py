"""What a campaign's accounts share: the rows from which its picture is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.plan import Engine
from stillwatch.score.scenes import TYING_BITS
from stillwatch.stats.rarity import rarity_bits

MOST = 60
NAMED_ACCOUNTS = 200

ROUNDING = 1e-3
"""Bits by which a rounded rarity differs from the exact one, at most."""


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
    size = int(engine.query("SELECT count(*) AS n FROM people")["n"][0].as_py())
    engine.put("telling", _telling(engine, size))
    rows = engine.query(f"""
        WITH shown AS ({_SHOWN}),
        named AS (
            SELECT s.campaign_id, s.family, s.kind, s.key, s.degree, p.account_id,
                   row_number() OVER (PARTITION BY s.campaign_id, s.family, s.kind, s.key
                                      ORDER BY p.account_id) AS place
            FROM shown s JOIN telling t ON t.campaign_id = s.campaign_id AND t.family = s.family
                                       AND t.kind = s.kind AND t.key = s.key
            JOIN people p ON p.ix = s.ix)
        SELECT campaign_id, family, kind, key, max(degree) AS degree, count(*) AS accounts,
               list_sort(list(account_id) FILTER (WHERE place <= {NAMED_ACCOUNTS})) AS account_ids
        FROM named GROUP BY campaign_id, family, kind, key""").to_pylist()
    engine.drop("listed", "telling")
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
    of_each = groupby(rows, key=lambda r: str(r["campaign_id"]))
    return [row for _, of_it in of_each for row in islice(of_it, MOST)]


_SHOWN = f"""
    SELECT l.campaign_id, i.family, i.kind, i.key, i.degree, l.ix
    FROM listed l JOIN indicators i ON i.ix = l.ix
    UNION ALL
    SELECT DISTINCT l.campaign_id, 'content', k.kind, k.key, d.degree, l.ix
    FROM listed l JOIN listed_clusters lc ON lc.campaign = l.cluster
    JOIN cluster_templates ct ON ct.cluster = lc.cluster AND ct.bits >= {TYING_BITS}
    JOIN template_kinds k ON k.t = ct.t JOIN holdings h ON h.t = ct.t AND h.ix = l.ix
    JOIN (SELECT t, count(*) AS degree FROM holdings GROUP BY t) d ON d.t = ct.t"""
"""What each member of a campaign shows, one row each."""


def _telling(engine: Engine, size: int) -> pa.Table:
    """The indicators that may be among the MOST telling of their campaign: most are not, and need no names.

    size  how many accounts there are
    """
    table = engine.query(f"""
        SELECT campaign_id, family, kind, key, max(degree) AS degree, count(*) AS accounts FROM ({_SHOWN})
        GROUP BY campaign_id, family, kind, key HAVING count(*) >= 2""")
    if not table.num_rows:
        return table
    accounts = table["accounts"].to_numpy()
    tells = accounts * rarity_bits(table["degree"].to_numpy().astype(np.int64), size)
    _, campaign = np.unique(table["campaign_id"].to_numpy(zero_copy_only=False), return_inverse=True)
    order = np.lexsort((-tells, campaign))
    first = np.searchsorted(campaign[order], np.arange(campaign.max() + 1))
    last = order[np.minimum(first + MOST, np.append(first[1:], len(order))) - 1][campaign]
    # Rounding may change places; whatever comes near the last one stays.
    near = ROUNDING * (accounts + accounts[last])
    return table.filter(pa.array(tells >= tells[last] - near))
