"""What accounts share besides their words: addresses, clients, purses, sign-ups."""

from __future__ import annotations

from stillwatch.engines.plan import Step

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


def indicators() -> Step:
    """INDICATORS by account number: what at least two accounts show, with how many show it."""
    traffic = " UNION ALL ".join(
        f"""SELECT '{family}' AS family, '{kind}' AS kind, CAST({column} AS BIGINT) AS key, ix,
                   count(*) AS exchanges, min(ts) AS first_seen, max(ts) AS last_seen
            FROM prints JOIN people USING (account_id)
            WHERE {column} IS NOT NULL AND "row" NOT IN (SELECT "row" FROM dropped)
            GROUP BY key, ix"""
        for family, kind, column in _FROM_TRAFFIC
    )
    accounts = " UNION ALL ".join(
        f"""SELECT '{family}', '{kind}', {column}, ix, exchanges, first_seen, last_seen
            FROM accounts JOIN people USING (account_id) WHERE {column} IS NOT NULL"""
        for family, kind, column in _FROM_ACCOUNTS
    )
    return Step(
        "indicators",
        ("prints", "people", "dropped", "accounts"),
        f"""
        WITH shown AS ({traffic} UNION ALL {accounts}),
        shared AS (SELECT kind, key, count(*) AS degree FROM shown GROUP BY kind, key HAVING count(*) >= 2)
        SELECT family, kind, key, ix, exchanges, first_seen, last_seen, degree
        FROM shown JOIN shared USING (kind, key)""",
    )
