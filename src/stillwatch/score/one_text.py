"""Clusters that fill one text between them: a campaign of which some fill more than that, and the rest of it."""

from __future__ import annotations

from stillwatch.engines.plan import Engine, Step
from stillwatch.score.scenes import TYING_BITS

MOST = 0.75
"""So many of the members of either show the text,"""

NOBODY_ELSE = 0.9
"""and so many of those who show it are members of one of the two."""


def one_text() -> Step:
    """ONE_TEXT: pairs of clusters with no members in common, or hardly any, whose members show one template, and hardly
    anybody else does; and one of the two shows nothing that the other doesn't.

    Two campaigns that share a rare phrase fill a text of their own each.
    """
    return Step(
        "one_text",
        ("holdings", "clusters", "cluster_templates"),
        f"""
        WITH shown AS (
            SELECT ct.cluster, ct.t, count(*) AS n
            FROM cluster_templates ct JOIN holdings h ON h.t = ct.t
            JOIN clusters c ON c.cluster = ct.cluster AND c.ix = h.ix
            WHERE ct.bits >= {TYING_BITS} GROUP BY ct.cluster, ct.t),
        sizes AS (SELECT cluster, count(*) AS size FROM clusters GROUP BY cluster),
        most AS (
            SELECT s.cluster, s.t, s.n FROM shown s JOIN sizes z ON z.cluster = s.cluster
            WHERE s.n >= {MOST} * z.size),
        many AS (SELECT cluster, count(*) AS texts FROM most GROUP BY cluster),
        holders AS (
            SELECT t, count(*) AS n FROM holdings WHERE t IN (SELECT t FROM most) GROUP BY t),
        common AS (
            SELECT a.cluster, b.cluster AS other, count(*) AS texts,
                   count(*) FILTER (a.n + b.n BETWEEN {NOBODY_ELSE} * d.n AND {2.0 - NOBODY_ELSE} * d.n) AS theirs
            FROM most a JOIN most b ON b.t = a.t AND a.cluster < b.cluster JOIN holders d ON d.t = a.t
            GROUP BY a.cluster, b.cluster)
        SELECT c.cluster, c.other
        FROM common c JOIN many a ON a.cluster = c.cluster JOIN many b ON b.cluster = c.other
        WHERE c.theirs > 0 AND (c.texts = a.texts OR c.texts = b.texts)""",
    )


def read_one_text(engine: Engine) -> frozenset[tuple[int, int]]:
    """Reads ONE_TEXT: pairs of clusters, the smaller number first."""
    table = engine.to_arrow("one_text", "cluster, other")
    return frozenset(zip(table["cluster"].to_pylist(), table["other"].to_pylist(), strict=True))
