"""What the members of a cluster send besides: meaning of a sample of their other exchanges."""

from __future__ import annotations

from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Step

MOST_ACCOUNTS = 200
MOST_EXCHANGES = 40
"""Of a cluster so many accounts are looked at, and so many sampled exchanges of each: more tell no more."""

FEWEST_BESIDE = 12
"""An account that sends fewer exchanges besides has too few in the sample to tell topics from."""


def sent_in() -> Step:
    """SENT_IN: how many exchanges of each judged member show its cluster's templates, about."""
    return Step(
        "sent_in",
        ("sighting_bits", "holdings", "judged"),
        """
        SELECT j.cluster, j.ix, max(h.exchanges) AS n
        FROM sighting_bits b JOIN holdings h ON h.t = b.t
        JOIN judged j ON j.cluster = b.cluster AND j.ix = h.ix
        GROUP BY j.cluster, j.ix""",
    )


def sends_besides() -> Step:
    """SENDS_BESIDES: judged members with enough other exchanges, MOST_ACCOUNTS of each cluster."""
    return Step(
        "sends_besides",
        ("sent_in", "people", "scene_batches"),
        f"""
        SELECT cluster, ix, account_id, batch FROM (
            SELECT s.cluster, s.ix, p.account_id, b.batch,
                   row_number() OVER (PARTITION BY s.cluster ORDER BY s.ix) AS place
            FROM sent_in s JOIN people p ON p.ix = s.ix JOIN scene_batches b ON b.cluster = s.cluster
            WHERE p.exchanges - s.n >= {FEWEST_BESIDE})
        WHERE place <= {MOST_ACCOUNTS}""",
    )


def elsewhere_in(part: Range) -> Step:
    """The sampled exchanges of those members in a range of accounts that show none of their cluster's templates."""
    return Step(
        f"elsewhere_{part.number}",
        (f"sampled_{part.number}", "sends_besides", f"sighted_{part.number}"),
        f"""
        SELECT cluster, ix, us, exchange_id, semantic, batch FROM (
            SELECT b.cluster, b.ix, m.us, m.exchange_id, m.semantic, b.batch,
                   row_number() OVER (PARTITION BY b.cluster, b.ix ORDER BY m.us, m.exchange_id) AS place
            FROM sampled_{part.number} m JOIN sends_besides b ON b.account_id = m.account_id
            LEFT JOIN sighted_{part.number} s
                   ON s.cluster = b.cluster AND s."row" = m."row"
            WHERE s."row" IS NULL)
        WHERE place <= {MOST_EXCHANGES}""",
        large=True,
        apart="batch",
    )
