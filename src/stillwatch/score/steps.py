"""Relational steps of the score room."""

from __future__ import annotations

from stillwatch.engines.plan import Step

ECHO_ACCOUNTS = 5
ECHO_SHARE = 0.9
ECHO_BESIDE = 0.15
ECHO_BITS = 4.0
"""What a passage of members' own weighs for one exchange: nine in ten of its users are members."""


def verbatim() -> Step:
    """VERBATIM: prompts that more than one account sent word for word, with how many accounts did."""
    return Step(
        "verbatim",
        ("prints", "people", "dropped"),
        """
        WITH sent AS (
            SELECT DISTINCT prompt_hash, ix FROM prints JOIN people USING (account_id)
            WHERE prompt_hash IS NOT NULL AND "row" NOT IN (SELECT "row" FROM dropped))
        SELECT prompt_hash, count(*) AS accounts FROM sent GROUP BY prompt_hash HAVING count(*) >= 2""",
    )


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
    """SIGNATURES: reasoning signatures that more than one account sent back, with how many did."""
    return Step(
        "signatures",
        ("prints", "dropped"),
        """
        SELECT reasoning_signature_hash, count(DISTINCT account_id) AS accounts FROM prints
        WHERE reasoning_signature_hash IS NOT NULL AND "row" NOT IN (SELECT "row" FROM dropped)
        GROUP BY reasoning_signature_hash HAVING count(DISTINCT account_id) >= 2""",
    )


def echoes() -> Step:
    """ECHOES: exchanges of listed clusters' members that show passages which hardly anybody else shows.

    A template is text that accounts repeat; once the members are known, a wording that five of them used
    once, and nine in ten of its users are members, marks their exchanges just as well, if it mostly
    stands beside the templates: what a pool's other customers repeat never does.
    """
    return Step(
        "echoes",
        ("content", "listed_clusters", "clusters", "sightings"),
        f"""
        WITH members AS (SELECT c.cluster, c.ix FROM clusters c JOIN listed_clusters USING (cluster)),
        told AS (SELECT p, count(DISTINCT ix) AS degree FROM content GROUP BY p),
        inside AS (
            SELECT m.cluster, k.p, count(DISTINCT k.ix) AS accounts
            FROM content k JOIN members m USING (ix) GROUP BY m.cluster, k.p
            HAVING count(DISTINCT k.ix) >= {ECHO_ACCOUNTS}),
        own AS (
            SELECT i.cluster, i.p FROM inside i JOIN told USING (p)
            JOIN members m ON m.cluster = i.cluster JOIN content k ON k.p = i.p AND k.ix = m.ix
            LEFT JOIN sightings s ON s.cluster = i.cluster AND s."row" = k."row"
            WHERE i.accounts >= {ECHO_SHARE} * degree
            GROUP BY i.cluster, i.p HAVING count(s."row") >= {ECHO_BESIDE} * count(*))
        SELECT DISTINCT own.cluster, k."row", k.ix FROM own JOIN content k USING (p)
        JOIN members m ON m.cluster = own.cluster AND m.ix = k.ix
        ANTI JOIN sightings s ON s.cluster = own.cluster AND s."row" = k."row" """,
    )


def attributable() -> Step:
    """ATTRIBUTABLE: the sightings of listed clusters and their echoes."""
    return Step(
        "attributable",
        ("sightings", "echoes", "listed_clusters"),
        f"""
        SELECT s.cluster, s."row", s.ix, s.bits, s.shown FROM sightings s JOIN listed_clusters USING (cluster)
        UNION ALL
        SELECT cluster, "row", ix, {ECHO_BITS}, CAST([] AS BIGINT[]) FROM echoes""",
    )
