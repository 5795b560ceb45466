"""Unrelated people behind one reseller: its purse, its egress addresses and its client, but lives of their own."""

from stillwatch.score.explanation import Explanation

RESELLER = Explanation(
    "reseller",
    "customers of a reseller",
    shows={
        "template": 0.06,
        "own_text": 0.60,  # What some of its customers have in common, others have, too.
        "verbatim": 0.10,
        "public_set": 0.40,
        "one_stream": 0.20,  # Where a gateway deals requests out, no account has topics of its own.
        "wording_drift": 0.30,
        "teaching_capability": 0.30,
        "no_conversation": 0.25,
        "long_answers": 0.20,
        "elicitation": 0.05,
        "signup_burst": 0.50,
        "trial_end": 0.03,
        "shared_purse": 0.80,
        "declared_organisation": 0.30,
        "customers_on_record": 0.15,
        "vouched_pathway": 0.60,  # Partners are known to the provider; who sells on without leave is not.
        "mail_domain": 0.50,
        "one_owner": 0.75,
        "no_night": 0.35,  # Many people in one account leave no hour empty.
        "alike_rates": 0.25,  # The gateway gives each of its accounts as much.
        "no_day_off": 0.40,
        "no_sittings": 0.20,
        "brief": 0.03,
        "heavy_use": 0.60,
        "synchrony": 0.10,
        "load_sharing": 0.15,  # A gateway spreads what one customer sends over its accounts.
        "common_start": 0.20,
        "address_churn": 0.40,
        "many_countries": 0.12,
        "relayed_traffic": 0.70,
        "shared_address": 0.90,
        "address_pool": 0.35,
        "unusual_network": 0.90,
        "one_client": 0.90,
        "lockstep": 0.30,  # A gateway sends for all of its customers.
        "search": 0.03,
        "signature_replay": 0.02,
        "failover": 0.40,  # A reseller's gateway tries the next of its accounts.
        "replacement": 0.02,
        "model_pivot": 0.04,
    },
    because={
        "content": "A reseller's customers have nothing to say in common.",
        "registration": "A reseller pays for all and opens accounts in batches.",
        "infrastructure": "A reseller's traffic leaves through few addresses.",
        "timing": "The people behind a reseller have nights, unless many come through one account.",
        "client": "A reseller's software is one client.",
        "purpose": "A reseller's customers ask for everything.",
    },
)
