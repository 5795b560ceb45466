"""One row an account: how much, when and from where it asked. Also which rows repeat an exchange id."""

from __future__ import annotations

from stillwatch.engines.plan import Step

TRIG = 1_000_000
"""Sines and cosines are summed as millionths: integer sums don't depend on the order of rows."""

_HOUR_ANGLE = "(epoch_us(p.ts) // 1000000 % 86400) / CAST(86400 AS DOUBLE) * 2 * pi()"
"""Whole seconds: there are few enough to see that every engine has the same sine of each."""


def repeated() -> Step:
    """REPEATED: rows whose exchange id was seen before, with their rank among their equals.

    A given id that comes twice is a fault of the logs: the first by time stands. A derived id that
    comes twice is the same request sent twice, and both stand.
    """
    return Step(
        "repeated",
        ("prints",),
        """
        SELECT "row", exchange_id, id_derived, source, line, rank FROM (
            SELECT "row", exchange_id, id_derived, source, line,
                   row_number() OVER (PARTITION BY exchange_id
                                      ORDER BY ts, account_id, prompt_bytes, source, line) AS rank
            FROM prints WHERE exchange_id IN (
                SELECT exchange_id FROM prints GROUP BY exchange_id HAVING count(*) > 1))
        WHERE rank > 1""",
    )


def dropped() -> Step:
    """DROPPED: rows that no later step reads."""
    return Step("dropped", ("repeated",), 'SELECT "row" FROM repeated WHERE NOT id_derived')


def addresses() -> Step:
    """ADDRESSES: for each account, pairs of its exchanges that came from one network prefix."""
    return Step(
        "addresses",
        ("prints", "dropped"),
        """
        SELECT account_id, count(*) AS prefixes, CAST(sum(n) AS BIGINT) AS addressed,
               CAST(sum(n * (n - 1)) AS BIGINT) AS same_prefix
        FROM (SELECT account_id, prefix_hash, count(*) AS n FROM prints
              WHERE prefix_hash IS NOT NULL AND "row" NOT IN (SELECT "row" FROM dropped)
              GROUP BY account_id, prefix_hash)
        GROUP BY account_id""",
    )


def people() -> Step:
    """PEOPLE: accounts in the order of their ids, numbered `ix` from 0, with sums over their traffic."""
    return Step(
        "people",
        ("prints", "dropped", "addresses"),
        f"""
        SELECT CAST(row_number() OVER (ORDER BY account_id) - 1 AS INTEGER) AS ix, * FROM (
            SELECT p.account_id,
                   count(*) AS exchanges,
                   min(p.ts) AS first_seen, max(p.ts) AS last_seen,
                   count(DISTINCT epoch_us(p.ts) // 86400000000) AS days,
                   sum(CAST(round(cos({_HOUR_ANGLE}) * {TRIG}) AS BIGINT)) AS hour_cos,
                   sum(CAST(round(sin({_HOUR_ANGLE}) * {TRIG}) AS BIGINT)) AS hour_sin,
                   count(*) FILTER (p.turns > 1)
                   + count(p.conversation_id) FILTER (coalesce(p.turns, 1) <= 1)
                   - count(DISTINCT p.conversation_id) FILTER (coalesce(p.turns, 1) <= 1) AS followups,
                   sum(coalesce(p.output_tokens, 0)) AS output_tokens,
                   max(a.prefixes) AS prefixes, max(a.addressed) AS addressed,
                   max(a.same_prefix) AS same_prefix
            FROM prints p LEFT JOIN addresses a USING (account_id) WHERE p."row" NOT IN (SELECT "row" FROM dropped)
            GROUP BY p.account_id)""",
    )


PEOPLE_STEPS = (repeated(), dropped(), addresses(), people())
