"""The looks at every passage: what an account repeats around other words, where candidates stand, and what stands
beside what.

Nearly all passages come once and tell nothing, so these go through them as arrays, and only what they find
becomes rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted, first_times, follow, repeated
from stillwatch.link.shards import Shard

HABITS = pa.schema([pa.field("p", pa.int64()), pa.field("ix", pa.int32())])
CONTENT = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("ix", pa.int32()),
        pa.field("c", pa.int32()),
        pa.field("anew", pa.bool_()),
    ]
)
PAIRS = pa.schema([pa.field("a", pa.int32()), pa.field("b", pa.int32())])

NO_PROMPT = NO_TEXT = 0
"""Stands for a prompt without words, and for no system text; no hash is 0."""


def habits_of(shard: Shard) -> Step:
    """HABITS: passages that an account of the range repeats around other words, one row an account and passage."""
    prompts = f"""
        SELECT ix, prompt_hash, passages FROM prints JOIN numbered USING (account_id)
        WHERE {shard.within("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)
          AND prompt_hash IS NOT NULL AND passages IS NOT NULL"""
    return Step(
        f"habits_{shard.number}",
        ("prints", "numbered", "dropped"),
        f"""
        SELECT p, ix FROM (SELECT ix, prompt_hash, unnest(passages) AS p FROM ({prompts}))
        GROUP BY p, ix HAVING min(prompt_hash) <> max(prompt_hash)""",
        batches=Batches(prompts, habits, HABITS, order="ix", together="ix"),
    )


def habits(prompts: pa.RecordBatch) -> pa.RecordBatch:
    """HABITS of whole accounts (ix, prompt_hash, passages)."""
    groups = _runs(prompts["ix"])
    ends, values = _lists(prompts["passages"])
    p, owner = repeated(values, ends, _numbers(prompts["prompt_hash"]), groups)
    return pa.RecordBatch.from_arrays(
        [pa.array(p), prompts["ix"].take(pa.array(groups[owner]))], schema=HABITS
    )


@dataclass(frozen=True, slots=True)
class Occurrences:
    """CONTENT of whole accounts (row, ix, prompt_hash, passages): where the passages that are looked for stand."""

    wanted: Wanted

    def __call__(self, prompts: pa.RecordBatch) -> pa.RecordBatch:
        """One row an exchange and passage."""
        ends, values = _lists(prompts["passages"])
        row, c = self.wanted.among(values, ends)
        prompt = _numbers(prompts["prompt_hash"])[row]
        anew = first_times(np.searchsorted(row, _runs(prompts["ix"])), c.astype(np.int64), prompt)
        told = pa.array(row)
        return pa.RecordBatch.from_arrays(
            [
                prompts["row"].take(told), prompts["ix"].take(told), pa.array(c),
                pa.array(anew & (prompt != NO_PROMPT)),
            ],
            schema=CONTENT,
        )  # fmt: skip


def content_of(shard: Shard, wanted: Wanted) -> Step:
    """CONTENT: one row an exchange and candidate passage of its prompt; `anew`: not yet around this prompt.

    wanted  CANDIDATES by number
    """
    prompts = f"""
        SELECT "row", ix, coalesce(prompt_hash, {NO_PROMPT}) AS prompt_hash, passages
        FROM prints JOIN numbered USING (account_id)
        WHERE {shard.within("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)
          AND passages IS NOT NULL"""
    return Step(
        f"content_{shard.number}",
        ("prints", "numbered", "dropped", "candidates"),
        f"""
        SELECT "row", ix, c,
               prompt_hash <> {NO_PROMPT}
               AND row_number() OVER (PARTITION BY ix, c, prompt_hash ORDER BY "row") = 1 AS anew
        FROM (SELECT "row", ix, prompt_hash, unnest(passages) AS p FROM ({prompts})) JOIN candidates USING (p)""",
        batches=Batches(prompts, Occurrences(wanted), CONTENT, order='ix, "row"', together="ix"),
    )


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """PAIRS of prompts (passages, system_hash): wanted passages that come next to each other.

    number  the number `c` of each wanted passage; systems, last  system texts and the last wanted passage of each
    """

    wanted: Wanted
    number: NDArray[np.int32]
    systems: Wanted
    last: NDArray[np.int32]

    def __call__(self, prompts: pa.RecordBatch) -> pa.RecordBatch:
        """One row a pair, as often as it comes."""
        ends, values = _lists(prompts["passages"])
        row, place = self.wanted.among(values, ends)
        begin = np.full(prompts.num_rows, -1, np.int32)
        under, text = self.systems.among(
            _numbers(prompts["system_hash"]), np.arange(prompts.num_rows + 1, dtype=np.int64)
        )
        begin[under] = self.last[text]
        a, b = follow(row, self.number[place], begin)
        return pa.RecordBatch.from_arrays([pa.array(a), pa.array(b)], schema=PAIRS)


def pairs(engine: Engine) -> Step:
    """PAIRS: template passages that stand next to each other in prompts, one row each time.

    The last of a system text stands next to the first of the prompt.
    engine  holds PASSAGE_COUNTS and SYSTEM_CONTENT
    """
    last = """
        SELECT system_hash, arg_max(c, place) AS c FROM system_content
        WHERE c IN (SELECT c FROM passage_counts) GROUP BY system_hash"""
    prompts = f"""
        SELECT "row", passages, coalesce(system_hash, {NO_TEXT}) AS system_hash FROM prints
        WHERE "row" NOT IN (SELECT "row" FROM dropped) AND passages IS NOT NULL"""
    counted, under = engine.query("SELECT p, c FROM passage_counts ORDER BY c"), engine.query(last)
    return Step(
        "pairs",
        ("prints", "dropped", "passage_counts", "system_content"),
        f"""
        WITH told AS (
            SELECT "row", c, place FROM (
                SELECT "row", unnest(passages) AS p, unnest(range(len(passages))) AS place FROM ({prompts}))
            JOIN passage_counts USING (p)),
        under AS (SELECT "row", c FROM ({prompts}) JOIN ({last}) USING (system_hash)),
        beside AS (
            SELECT c AS a, lead(c) OVER (PARTITION BY "row" ORDER BY place) AS b FROM told
            UNION ALL
            SELECT u.c AS a, arg_min(t.c, t.place) AS b FROM told t JOIN under u USING ("row")
            GROUP BY t."row", u.c)
        SELECT a, b FROM beside WHERE b IS NOT NULL""",
        batches=Batches(
            prompts,
            Neighbourhood(
                Wanted.of(_numbers(counted["p"])), _small(counted["c"]),
                Wanted.of(_numbers(under["system_hash"])), _small(under["c"]),
            ),
            PAIRS,
        ),
    )  # fmt: skip


def _runs(column: pa.Array) -> NDArray[np.int64]:
    """Where each run of equal numbers begins, and how many numbers there are."""
    numbers = column.to_numpy()
    changes = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    return np.r_[0, changes, len(numbers)] if len(numbers) else np.zeros(1, np.int64)


def _lists(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(ends, values) of a column of lists of numbers, none of them null."""
    return column.offsets.to_numpy().astype(np.int64), _numbers(column.values)


def _numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _small(column: pa.ChunkedArray) -> NDArray[np.int32]:
    return np.asarray(column.to_numpy(), dtype=np.int32)
