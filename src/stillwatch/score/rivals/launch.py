"""Newcomers drawn by one event: they sign up and begin together, with things of their own to do."""

from stillwatch.score.explanation import Explanation

LAUNCH = Explanation(
    "launch",
    "a launch or hackathon",
    shows={
        "template": 0.40,  # An event hands out a kit to start from.
        "own_text": 0.70,
        "verbatim": 0.20,
        "public_set": 0.60,
        "one_stream": 0.10,  # An event may set one task for all.
        "wording_drift": 0.10,
        "teaching_capability": 0.60,
        "no_conversation": 0.20,
        "long_answers": 0.30,
        "elicitation": 0.10,
        "signup_burst": 0.92,
        "trial_end": 0.12,  # A hackathon's credits end for all who came for it.
        "shared_purse": 0.01,
        "declared_organisation": 0.08,
        "customers_on_record": 0.15,
        "vouched_pathway": 0.07,
        "mail_domain": 0.10,
        "one_owner": 0.1,
        "no_night": 0.30,  # A hackathon goes through the night.
        "alike_rates": 0.05,
        "no_day_off": 0.02,
        "no_sittings": 0.15,
        "brief": 0.75,
        "heavy_use": 0.30,
        "synchrony": 0.05,
        "load_sharing": 0.10,
        "common_start": 0.92,
        "address_churn": 0.03,
        "many_countries": 0.04,
        "relayed_traffic": 0.03,
        "shared_address": 0.30,
        "address_pool": 0.08,
        "unusual_network": 0.40,
        "one_client": 0.20,
        "lockstep": 0.03,
        "search": 0.05,
        "signature_replay": 0.02,
        "failover": 0.03,
        "replacement": 0.01,
        "model_pivot": 0.04,
    },
    because={
        "registration": "An event brings sign-ups in one week.",
        "timing": "An event begins for all at once.",
        "content": "Newcomers have projects of their own.",
        "infrastructure": "A venue shares its network.",
        "purpose": "Newcomers hold conversations.",
    },
)
