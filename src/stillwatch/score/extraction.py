"""The explanation that is on trial: one operator copies the model through many accounts."""

from stillwatch.score.explanation import Explanation

EXTRACTION = Explanation(
    "extraction",
    "coordinated extraction",
    shows={
        "template": 0.97,
        "verbatim": 0.05,
        "one_stream": 0.90,
        "teaching_capability": 0.90,
        "no_conversation": 0.85,
        "long_answers": 0.60,
        "elicitation": 0.50,
        "signup_burst": 0.50,
        "shared_purse": 0.35,
        "declared_organisation": 0.03,
        "mail_domain": 0.15,
        "no_night": 0.60,
        "alike_rates": 0.50,
        "synchrony": 0.40,
        "common_start": 0.50,
        "address_churn": 0.45,
        "shared_address": 0.45,
        "unusual_network": 0.50,
        "one_client": 0.60,
        "signature_replay": 0.20,
        "replacement": 0.40,
        "model_pivot": 0.40,
    },
    because={
        "content": "An operator deals one stream of tasks out through one template.",
        "purpose": "An operator asks for what trains a model, once each.",
    },
)
"""Rates are set from what public reports say of campaigns, and kept modest: a careful operator lacks any
single sign, so that a missing sign must not acquit and a present one must not convict alone."""
