"""Tables made part by part, so that no part needs more memory than there is, and how long tables last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stillwatch.engines.plan import Engine, Step

BUCKET_ROWS = 40_000_000
"""Values that are looked up over all accounts are divided into buckets of about so many."""


@contextmanager
def leaving(engine: Engine, *names: str) -> Iterator[None]:
    """Of the tables that the block makes, those of these names and their parts (`name_0`, …) last beyond it."""
    before = engine.tables
    yield
    made = sorted(engine.tables - before)
    engine.drop(*(name for name in made if name not in names and _whole(name) not in names))


def _whole(part: str) -> str:
    """The table that a part's name speaks of: `hits` for `hits_12`."""
    name, _, number = part.rpartition("_")
    return name if number.isdigit() else part


def gather(engine: Engine, name: str, parts: Sequence[Step]) -> None:
    """Runs the parts and leaves their rows together as table `name`."""
    for part in parts:
        engine.run(part)
    together(engine, name, [part.name for part in parts])


def together(engine: Engine, name: str, parts: Sequence[str]) -> None:
    """Leaves the rows of all the parts as table `name`, which reads them where they are."""
    engine.run(
        Step(name, tuple(parts), " UNION ALL ".join(f"SELECT * FROM {part}" for part in parts), stored=False)
    )


def repeated_values(engine: Engine, name: str, value: str, table: str, rows: int, at_least: int = 2) -> None:
    """Leaves table `name` with a column `value`: what occurs at least so many times in `table`.

    value  an expression of whole numbers over columns of the table; null is left out
    rows   how many values there are, about
    """
    count = 1 + rows // BUCKET_ROWS
    values = Step(
        f"{name}_values",
        (table,),
        f"""
        SELECT value, CAST(abs(value % {count}) AS BIGINT) AS bucket
        FROM (SELECT {value} AS value FROM {table}) WHERE value IS NOT NULL""",
        stored=count > 1,
        large=count > 1,
        apart="bucket" if count > 1 else "",
    )
    with leaving(engine, name):
        engine.run(values)
        gather(engine, name, [_often(name, number, at_least) for number in range(count)])


def _often(name: str, bucket: int, at_least: int) -> Step:
    return Step(
        f"{name}_{bucket}",
        (f"{name}_values",),
        f"""
        SELECT value FROM {name}_values WHERE bucket = {bucket}
        GROUP BY value HAVING count(*) >= {at_least}""",
    )
