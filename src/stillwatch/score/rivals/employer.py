"""The staff of one customer, who share a purse, a mail domain, an office and a house template."""

from stillwatch.score.explanation import Explanation

EMPLOYER = Explanation(
    "employer",
    "one employer",
    shows={
        "template": 0.95,
        "own_text": 0.95,
        "verbatim": 0.15,
        "public_set": 0.60,
        "one_stream": 0.15,
        "wording_drift": 0.10,
        "teaching_capability": 0.60,
        "no_conversation": 0.30,
        "long_answers": 0.30,
        "elicitation": 0.15,
        "signup_burst": 0.35,
        "trial_end": 0.02,
        "shared_purse": 0.05,
        "declared_organisation": 0.98,
        "customers_on_record": 0.97,
        "vouched_pathway": 0.70,
        "mail_domain": 0.90,
        "one_owner": 0.97,
        "no_night": 0.05,
        "alike_rates": 0.10,
        "no_day_off": 0.02,
        "no_sittings": 0.06,
        "brief": 0.08,
        "heavy_use": 0.12,
        "synchrony": 0.15,
        "load_sharing": 0.10,
        "common_start": 0.25,
        "address_churn": 0.05,
        "many_countries": 0.15,  # Who works from home, the office and over its VPN may seem to.
        "relayed_traffic": 0.03,
        "shared_address": 0.70,
        "address_pool": 0.12,  # Some companies leave through a proxy service.
        "unusual_network": 0.80,
        "one_client": 0.70,
        "lockstep": 0.25,  # Managed software is renewed for all at once.
        "search": 0.08,
        "signature_replay": 0.02,
        "failover": 0.06,
        "replacement": 0.02,
        "model_pivot": 0.04,
    },
    because={
        "registration": "Staff of one customer belong to one declared organisation and share a mail domain.",
        "infrastructure": "Staff come from one office.",
        "timing": "Staff keep working hours and have nights.",
        "content": "Staff share a house template around work of their own.",
        "client": "Staff use the same software.",
    },
)
