"""Exchanges of listed clusters' members that show no template, but passages which hardly anybody else shows.

A template is text that accounts repeat; once the members are known, a wording that five of them used once, and nine in
ten of its users are members, marks their exchanges just as well, if it mostly stands beside the templates: what a
pool's other customers repeat never does.

What members alone decide is decided first. Nearly all their words stand in exchanges that show a template, or in one
exchange; the few that may mark another one are then looked for in everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.parts import Range, gather, leaving, repeated_values
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted
from stillwatch.score.steps import (
    carried_texts,
    exchange_weights,
    listed_holders_in,
    listed_members,
    listed_shown_in,
    listed_sightings_in,
)

ECHO_ACCOUNTS = 5
"""A passage is the members' own where so many of them at least used it,"""

ECHO_SHARE = 0.9
"""this share of all who did are members,"""

ECHO_BESIDE = 0.15
"""and this share of its uses at least stand in exchanges that show a template."""

ECHO_BITS = 4.0
"""What it weighs for one exchange: nine in ten of its users are members."""

ECHO_WORDS = pa.schema([pa.field("p", pa.int64()), pa.field("row", pa.int64()), pa.field("ix", pa.int32())])
ECHO_SHOWN = pa.schema([pa.field("p", pa.int64()), pa.field("account_id", pa.string())])


@dataclass(frozen=True, slots=True)
class Found:
    """Where passages `p` that are looked for stand in exchanges, whose other columns are those of `schema`."""

    p: NDArray[np.int64]
    wanted: Wanted
    schema: pa.Schema

    def __call__(self, exchanges: pa.RecordBatch) -> pa.RecordBatch:
        """One row a passage that is found, as often as it is."""
        lists = exchanges["passages"]
        row, number = self.wanted.among(lists.values.to_numpy(), lists.offsets.to_numpy().astype(np.int64))
        place = pa.array(row)
        beside = (exchanges[name].take(place) for name in self.schema.names[1:])
        return pa.RecordBatch.from_arrays([pa.array(self.p[number]), *beside], schema=self.schema)


def find_echoes(engine: Engine, parts: Sequence[Range], added: Mapping[int, NDArray[np.int64]]) -> None:
    """Leaves LISTED_SIGHTINGS and ECHOES.

    added  cluster → accounts that belong to it beside its members
    """
    with leaving(engine, "listed_sightings", "echoes"):
        sizes = [len(accounts) for accounts in added.values()]
        everyone = np.concatenate([np.zeros(0, np.int64), *added.values()])
        engine.put(
            "added",
            pa.table(
                {
                    "cluster": pa.array(np.repeat(np.array(list(added), np.int64), sizes), pa.int64()),
                    "ix": pa.array(everyone, pa.int32()),
                }
            ),
        )
        engine.run(listed_members())
        engine.run(carried_texts())
        engine.each(engine.run, [listed_shown_in(part) for part in parts])
        gather(engine, "listed_holders", [listed_holders_in(part) for part in parts])
        engine.run(exchange_weights())
        gather(engine, "listed_sightings", [listed_sightings_in(part) for part in parts])
        find_words(engine, parts)


def find_words(engine: Engine, parts: Sequence[Range]) -> None:
    """Leaves ECHOES, beside LISTED_SIGHTINGS."""
    engine.run(echo_members())
    gather(engine, "echo_sent", [echo_sent(part) for part in parts])
    words = int(
        engine.query("SELECT CAST(sum(len(passages)) AS BIGINT) AS n FROM echo_sent")["n"][0].as_py() or 0
    )
    repeated_values(engine, "words_often", "unnest(passages)", "echo_sent", words, ECHO_ACCOUNTS)
    for step in (
        echo_untold(), echo_words(engine), echo_inside(), echo_shown(engine), echo_told(), echoes()
    ):  # fmt: skip
        engine.run(step)


def echo_members() -> Step:
    """ECHO_MEMBERS: the accounts of listed clusters."""
    return Step(
        "echo_members",
        ("listed_members", "people"),
        "SELECT c.cluster, c.ix, p.account_id FROM listed_members c JOIN people p ON p.ix = c.ix",
    )


def echo_sent(part: Range) -> Step:
    """ECHO_SENT: what the members among a range of accounts sent; `untold` where a cluster of theirs has no sighting."""
    return Step(
        f"echo_sent_{part.number}",
        ("prints", "echo_members", "dropped", f"listed_sightings_{part.number}"),
        f"""
        SELECT p."row", m.ix, p.passages, coalesce(s.clusters, 0) < m.clusters AS untold
        FROM prints p
        JOIN (SELECT ix, account_id, count(*) AS clusters FROM echo_members GROUP BY ix, account_id) m
          ON m.account_id = p.account_id
        LEFT JOIN (
            SELECT "row", count(*) AS clusters FROM listed_sightings_{part.number} GROUP BY "row") s
          ON s."row" = p."row"
        WHERE {part.accounts("p.account_id")} AND p.passages IS NOT NULL
          AND p."row" NOT IN (SELECT "row" FROM dropped)""",
        large=True,
    )


def echo_untold() -> Step:
    """ECHO_UNTOLD: passages that come ECHO_ACCOUNTS times, and at least once where no template tells the exchange."""
    return Step(
        "echo_untold",
        ("echo_sent", "words_often"),
        """
        SELECT DISTINCT p FROM (SELECT unnest(passages) AS p FROM echo_sent WHERE untold)
        WHERE p IN (SELECT value FROM words_often)""",
    )


def echo_words(engine: Engine) -> Step:
    """ECHO_WORDS: where members show these passages, which the engine holds."""

    def looks() -> Batches:
        return Batches(
            'SELECT "row", ix, passages FROM echo_sent', _found(engine, "echo_untold", ECHO_WORDS), ECHO_WORDS
        )

    return Step(
        "echo_words",
        ("echo_sent", "echo_untold"),
        """
        SELECT p, "row", ix FROM (SELECT "row", ix, unnest(passages) AS p FROM echo_sent)
        WHERE p IN (SELECT p FROM echo_untold)""",
        batches=looks,
    )


def echo_inside() -> Step:
    """ECHO_INSIDE: those that at least ECHO_ACCOUNTS members of a cluster show, mostly enough beside its templates."""
    return Step(
        "echo_inside",
        ("echo_words", "echo_members", "listed_sightings"),
        f"""
        SELECT m.cluster, w.p, count(DISTINCT w.ix) AS accounts
        FROM echo_words w JOIN echo_members m ON m.ix = w.ix
        LEFT JOIN listed_sightings s ON s.cluster = m.cluster AND s."row" = w."row"
        GROUP BY m.cluster, w.p
        HAVING count(DISTINCT w.ix) >= {ECHO_ACCOUNTS} AND count(s."row") < count(*)
           AND count(s."row") >= {ECHO_BESIDE} * count(*)""",
    )


def echo_shown(engine: Engine) -> Step:
    """ECHO_SHOWN: accounts that show a passage of ECHO_INSIDE, which the engine holds."""
    prompts = """
        SELECT account_id, passages FROM prints
        WHERE "row" NOT IN (SELECT "row" FROM dropped) AND passages IS NOT NULL"""
    return Step(
        "echo_shown",
        ("prints", "dropped", "echo_inside"),
        f"""
        SELECT p, account_id FROM (SELECT account_id, unnest(passages) AS p FROM ({prompts}))
        WHERE p IN (SELECT p FROM echo_inside)""",
        batches=lambda: Batches(prompts, _found(engine, "echo_inside", ECHO_SHOWN), ECHO_SHOWN),
    )


def echo_told() -> Step:
    """ECHO_TOLD: how many accounts of all show a passage of ECHO_INSIDE."""
    return Step(
        "echo_told",
        ("echo_shown",),
        "SELECT p, count(*) AS degree FROM (SELECT DISTINCT p, account_id FROM echo_shown) GROUP BY p",
    )


def echoes() -> Step:
    """ECHOES: members' exchanges that no template tells, and a passage does of whose users ECHO_SHARE are members."""
    return Step(
        "echoes",
        ("echo_words", "echo_inside", "echo_told", "echo_members", "listed_sightings"),
        f"""
        SELECT DISTINCT i.cluster, w."row", w.ix, CAST({ECHO_BITS} AS DOUBLE) AS bits
        FROM echo_inside i JOIN echo_told t ON t.p = i.p JOIN echo_words w ON w.p = i.p
        JOIN echo_members m ON m.cluster = i.cluster AND m.ix = w.ix
        LEFT JOIN listed_sightings s ON s.cluster = i.cluster AND s."row" = w."row"
        WHERE i.accounts >= {ECHO_SHARE} * t.degree AND s."row" IS NULL""",
    )


def _found(engine: Engine, passages: str, schema: pa.Schema) -> Found:
    """Looks for the passages `p` of a table that the engine holds."""
    p = engine.query(f"SELECT DISTINCT p FROM {passages} ORDER BY p")["p"].to_numpy()
    return Found(p, Wanted.of(p), schema)
