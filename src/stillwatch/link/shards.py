"""The prints a range of accounts at a time: what is counted by account never needs more than one range.

A range is read where logs are kept in the order of accounts (the lake does) without touching the rest of a
file; its tables fit memory however long the logs are.
"""

from __future__ import annotations

from dataclasses import asdict

import pyarrow as pa

from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Engine, Step

SHARD_ROWS = 6_000_000
"""About so many exchanges a range: a few hundred bytes each while they are counted."""


def numbered() -> Step:
    """NUMBERED: accounts in the order of their ids, numbered `ix` from 0, with their exchanges."""
    return Step(
        "numbered",
        ("prints", "dropped"),
        """
        SELECT CAST(row_number() OVER (ORDER BY account_id) - 1 AS INTEGER) AS ix, account_id, exchanges
        FROM (SELECT account_id, count(*) AS exchanges FROM prints
              WHERE "row" NOT IN (SELECT "row" FROM dropped) GROUP BY account_id)""",
    )


def shards(engine: Engine) -> tuple[Range, ...]:
    """Ranges of accounts of about SHARD_ROWS exchanges; one without any account where there is none.

    engine  holds NUMBERED; RANGES is left for those who read on
    """
    rows = engine.query(f"""
        SELECT min(account_id) AS first, max(account_id) AS last, min(ix) AS first_ix, max(ix) AS last_ix FROM (
            SELECT account_id, ix,
                   CAST((sum(exchanges) OVER (ORDER BY ix) - exchanges) // {SHARD_ROWS} AS BIGINT) AS part
            FROM numbered)
        GROUP BY part ORDER BY part""").to_pylist()
    found = tuple(Range(number, **row) for number, row in enumerate(rows)) or (Range(0, "", "", 0, -1),)
    engine.put("ranges", pa.Table.from_pylist([asdict(shard) for shard in found]))
    return found
