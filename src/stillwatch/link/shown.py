"""What CONTENT adds up to: how often each account shows each passage, what stands beside what, and, once passages
are gathered into templates, which exchange shows which.

Each look goes through the lists of the exchanges as arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.parts import Range, once
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted, follow
from stillwatch.kernels.tally import joined, tallied
from stillwatch.link.arrays import grouped, lists, numbers, small_lists
from stillwatch.link.passages import NO_PROMPT, NO_TEXT, PLACE

HELD = pa.schema(
    [
        pa.field("class", pa.int32()),
        pa.field("ix", pa.int32()),
        pa.field("n", pa.int64()),
        pa.field("m", pa.int64()),
    ]
)
PAIRS = pa.schema([pa.field("a", pa.int32()), pa.field("b", pa.int32())])
HITS = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("ix", pa.int32()),
        pa.field("prompt_hash", pa.int64()),
        pa.field("shown", pa.list_(pa.int32())),
    ]
)
HOLDINGS = pa.schema(
    [
        pa.field("t", pa.int32()),
        pa.field("ix", pa.int32()),
        pa.field("exchanges", pa.int64()),
        pa.field("contexts", pa.int64()),
    ]
)

Shown = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]
"""Lists of numbers as kernels take them: values, ends, and more lists, of which each list goes on with one or none."""


@dataclass(frozen=True, slots=True)
class Under:
    """What system texts stand for: the numbers of each.

    texts         by system_hash; numbers, ends: the numbers of all texts, as lists
    """

    texts: Wanted
    numbers: NDArray[np.int32]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, rows: pa.Table) -> Under:
        """rows  (system_hash, number) in this order"""
        texts, begins = np.unique(numbers(rows["system_hash"]), return_index=True)
        return cls(Wanted.of(texts), numbers(rows["number"]).astype(np.int32), np.r_[begins, len(rows)])

    def which(self, exchanges: pa.RecordBatch) -> NDArray[np.int64]:
        """The place of each exchange's system text, -1 for one that stands for nothing."""
        return self.texts.each(numbers(exchanges["system_hash"])).astype(np.int64)


def held(exchanges: pa.RecordBatch, classes: Under) -> pa.RecordBatch:
    """HELD of the exchanges (ix, prompt_hash, system_hash, passages) of whole accounts."""
    ends, values = lists(exchanges["passages"])
    shown = (_number(values), ends, classes.numbers, classes.ends, classes.which(exchanges))
    return _tally(shown, exchanges, HELD)


def holdings(exchanges: pa.RecordBatch) -> pa.RecordBatch:
    """HOLDINGS of the exchanges (ix, prompt_hash, shown) of whole accounts."""
    ends, values = small_lists(exchanges["shown"])
    none = np.full(exchanges.num_rows, -1, np.int64)
    shown = (values, ends, np.zeros(0, np.int32), np.zeros(1, np.int64), none)
    return _tally(shown, exchanges, HOLDINGS)


def _tally(shown: Shown, exchanges: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """How often each account shows each number, around how many prompts."""
    order, groups, accounts = grouped(exchanges["ix"])
    number, group, times, around = tallied(*shown, numbers(exchanges["prompt_hash"]), order, groups)
    owner = accounts.take(pa.array(group))
    return pa.RecordBatch.from_arrays(
        [pa.array(number), owner, pa.array(times), pa.array(around)], schema=schema
    )


def classes(engine: Engine) -> Callable[[], Under]:
    """The classes of each system text, of SYSTEM_CONTENT, which the engine holds."""
    sql = "SELECT DISTINCT system_hash, class AS number FROM system_content ORDER BY system_hash, number"
    return once(lambda: Under.of(engine.query(sql)))


def held_by(shard: Range, found: Callable[[], Under]) -> Step:
    """HELD: how often each account of a range shows each class of passages, around how many prompts (m).

    What stands in system texts may come both ways around one prompt; its prompts are counted once.
    """
    rows = f"content_{shard.number}"
    exchanges = f"""
        SELECT ix, prompt_hash, system_hash, passages FROM {rows}
        WHERE passages IS NOT NULL OR system_hash <> {NO_TEXT}"""
    return Step(
        f"held_{shard.number}",
        (rows, "system_content"),
        f"""
        WITH uses AS (
            SELECT system_hash, ix, prompt_hash, count(*) AS n FROM {rows} WHERE system_hash <> {NO_TEXT}
            GROUP BY system_hash, ix, prompt_hash),
        placed AS (SELECT ix, prompt_hash, unnest(passages) AS told FROM {rows} WHERE passages IS NOT NULL),
        shown AS (
            SELECT CAST(told % {PLACE} AS INTEGER) AS class, ix, prompt_hash, 1 AS n FROM placed
            UNION ALL
            SELECT class, ix, prompt_hash, n
            FROM (SELECT DISTINCT class, system_hash FROM system_content) JOIN uses USING (system_hash)),
        prompts AS (SELECT class, ix, prompt_hash, sum(n) AS n FROM shown GROUP BY class, ix, prompt_hash)
        SELECT class, ix, CAST(sum(n) AS BIGINT) AS n, count(*) FILTER (prompt_hash <> {NO_PROMPT}) AS m
        FROM prompts GROUP BY class, ix""",
        batches=lambda: Batches(exchanges, partial(held, classes=found()), HELD, together="ix"),
    )


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """PAIRS of exchanges (passages, system_hash): counted passages that come next to each other.

    counted  (numbers,) which passages count
    last     the last counted passage of each system text
    """

    counted: NDArray[np.bool_]
    last: Under

    def __call__(self, exchanges: pa.RecordBatch) -> pa.RecordBatch:
        """One row a pair, as often as it comes."""
        ends, values = lists(exchanges["passages"])
        begin = np.r_[self.last.numbers, np.int32(-1)][self.last.which(exchanges)]
        a, b = follow(_number(values), ends, self.counted, begin)
        return pa.RecordBatch.from_arrays([pa.array(a), pa.array(b)], schema=PAIRS)


def pairs(engine: Engine) -> Step:
    """PAIRS: template passages that stand next to each other in prompts, one row each time.

    The last of a system text stands next to the first of the prompt.
    engine  holds PASSAGE_COUNTS and SYSTEM_CONTENT
    """
    last = """
        SELECT system_hash, arg_max(c, place) AS number FROM system_content
        WHERE c IN (SELECT c FROM passage_counts) GROUP BY system_hash"""
    exchanges = 'SELECT "row", passages, system_hash FROM content WHERE passages IS NOT NULL'

    def looks() -> Batches:
        size = int(engine.query("SELECT count(*) AS n FROM candidates")["n"][0].as_py())
        counted = np.zeros(size, np.bool_)
        counted[numbers(engine.query("SELECT c FROM passage_counts")["c"])] = True
        ends = Under.of(engine.query(f"{last} ORDER BY system_hash"))
        return Batches(exchanges, Neighbourhood(counted, ends), PAIRS)

    return Step(
        "pairs",
        ("content", "candidates", "passage_counts", "system_content"),
        f"""
        WITH told AS (
            SELECT "row", CAST(told % {PLACE} AS INTEGER) AS c, told AS place FROM (
                SELECT "row", unnest(passages) AS told FROM ({exchanges}))
            WHERE told % {PLACE} IN (SELECT c FROM passage_counts)),
        under AS (SELECT "row", number AS c FROM ({exchanges}) JOIN ({last}) USING (system_hash)),
        beside AS (
            SELECT c AS a, lead(c) OVER (PARTITION BY "row" ORDER BY place) AS b FROM told
            UNION ALL
            SELECT u.c AS a, arg_min(t.c, t.place) AS b FROM told t JOIN under u USING ("row")
            GROUP BY t."row", u.c)
        SELECT a, b FROM beside WHERE b IS NOT NULL""",
        batches=looks,
    )


@dataclass(frozen=True, slots=True)
class Showing:
    """HITS of CONTENT: the templates of an exchange's passages, of its system text, and what else marks it.

    template  (numbers,) the template of each passage, -1 for none
    systems   the templates of system texts
    first     the template number of the first mark
    """

    template: NDArray[np.int32]
    systems: Under
    first: int

    def __call__(self, exchanges: pa.RecordBatch) -> pa.RecordBatch:
        """One row an exchange that shows any."""
        ends, values = lists(exchanges["passages"])
        mark_ends, marks = small_lists(exchanges["marks"])
        shown, shown_ends = joined(
            self.template[_number(values)], ends - ends[0],
            self.systems.numbers, self.systems.ends, self.systems.which(exchanges),
            marks[mark_ends[0] : mark_ends[-1]] + np.int32(self.first), mark_ends - mark_ends[0],
        )  # fmt: skip
        told = np.flatnonzero(np.diff(shown_ends))
        kept = pa.array(told)
        return pa.RecordBatch.from_arrays(
            [
                exchanges["row"].take(kept), exchanges["ix"].take(kept), exchanges["prompt_hash"].take(kept),
                pa.ListArray.from_arrays(
                    pa.array(np.r_[shown_ends[told], len(shown)], pa.int32()), pa.array(shown)
                ),
            ],
            schema=HITS,
        )  # fmt: skip


def showing(engine: Engine) -> Callable[[], Showing]:
    """What HITS looks up: TEMPLATE_OF, SYSTEM_CONTENT and the first of MARKS, which the engine holds."""

    def found() -> Showing:
        size = int(engine.query("SELECT count(*) AS n FROM candidates")["n"][0].as_py())
        of = engine.query("SELECT c, t FROM template_of")
        template = np.full(size, -1, np.int32)
        template[numbers(of["c"])] = numbers(of["t"])
        under = engine.query("""
            SELECT DISTINCT system_hash, t AS number FROM system_content JOIN template_of USING (c)
            ORDER BY system_hash, number""")
        first = int(
            engine.query("SELECT count(*) AS n FROM template_kinds WHERE kind = 'template'")["n"][0].as_py()
        )
        return Showing(template, Under.of(under), first)

    return once(found)


def hits_of(shard: Range, found: Callable[[], Showing]) -> Step:
    """HITS: which exchange shows which templates, tool lists, skeletons and shared prompts (`shown` numbers all)."""
    rows = f"content_{shard.number}"
    exchanges = f'SELECT "row", ix, prompt_hash, system_hash, passages, marks FROM {rows}'
    return Step(
        f"hits_{shard.number}",
        (rows, "system_content", "template_of", "template_kinds", "candidates"),
        f"""
        WITH told AS (
            SELECT "row", t FROM (SELECT "row", unnest(passages) AS told FROM {rows} WHERE passages IS NOT NULL)
            JOIN template_of ON c = told % {PLACE}
            UNION
            SELECT "row", t FROM {rows} JOIN (
                SELECT DISTINCT system_hash, t FROM system_content JOIN template_of USING (c)) USING (system_hash)
            UNION ALL
            SELECT "row", CAST(m + (SELECT count(*) FROM template_kinds WHERE kind = 'template') AS INTEGER) AS t
            FROM (SELECT "row", unnest(marks) AS m FROM {rows} WHERE marks IS NOT NULL))
        SELECT r."row", r.ix, r.prompt_hash, s.shown FROM {rows} r
        JOIN (SELECT "row", list_sort(list(t)) AS shown FROM told GROUP BY "row") s ON s."row" = r."row" """,
        batches=lambda: Batches(exchanges, found(), HITS),
    )


def holdings_of(shard: Range) -> Step:
    """HOLDINGS: one row a template and account: exchanges that show it, distinct prompts around it."""
    exchanges = f"SELECT ix, prompt_hash, shown FROM hits_{shard.number}"
    return Step(
        f"holdings_{shard.number}",
        (f"hits_{shard.number}",),
        f"""
        SELECT t, ix, count(*) AS exchanges,
               count(DISTINCT CASE WHEN prompt_hash <> {NO_PROMPT} THEN prompt_hash END) AS contexts
        FROM (SELECT ix, prompt_hash, unnest(shown) AS t FROM ({exchanges})) GROUP BY t, ix""",
        batches=lambda: Batches(exchanges, holdings, HOLDINGS, together="ix"),
    )


def _number(placed: NDArray[np.int64]) -> NDArray[np.int32]:
    """The numbers of CONTENT's passages."""
    return placed.astype(np.int32)  # the lower half
