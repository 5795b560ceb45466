"""The first pass over the logs: everything that is counted by account, range by range of accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stillwatch.engines.parts import Range, leaving, repeated_values, together
from stillwatch.engines.plan import Engine, Step
from stillwatch.link.content import marked_by, sent_by, texts_of
from stillwatch.link.indicators import client_degrees, clients_of, find_indicators, places_of, shown_by
from stillwatch.link.passages import habits_of
from stillwatch.link.people import find_repeated, part, people_of
from stillwatch.link.shards import numbered, shards

Counts = Mapping[str, Callable[[Range], Step]]

FROM_PART: Counts = {
    "people": people_of,
    "shown": shown_by,
    "clients": clients_of,
    "marked": marked_by,
    "sent": sent_by,
}
FROM_PRINTS: Counts = {"texts": texts_of, "habits": habits_of}
"""What is counted by account: the table that all ranges make together, and the step of one range."""

LEFT = (
    "repeated", "dropped", "prompts_twice", "numbered", "ranges", "people", "indicators", "client_degrees", "texts",
    "habits", "marked", "sent",
)  # fmt: skip
"""Tables that are read on when accounts are counted."""


def count_accounts(engine: Engine, tick: Callable[[str], None]) -> tuple[Range, ...]:
    """The ranges of accounts, with PEOPLE, INDICATORS, CLIENT_DEGREES, TEXTS, HABITS, MARKED and SENT counted.

    engine  holds `prints` (FINGERPRINTS with a row number) and `accounts` (ACCOUNT_PRINTS)
    tick    told the name of each part before it begins
    """
    tick("accounts")
    with leaving(engine, *LEFT):
        return _counted(engine, tick)


def _counted(engine: Engine, tick: Callable[[str], None]) -> tuple[Range, ...]:
    rows = int(engine.query("SELECT count(*) AS n FROM prints")["n"][0].as_py())
    find_repeated(engine, rows)
    repeated_values(engine, "prompts_twice", "prompt_hash", "prints", rows)
    engine.run(numbered())
    parts = shards(engine)
    tick("indicators")

    def count(shard: Range) -> None:
        of_shard = part(shard), places_of(shard)
        for step in of_shard:
            engine.run(step)
        for build in FROM_PART.values():
            engine.run(build(shard))
        engine.drop(*(step.name for step in of_shard))
        # Long lists come when the part is gone, and have its room.
        for build in FROM_PRINTS.values():
            engine.run(build(shard))

    engine.each(count, parts)
    for name in (*FROM_PART, *FROM_PRINTS):
        together(engine, name, [f"{name}_{shard.number}" for shard in parts])
    find_indicators(engine)
    engine.run(client_degrees())
    return parts
