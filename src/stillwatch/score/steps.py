"""Relational steps of the score room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stillwatch.engines.parts import gather, leaving, repeated_values
from stillwatch.engines.plan import Batches, Engine, Step
from stillwatch.kernels.lookup import Wanted
from stillwatch.score.ranges import Range

ECHO_SHOWN = pa.schema([pa.field("p", pa.int64()), pa.field("account_id", pa.string())])

FAILOVER = 600_000_000
"""Microseconds in which another account takes a refused task over."""

ECHO_ACCOUNTS = 5
ECHO_SHARE = 0.9
ECHO_BESIDE = 0.15
ECHO_BITS = 4.0
"""What a passage of members' own weighs for one exchange: nine in ten of its users are members."""


def outsiders() -> Step:
    """OUTSIDERS: how many accounts outside a cluster show a template that ties it."""
    return Step(
        "outsiders",
        ("holdings", "clusters", "cluster_templates"),
        """
        SELECT ct.cluster, count(DISTINCT h.ix) AS accounts
        FROM cluster_templates ct JOIN holdings h USING (t)
        LEFT JOIN clusters c ON c.cluster = ct.cluster AND c.ix = h.ix
        WHERE ct.bits >= 2 AND c.ix IS NULL GROUP BY ct.cluster""",
    )


def address_outsiders() -> Step:
    """ADDRESS_OUTSIDERS: for each address of a cluster's members, how many accounts outside show it too."""
    return Step(
        "address_outsiders",
        ("indicators", "clusters"),
        """
        SELECT c.cluster, i.key, max(i.degree) - count(*) AS accounts
        FROM clusters c JOIN indicators i ON i.ix = c.ix AND i.kind = 'address'
        GROUP BY c.cluster, i.key""",
    )


def signatures() -> Step:
    """SIGNATURES: reasoning signatures that came from more than one account or conversation, with how many."""
    return Step(
        "signatures",
        ("prints", "dropped", "signatures_twice"),
        """
        SELECT reasoning_signature_hash, greatest(count(DISTINCT account_id), count(DISTINCT conversation_id)) AS places
        FROM prints
        WHERE reasoning_signature_hash IN (SELECT value FROM signatures_twice)
          AND "row" NOT IN (SELECT "row" FROM dropped)
        GROUP BY reasoning_signature_hash
        HAVING count(DISTINCT account_id) >= 2 OR count(DISTINCT conversation_id) >= 2""",
    )


def taken_over() -> Step:
    """TAKEN_OVER: exchanges answered with an error whose very prompt another account sent within minutes.

    Going back through a prompt's exchanges, two of those behind a place are kept in mind: the next answered one, and
    the next one that another account sent than that. One of the two is by somebody else, whoever asks; so a
    prompt that a million accounts sent costs a million rows.
    """
    return Step(
        "taken_over",
        ("prints", "verbatim", "dropped"),
        f"""
        WITH refused AS (
            SELECT DISTINCT prompt_hash FROM prints JOIN verbatim USING (prompt_hash) WHERE status >= 400),
        sent AS (
            SELECT "row", account_id, prompt_hash, epoch_us(ts) AS us, coalesce(status >= 400, false) AS failed
            FROM prints JOIN refused USING (prompt_hash) WHERE "row" NOT IN (SELECT "row" FROM dropped)),
        placed AS (
            SELECT *, row_number() OVER (PARTITION BY prompt_hash ORDER BY us DESC, failed, account_id, "row") AS place
            FROM sent),
        soonest AS (
            SELECT *,
                   last_value(CASE WHEN NOT failed THEN account_id END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS account,
                   last_value(CASE WHEN NOT failed THEN us END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS soon
            FROM placed),
        turned AS (
            SELECT *,
                   lag(account) OVER (PARTITION BY prompt_hash ORDER BY place) AS account_before,
                   lag(soon) OVER (PARTITION BY prompt_hash ORDER BY place) AS soon_before
            FROM soonest),
        known AS (
            SELECT *,
                   last_value(CASE WHEN account <> account_before THEN soon_before END IGNORE NULLS)
                       OVER (PARTITION BY prompt_hash ORDER BY place) AS by_another
            FROM turned)
        SELECT "row" FROM known
        WHERE failed AND CASE WHEN account <> account_id THEN soon ELSE by_another END <= us + {FAILOVER}""",
    )


def echo_members() -> Step:
    """ECHO_MEMBERS: the accounts of listed clusters."""
    return Step(
        "echo_members",
        ("listed_members", "people"),
        "SELECT c.cluster, c.ix, p.account_id FROM listed_members c JOIN people p ON p.ix = c.ix",
    )


def echo_words(part: Range) -> Step:
    """ECHO_WORDS: the passages of what the members among a range of accounts sent, one row each."""
    return Step(
        f"echo_words_{part.number}",
        ("prints", "echo_members", "dropped"),
        f"""
        SELECT "row", ix, unnest(passages) AS p
        FROM prints JOIN (SELECT DISTINCT ix, account_id FROM echo_members) USING (account_id)
        WHERE {part.accounts("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)""",
        large=True,
    )


def echo_inside() -> Step:
    """ECHO_INSIDE: passages that at least ECHO_ACCOUNTS members of a cluster show."""
    return Step(
        "echo_inside",
        ("echo_words", "echo_members", "words_often"),
        f"""
        SELECT cluster, p, count(*) AS accounts FROM (
            SELECT DISTINCT m.cluster, m.ix, w.p FROM echo_words w JOIN echo_members m ON m.ix = w.ix
            WHERE w.p IN (SELECT value FROM words_often))
        GROUP BY cluster, p HAVING count(*) >= {ECHO_ACCOUNTS}""",
    )


@dataclass(frozen=True, slots=True)
class EchoLook:
    """Which accounts show the passages `p` that are looked for, in prompts (account_id, passages)."""

    p: NDArray[np.int64]
    wanted: Wanted

    def __call__(self, prompts: pa.RecordBatch) -> pa.RecordBatch:
        """One row a passage that is found, as often as it is."""
        lists = prompts["passages"]
        row, number = self.wanted.among(lists.values.to_numpy(), lists.offsets.to_numpy().astype(np.int64))
        return pa.RecordBatch.from_arrays(
            [pa.array(self.p[number]), prompts["account_id"].take(pa.array(row))], schema=ECHO_SHOWN
        )


def echo_shown(engine: Engine) -> Step:
    """ECHO_SHOWN: accounts that show a passage of ECHO_INSIDE, which the engine holds."""
    prompts = """
        SELECT account_id, passages FROM prints
        WHERE "row" NOT IN (SELECT "row" FROM dropped) AND passages IS NOT NULL"""

    def looks() -> Batches:
        p = engine.query("SELECT DISTINCT p FROM echo_inside ORDER BY p")["p"].to_numpy()
        return Batches(prompts, EchoLook(p, Wanted.of(p)), ECHO_SHOWN)

    return Step(
        "echo_shown",
        ("prints", "dropped", "echo_inside"),
        f"""
        SELECT p, account_id FROM (SELECT account_id, unnest(passages) AS p FROM ({prompts}))
        WHERE p IN (SELECT p FROM echo_inside)""",
        batches=looks,
    )


def echo_told() -> Step:
    """ECHO_TOLD: how many accounts of all show a passage of ECHO_INSIDE."""
    return Step(
        "echo_told",
        ("echo_shown",),
        "SELECT p, count(*) AS degree FROM (SELECT DISTINCT p, account_id FROM echo_shown) GROUP BY p",
    )


def echoes() -> Step:
    """ECHOES: exchanges of listed clusters' members that show passages which hardly anybody else shows.

    A template is text that accounts repeat; once the members are known, a wording that five of them used
    once, and nine in ten of its users are members, marks their exchanges just as well, if it mostly
    stands beside the templates: what a pool's other customers repeat never does.
    """
    return Step(
        "echoes",
        ("echo_words", "echo_inside", "echo_told", "echo_members", "listed_sightings"),
        f"""
        WITH common AS (
            SELECT i.cluster, i.p FROM echo_inside i JOIN echo_told t USING (p)
            WHERE i.accounts >= {ECHO_SHARE} * t.degree),
        shown AS (
            SELECT c.cluster, c.p, w."row", w.ix, s."row" IS NOT NULL AS sighted FROM common c
            JOIN echo_words w ON w.p = c.p
            JOIN echo_members m ON m.cluster = c.cluster AND m.ix = w.ix
            LEFT JOIN listed_sightings s ON s.cluster = c.cluster AND s."row" = w."row"),
        own AS (
            SELECT cluster, p FROM shown GROUP BY cluster, p
            HAVING count(*) FILTER (sighted) >= {ECHO_BESIDE} * count(*))
        SELECT DISTINCT cluster, "row", ix, CAST({ECHO_BITS} AS DOUBLE) AS bits
        FROM shown JOIN own USING (cluster, p) WHERE NOT sighted""",
    )


def listed_members() -> Step:
    """LISTED_MEMBERS: the members of listed clusters, and who was added to them."""
    return Step(
        "listed_members",
        ("clusters", "listed_clusters", "added"),
        """
        SELECT cluster, ix FROM clusters JOIN listed_clusters USING (cluster)
        UNION
        SELECT cluster, ix FROM added""",
    )


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
        for part in parts:
            engine.run(listed_shown_in(part))
        gather(engine, "listed_holders", [listed_holders_in(part) for part in parts])
        engine.run(exchange_weights())
        gather(engine, "listed_sightings", [listed_sightings_in(part) for part in parts])
        _find_echoes(engine, parts)


def _find_echoes(engine: Engine, parts: Sequence[Range]) -> None:
    engine.run(echo_members())
    gather(engine, "echo_words", [echo_words(part) for part in parts])
    words = int(engine.query("SELECT count(*) AS n FROM echo_words")["n"][0].as_py())
    repeated_values(engine, "words_often", "p", "echo_words", words, ECHO_ACCOUNTS)
    engine.run(echo_inside())
    for step in (echo_shown(engine), echo_told(), echoes()):
        engine.run(step)


def find_signatures(engine: Engine) -> None:
    """Leaves SIGNATURES."""
    rows = int(engine.query("SELECT count(reasoning_signature_hash) AS n FROM prints")["n"][0].as_py())
    repeated_values(engine, "signatures_twice", "reasoning_signature_hash", "prints", rows)
    engine.run(signatures())


def listed_shown_in(part: Range) -> Step:
    """LISTED_SHOWN: exchanges of all accounts that show a template of a listed cluster; `whole` bits weighs the heaviest."""
    return Step(
        f"listed_shown_{part.number}",
        (f"hits_{part.number}", "sighting_bits", "listed_clusters"),
        f"""
        SELECT b.cluster, h."row", h.ix, CAST(floor(max(b.bits)) AS BIGINT) AS whole
        FROM (SELECT "row", ix, unnest(shown) AS t FROM hits_{part.number}) h
        JOIN sighting_bits b ON b.t = h.t JOIN listed_clusters l ON l.cluster = b.cluster
        GROUP BY b.cluster, h."row", h.ix""",
        large=True,
    )


def listed_holders_in(part: Range) -> Step:
    """LISTED_HOLDERS: the accounts that show so many bits of a listed cluster, and no more, in an exchange."""
    return Step(
        f"listed_holders_{part.number}",
        (f"listed_shown_{part.number}",),
        f"SELECT DISTINCT cluster, whole, ix FROM listed_shown_{part.number}",
    )


def exchange_weights() -> Step:
    """EXCHANGE_WEIGHTS: what it weighs, in bits, that a member's exchange shows a template so heavy, and none heavier.

    How many of the members send such exchanges, against how many others do: what the others do the members
    would do without the campaign, too. Exchanges of one account depend on each other, so accounts are counted. The
    heaviest template of an exchange is what it shows: that a light one often stands beside a heavy one says nothing
    of where it stands alone. Templates of like weight are weighed together, since alone they are too rarely alone.
    """
    return Step(
        "exchange_weights",
        ("listed_holders", "listed_members", "people"),
        """
        WITH counted AS (
            SELECT h.cluster, h.whole, count(c.ix) AS inside, count(*) - count(c.ix) AS outside
            FROM listed_holders h LEFT JOIN listed_members c ON c.cluster = h.cluster AND c.ix = h.ix
            GROUP BY h.cluster, h.whole),
        size AS (
            SELECT cluster, count(*) AS members, (SELECT count(*) FROM people) - count(*) AS others
            FROM listed_members GROUP BY cluster),
        shares AS (
            SELECT k.cluster, k.whole, (k.inside + 0.5) / (s.members + 1.0) AS m,
                   (k.outside + 0.5) / (s.others + 1.0) AS u
            FROM counted k JOIN size s ON s.cluster = k.cluster)
        SELECT cluster, whole, round(ln((m - u) / u) / ln(2.0), 6) AS bits FROM shares WHERE m >= 2.0 * u""",
    )


def listed_sightings_in(part: Range) -> Step:
    """LISTED_SIGHTINGS: exchanges of listed clusters' members that are likelier theirs than not, with their weight."""
    return Step(
        f"listed_sightings_{part.number}",
        (f"listed_shown_{part.number}", "exchange_weights", "listed_members"),
        f"""
        SELECT s.cluster, s."row", s.ix, w.bits FROM listed_shown_{part.number} s
        JOIN exchange_weights w ON w.cluster = s.cluster AND w.whole = s.whole
        JOIN listed_members c ON c.cluster = s.cluster AND c.ix = s.ix""",
        large=True,
    )
