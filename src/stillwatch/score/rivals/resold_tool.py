"""A public tool among the customers of resellers: its template, behind a reseller's purse, addresses and client."""

from stillwatch.score.explanation import Explanation

RESOLD_TOOL = Explanation(
    "resold_tool",
    "a public tool among the customers of resellers",
    shows={
        "template": 0.98,
        "own_text": 0.003,  # A public tool has users of its own as well.
        "verbatim": 0.10,
        "public_set": 0.40,
        "one_stream": 0.20,  # An account carries many people's requests, and has no topics of its own.
        "wording_drift": 0.04,
        "teaching_capability": 0.75,
        "no_conversation": 0.60,
        "long_answers": 0.50,
        "elicitation": 0.50,
        "signup_burst": 0.50,
        "trial_end": 0.03,
        "shared_purse": 0.80,
        "declared_organisation": 0.10,
        "customers_on_record": 0.15,
        "vouched_pathway": 0.30,
        "mail_domain": 0.40,
        "one_owner": 0.40,  # Several resellers may have customers who use the tool.
        "no_night": 0.35,
        "alike_rates": 0.25,
        "no_day_off": 0.40,
        "no_sittings": 0.20,
        "brief": 0.03,
        "heavy_use": 0.60,
        "synchrony": 0.03,
        "load_sharing": 0.05,
        "common_start": 0.20,
        "address_churn": 0.40,
        "many_countries": 0.25,
        "relayed_traffic": 0.70,
        "shared_address": 0.90,
        "address_pool": 0.35,
        "unusual_network": 0.80,
        "one_client": 0.80,
        "lockstep": 0.30,
        "search": 0.25,
        "signature_replay": 0.02,
        "failover": 0.40,
        "replacement": 0.02,
        "model_pivot": 0.05,
    },
    because={
        "content": "A tool's template comes from whoever uses it, through whichever account carries him.",
        "registration": "A reseller pays for all and opens accounts in batches.",
        "infrastructure": "A reseller's traffic leaves through few addresses.",
        "timing": "The people behind a reseller have nights, unless many come through one account.",
        "client": "A reseller's software is one client.",
        "purpose": "The tool's requests are a few among everything else that a reseller's customers ask.",
    },
    common=0.1,
)
