"""The looks at every passage: what an account repeats around other words, and where candidates stand.

Nearly all passages come once and tell nothing, so these go through them as arrays, and only what they find
becomes rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted, repeated
from stillwatch.link.arrays import grouped, lists, numbers

HABITS = pa.schema([pa.field("p", pa.int64()), pa.field("ix", pa.int32())])
CONTENT = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("ix", pa.int32()),
        pa.field("prompt_hash", pa.int64()),
        pa.field("system_hash", pa.int64()),
        pa.field("passages", pa.list_(pa.int64())),
        pa.field("marks", pa.list_(pa.int32())),
    ]
)

PLACE = 1 << 32
"""A passage is told by its number, and by so many times its place."""

MARKED = ("prompt", "skeleton", "tools")
"""What marks an exchange besides passages, in the order of their numbers."""

NO_PROMPT = NO_TEXT = 0
"""Stands for a prompt without words, and for no system text; no hash is 0."""


def habits_of(shard: Range) -> Step:
    """HABITS: passages that an account of the range repeats around other words, one row an account and passage."""
    prompts = f"""
        SELECT ix, prompt_hash, passages FROM prints JOIN numbered USING (account_id)
        WHERE {shard.accounts("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)
          AND prompt_hash IS NOT NULL AND passages IS NOT NULL"""
    return Step(
        f"habits_{shard.number}",
        ("prints", "numbered", "dropped"),
        f"""
        SELECT p, ix FROM (SELECT ix, prompt_hash, unnest(passages) AS p FROM ({prompts}))
        GROUP BY p, ix HAVING min(prompt_hash) <> max(prompt_hash)""",
        batches=lambda: Batches(prompts, habits, HABITS, together="ix"),
    )


def habits(prompts: pa.RecordBatch) -> pa.RecordBatch:
    """HABITS of whole accounts (ix, prompt_hash, passages)."""
    order, groups, accounts = grouped(prompts["ix"])
    ends, values = lists(prompts["passages"])
    p, owner = repeated(values, ends, numbers(prompts["prompt_hash"]), order, groups)
    return pa.RecordBatch.from_arrays([pa.array(p), accounts.take(pa.array(owner))], schema=HABITS)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """CONTENT of prompts (row, ix, prompt_hash, passages, system_hash and what MARKS names).

    wanted   CANDIDATES by number
    systems  CANDIDATE_TEXTS
    marks    MARKS by kind, with the number of the first of each
    """

    wanted: Wanted
    systems: Wanted
    marks: Mapping[str, tuple[int, Wanted]]

    def __call__(self, prompts: pa.RecordBatch) -> pa.RecordBatch:
        """One row an exchange that shows anything."""
        ends, values = lists(prompts["passages"])
        placed, placed_ends = self.wanted.placed(values, ends)
        # In the order of their kinds, the marks of an exchange are in the order of their numbers.
        marks = np.full((prompts.num_rows, len(MARKED)), -1, np.int32)
        for kind, (begin, wanted) in self.marks.items():
            number = wanted.each(numbers(prompts[f"{kind}_hash"]))
            marks[:, MARKED.index(kind)] = np.where(number >= 0, number + np.int32(begin), number)
        marked = marks >= 0
        # Few columns are added one by one in a tenth of the time that their rows take.
        marked_ends = np.r_[0, np.cumsum(sum(column.astype(np.int64) for column in marked.T))]
        system = numbers(prompts["system_hash"])
        system = np.where(self.systems.each(system) >= 0, system, NO_TEXT)
        told = np.flatnonzero((np.diff(placed_ends) > 0) | (np.diff(marked_ends) > 0) | (system != NO_TEXT))
        kept = pa.array(told)
        return pa.RecordBatch.from_arrays(
            [
                prompts["row"].take(kept), prompts["ix"].take(kept), prompts["prompt_hash"].take(kept),
                pa.array(system[told]), _listed(placed, placed_ends, told), _listed(marks[marked], marked_ends, told),
            ],
            schema=CONTENT,
        )  # fmt: skip


def content_of(shard: Range, occurrences: Callable[[], Occurrences]) -> Step:
    """CONTENT: which candidate passages an exchange's prompt holds, in order, and what else marks it.

    `passages` are PLACE times the place among them plus the number `c`, `marks` numbers `m`, null where there are
    none; `system_hash` is 0 unless the system text holds a candidate.
    """
    prompts = f"""
        SELECT "row", ix, coalesce(prompt_hash, {NO_PROMPT}) AS prompt_hash, passages,
               coalesce(system_hash, {NO_TEXT}) AS system_hash, coalesce(tools_hash, 0) AS tools_hash,
               coalesce(skeleton_hash, 0) AS skeleton_hash
        FROM prints JOIN numbered USING (account_id)
        WHERE {shard.accounts("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)"""
    marked = " UNION ALL ".join(
        f"""SELECT "row", m FROM prompts JOIN marks k ON k.kind = '{kind}' AND k.key = {kind}_hash"""
        for kind in MARKED
    )
    return Step(
        f"content_{shard.number}",
        ("prints", "numbered", "dropped", "candidates", "candidate_texts", "marks"),
        f"""
        WITH prompts AS ({prompts}),
        places AS (
            SELECT "row", c, row_number() OVER (PARTITION BY "row" ORDER BY place) - 1 AS place FROM (
                SELECT "row", unnest(passages) AS p, unnest(range(len(passages))) AS place FROM prompts)
            JOIN candidates USING (p)),
        told AS (
            SELECT "row", list_sort(list(CAST(place AS BIGINT) * {PLACE} + c)) AS passages FROM places GROUP BY "row"),
        marked AS (SELECT "row", list_sort(list(m)) AS marks FROM ({marked}) GROUP BY "row"),
        under AS (SELECT "row", system_hash FROM prompts WHERE system_hash IN (SELECT system_hash FROM candidate_texts))
        SELECT p."row", p.ix, p.prompt_hash, coalesce(u.system_hash, {NO_TEXT}) AS system_hash, t.passages, m.marks
        FROM prompts p LEFT JOIN told t ON t."row" = p."row" LEFT JOIN marked m ON m."row" = p."row"
        LEFT JOIN under u ON u."row" = p."row"
        WHERE t."row" IS NOT NULL OR m."row" IS NOT NULL OR u."row" IS NOT NULL""",
        batches=lambda: Batches(prompts, occurrences(), CONTENT),
    )


def occurrences(engine: Engine) -> Occurrences:
    """What CONTENT looks for: CANDIDATES, CANDIDATE_TEXTS and MARKS, which the engine holds."""
    marks = engine.query("SELECT kind, key, m FROM marks ORDER BY m")
    kinds, keys = marks["kind"].to_numpy(zero_copy_only=False), numbers(marks["key"])
    found = {kind: np.flatnonzero(kinds == kind) for kind in MARKED}
    return Occurrences(
        Wanted.of(numbers(engine.query("SELECT p FROM candidates ORDER BY c")["p"])),
        Wanted.of(
            numbers(
                engine.query("SELECT system_hash FROM candidate_texts ORDER BY system_hash")["system_hash"]
            )
        ),
        {kind: (int(at[0]), Wanted.of(keys[at])) for kind, at in found.items() if len(at)},
    )


def _listed(values: NDArray[np.signedinteger], ends: NDArray[np.int64], told: NDArray[np.int64]) -> pa.Array:
    """The told lists, null where they are empty; so are all others."""
    kept = np.r_[ends[told], len(values)]
    none = pa.array(np.diff(kept) == 0)
    return pa.ListArray.from_arrays(pa.array(kept, pa.int32()), pa.array(values), mask=none)
