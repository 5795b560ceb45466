"""What accounts share besides their words: addresses, clients, purses, sign-ups."""

from __future__ import annotations

from stillwatch.engines.parts import Range, together
from stillwatch.engines.plan import Engine, Step

_FROM_TRAFFIC = (
    ("infrastructure", "address", "ip_hash"),
    ("infrastructure", "prefix", "prefix_hash"),
    ("infrastructure", "network", "asn"),
    ("client", "user_agent", "user_agent_hash"),
    ("client", "ja4", "ja4_hash"),
    ("client", "parameters", "params_hash"),
)
_FROM_ACCOUNTS = (
    ("registration", "payment", "payment_hash"),
    ("registration", "phone", "phone_hash"),
    ("registration", "email", "email_hash"),
    ("registration", "signup_address", "signup_ip_hash"),
    ("registration", "signup_prefix", "signup_prefix_hash"),
    ("registration", "organisation", "org_hash"),
    ("registration", "mail_domain", "email_domain_hash"),
)

_MANY = {kind: family for family, kind, _ in _FROM_TRAFFIC if kind in ("address", "prefix")}
"""Kinds of which there are about as many as accounts, or more, and the family of each."""


def places_of(shard: Range) -> Step:
    """PLACES: where each account of a range asked from and with what, together: how often (n), first and last.

    Most exchanges of an account come from the same few places: these are gathered before they are taken apart.
    """
    rows = f"part_{shard.number}"
    columns = ", ".join(column for _, _, column in _FROM_TRAFFIC)
    return Step(
        f"places_{shard.number}",
        (rows,),
        f"""
        SELECT ix, country, {columns}, count(*) AS n, min(ts) AS first_seen, max(ts) AS last_seen
        FROM {rows} GROUP BY ix, country, {columns}""",
    )


def shown_by(shard: Range) -> Step:
    """What each account of a range shows in its traffic: how often, first and last."""
    places = f"places_{shard.number}"
    taken_apart = " UNION ALL ".join(
        f"""SELECT '{kind}' AS kind, CAST({column} AS BIGINT) AS key, ix,
                   CAST(sum(n) AS BIGINT) AS exchanges, min(first_seen) AS first_seen,
                   max(last_seen) AS last_seen
            FROM {places} WHERE {column} IS NOT NULL GROUP BY {column}, ix"""
        for _, kind, column in _FROM_TRAFFIC
    )
    return Step(
        f"shown_{shard.number}",
        (places,),
        taken_apart,
        large=True,
    )


def clients_of(shard: Range) -> Step:
    """The clients (software and TLS fingerprint together) of each account of a range."""
    places = f"places_{shard.number}"
    return Step(
        f"clients_{shard.number}",
        (places,),
        f"""
        SELECT DISTINCT xor(coalesce(ja4_hash, 0), coalesce(user_agent_hash, 0)) AS key, ix FROM {places}
        WHERE ja4_hash IS NOT NULL OR user_agent_hash IS NOT NULL""",
    )


def client_degrees() -> Step:
    """CLIENT_DEGREES: how many accounts show each client."""
    return Step("client_degrees", ("clients",), "SELECT key, count(*) AS degree FROM clients GROUP BY key")


def find_indicators(engine: Engine) -> None:
    """Leaves INDICATORS by account number: what at least two accounts show, with how many show it.

    Nearly all accounts have addresses of their own. Kind by kind, what is counted at a time takes less memory.
    """
    steps = [*(shared_of(n, kind) for n, kind in enumerate(_MANY)), shared_else(len(_MANY))]
    for step in steps:
        engine.run(step)
    together(engine, "indicators", [step.name for step in steps])


def shared_of(number: int, kind: str) -> Step:
    """INDICATORS of a kind of which traffic has very many."""
    return Step(
        f"indicators_{number}",
        ("shown",),
        f"""
        WITH shown_all AS (SELECT * FROM shown WHERE kind = '{kind}'),
        shared AS (SELECT key, count(*) AS degree FROM shown_all GROUP BY key HAVING count(*) >= 2)
        SELECT '{_MANY[kind]}' AS family, kind, key, ix, exchanges, first_seen, last_seen, degree
        FROM shown_all JOIN shared USING (key)""",
        large=True,
    )


def shared_else(number: int) -> Step:
    """INDICATORS of all other kinds."""
    accounts = " UNION ALL ".join(
        f"""SELECT '{family}' AS family, '{kind}' AS kind, {column} AS key, ix, exchanges, first_seen, last_seen
            FROM accounts JOIN people USING (account_id) WHERE {column} IS NOT NULL"""
        for family, kind, column in _FROM_ACCOUNTS
    )
    families = " ".join(f"WHEN '{kind}' THEN '{family}'" for family, kind, _ in _FROM_TRAFFIC)
    told = ", ".join(f"'{kind}'" for kind in _MANY)
    return Step(
        f"indicators_{number}",
        ("shown", "people", "accounts"),
        f"""
        WITH shown_all AS (
            SELECT CASE kind {families} END AS family, * FROM shown WHERE kind NOT IN ({told})
            UNION ALL {accounts}),
        shared AS (
            SELECT kind, key, count(*) AS degree FROM shown_all GROUP BY kind, key HAVING count(*) >= 2)
        SELECT family, kind, key, ix, exchanges, first_seen, last_seen, degree
        FROM shown_all JOIN shared USING (kind, key)""",
        large=True,
    )
