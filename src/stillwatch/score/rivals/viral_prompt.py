"""Unrelated people who try one prompt that they all saw, within days."""

from stillwatch.score.explanation import Explanation

VIRAL_PROMPT = Explanation(
    "viral_prompt",
    "a viral prompt",
    shows={
        "template": 0.50,
        "verbatim": 0.98,
        "one_stream": 0.50,
        "wording_drift": 0.10,
        "teaching_capability": 0.30,
        "no_conversation": 0.40,
        "long_answers": 0.40,
        "elicitation": 0.20,
        "signup_burst": 0.02,
        "trial_end": 0.02,
        "shared_purse": 0.01,
        "declared_organisation": 0.03,
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.02,
        "alike_rates": 0.20,
        "no_day_off": 0.02,
        "heavy_use": 0.06,
        "synchrony": 0.20,
        "load_sharing": 0.10,
        "common_start": 0.90,
        "address_churn": 0.03,
        "relayed_traffic": 0.02,
        "shared_address": 0.02,
        "unusual_network": 0.08,
        "one_client": 0.10,
        "lockstep": 0.02,
        "search": 0.05,
        "signature_replay": 0.02,
        "failover": 0.15,  # One prompt is sent by many, refused or not.
        "replacement": 0.01,
        "model_pivot": 0.04,
    },
    because={
        "content": "A viral prompt is sent word for word.",
        "timing": "A viral prompt comes within days.",
        "registration": "Its senders are unrelated.",
        "infrastructure": "Its senders live everywhere.",
    },
)
