"""The explanation that is on trial: one operator copies the model through many accounts."""

from stillwatch.score.explanation import Explanation

EXTRACTION = Explanation(
    "extraction",
    "coordinated extraction",
    shows={
        "template": 0.97,
        "verbatim": 0.05,
        "one_stream": 0.92,
        "teaching_capability": 0.90,
        "no_conversation": 0.85,
        "long_answers": 0.50,
        "elicitation": 0.35,
        "signup_burst": 0.35,
        "shared_purse": 0.25,
        "declared_organisation": 0.03,
        "mail_domain": 0.10,
        "no_night": 0.35,
        "alike_rates": 0.40,
        "synchrony": 0.30,
        "common_start": 0.30,
        "address_churn": 0.35,
        "shared_address": 0.35,
        "unusual_network": 0.35,
        "one_client": 0.30,
        "signature_replay": 0.10,
        "replacement": 0.25,
        "model_pivot": 0.25,
    },
    because={
        "content": "An operator deals one stream of tasks out through one template.",
        "purpose": "An operator asks for what trains a model, once each.",
    },
)
"""Rates are set from what public reports say of campaigns: each rests on few signs of many, so that a missing
sign must not acquit and a present one must not convict alone."""
