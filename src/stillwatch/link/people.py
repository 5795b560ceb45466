"""One row an account: how much, when and from where it asked. Also which rows repeat an exchange id."""

from __future__ import annotations

from stillwatch.engines.parts import Range, repeated_values
from stillwatch.engines.plan import Engine, Step
from stillwatch.model.exchanges import DAY

TRIG = 1_000_000
"""Sines and cosines are summed as millionths: integer sums don't depend on the order of rows."""

_HOUR_ANGLE = "(epoch_us(ts) // 1000000 % 86400) / CAST(86400 AS DOUBLE) * 2 * pi()"
"""Whole seconds: there are few enough to see that every engine has the same sine of each."""

_ID_NAME = "CAST(hash(exchange_id) // 2 AS BIGINT)"
"""A number of an exchange id that equal ids share; others do by accident, and are told apart afterwards."""


def find_repeated(engine: Engine, rows: int) -> None:
    """Leaves REPEATED and DROPPED; `rows` there are in PRINTS."""
    repeated_values(engine, "ids_twice", _ID_NAME, "prints", rows)
    engine.run(repeated())
    engine.run(dropped())


def repeated() -> Step:
    """REPEATED: rows whose exchange id was seen before, with their rank among their equals.

    A given id that comes twice is a fault of the logs: the first by time stands. A derived id that
    comes twice is the same request sent twice, and both stand.
    """
    return Step(
        "repeated",
        ("prints", "ids_twice"),
        f"""
        SELECT "row", exchange_id, id_derived, source, line, rank FROM (
            SELECT "row", exchange_id, id_derived, source, line,
                   row_number() OVER (PARTITION BY exchange_id
                                      ORDER BY ts, account_id, prompt_bytes, prompt_hash, system_hash, source, line) AS rank
            FROM prints WHERE {_ID_NAME} IN (SELECT value FROM ids_twice))
        WHERE rank > 1""",
    )


def dropped() -> Step:
    """DROPPED: rows that no later step reads."""
    return Step("dropped", ("repeated",), 'SELECT "row" FROM repeated WHERE NOT id_derived')


def part(shard: Range) -> Step:
    """What is counted of the exchanges of a range of accounts, without the rows that are dropped.

    `talk` is the conversation that an exchange begins, or is all of.
    """
    return Step(
        f"part_{shard.number}",
        ("prints", "numbered", "dropped"),
        f"""
        SELECT ix, ts, turns > 1 AS follows, output_tokens, elicitation >= 0.5 AS elicits,
               CASE WHEN coalesce(turns, 1) <= 1 THEN conversation_id END AS talk,
               prompt_hash, prompt_words, tools_hash, skeleton_hash, ip_hash, prefix_hash, asn, country,
               user_agent_hash, ja4_hash, params_hash
        FROM prints JOIN numbered USING (account_id)
        WHERE {shard.accounts("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)""",
    )


def people_of(shard: Range) -> Step:
    """PEOPLE of a range of accounts: sums over their traffic.

    `same_prefix` and `same_country` count pairs of an account's exchanges that came from one network prefix, from one country.
    """
    rows = f"part_{shard.number}"
    return Step(
        f"people_{shard.number}",
        (rows, f"places_{shard.number}", "numbered"),
        f"""
        WITH addresses AS (
            SELECT ix, CAST(sum(n) AS BIGINT) AS addressed, CAST(sum(n * (n - 1)) AS BIGINT) AS same_prefix
            FROM (SELECT ix, prefix_hash, CAST(sum(n) AS BIGINT) AS n FROM places_{shard.number}
                  WHERE prefix_hash IS NOT NULL GROUP BY ix, prefix_hash)
            GROUP BY ix),
        countries AS (
            SELECT ix, CAST(sum(n) AS BIGINT) AS located, CAST(sum(n * (n - 1)) AS BIGINT) AS same_country
            FROM (SELECT ix, country, CAST(sum(n) AS BIGINT) AS n FROM places_{shard.number}
                  WHERE country IS NOT NULL GROUP BY ix, country)
            GROUP BY ix),
        days AS (
            SELECT ix, count(*) AS days
            FROM (SELECT DISTINCT ix, epoch_us(ts) // {DAY} AS day FROM {rows}) GROUP BY ix),
        talks AS (
            SELECT ix, count(*) AS talks
            FROM (SELECT DISTINCT ix, talk FROM {rows} WHERE talk IS NOT NULL) GROUP BY ix),
        sums AS (
            SELECT ix, count(*) AS exchanges, min(ts) AS first_seen, max(ts) AS last_seen,
                   sum(CAST(round(cos({_HOUR_ANGLE}) * {TRIG}) AS BIGINT)) AS hour_cos,
                   sum(CAST(round(sin({_HOUR_ANGLE}) * {TRIG}) AS BIGINT)) AS hour_sin,
                   count(*) FILTER (follows) + count(talk) AS talked,
                   sum(coalesce(output_tokens, 0)) AS output_tokens,
                   count(*) FILTER (output_tokens > 0) AS answered,
                   count(*) FILTER (elicits) AS elicits
            FROM {rows} GROUP BY ix)
        SELECT s.ix, n.account_id, s.exchanges, s.first_seen, s.last_seen, d.days, s.hour_cos, s.hour_sin,
               s.talked - coalesce(t.talks, 0) AS followups, s.output_tokens,
               s.answered, s.elicits, a.addressed, a.same_prefix, c.located, c.same_country
        FROM sums s JOIN numbered n ON n.ix = s.ix JOIN days d ON d.ix = s.ix
        LEFT JOIN talks t ON t.ix = s.ix LEFT JOIN addresses a ON a.ix = s.ix
        LEFT JOIN countries c ON c.ix = s.ix""",
    )
