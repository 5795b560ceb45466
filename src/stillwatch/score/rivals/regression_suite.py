"""Fixed prompts that one customer's machines send again each night."""

from stillwatch.score.explanation import Explanation

REGRESSION_SUITE = Explanation(
    "regression_suite",
    "one customer's regression suite",
    shows={
        "template": 0.95,
        "own_text": 0.95,
        "verbatim": 0.90,
        "public_set": 0.95,
        "one_stream": 0.80,
        "wording_drift": 0.10,
        "teaching_capability": 0.50,
        "no_conversation": 0.90,
        "long_answers": 0.20,
        "elicitation": 0.20,
        "signup_burst": 0.50,
        "trial_end": 0.02,
        "shared_purse": 0.04,
        "declared_organisation": 0.98,
        "customers_on_record": 0.80,
        "vouched_pathway": 0.40,
        "mail_domain": 0.90,
        "one_owner": 0.995,
        "no_night": 0.40,
        "alike_rates": 0.70,
        "no_day_off": 0.85,
        "no_sittings": 0.10,
        "brief": 0.03,
        "heavy_use": 0.60,
        "synchrony": 0.60,
        "load_sharing": 0.35,
        "common_start": 0.30,
        "address_churn": 0.50,
        "many_countries": 0.15,  # Runners stand in several regions of a cloud.
        "relayed_traffic": 0.30,
        "shared_address": 0.50,
        "address_pool": 0.45,  # Runners come and go.
        "unusual_network": 0.70,
        "one_client": 0.90,
        "lockstep": 0.40,  # A suite is one program.
        "search": 0.10,
        "signature_replay": 0.02,
        "failover": 0.30,  # Suites send the same prompts at the same time, and runners retry.
        "replacement": 0.02,
        "model_pivot": 0.04,
    },
    because={
        "content": "A suite sends the same prompts again and again.",
        "registration": "A suite belongs to one customer.",
        "timing": "A suite runs by the clock.",
        "infrastructure": "Runners change addresses within one network.",
    },
)
