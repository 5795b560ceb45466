"""Relational steps of the score room."""

from __future__ import annotations

from stillwatch.engines.plan import Step


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
        SELECT c.cluster, i.key, any_value(i.degree) - count(*) AS accounts
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
