"""An organisation that openly makes training data for its own model, from accounts that it declares."""

from stillwatch.score.explanation import Explanation

INHOUSE_SYNTHETIC = Explanation(
    "inhouse_synthetic",
    "permitted synthetic data of one organisation",
    shows={
        "template": 0.98,
        "own_text": 0.95,
        "verbatim": 0.05,
        "public_set": 0.10,
        "one_stream": 0.90,
        "wording_drift": 0.20,
        "teaching_capability": 0.90,
        "no_conversation": 0.95,
        "long_answers": 0.70,
        "elicitation": 0.50,
        "signup_burst": 0.60,
        "trial_end": 0.02,
        "shared_purse": 0.04,
        "declared_organisation": 0.98,
        "customers_on_record": 0.97,
        "vouched_pathway": 0.85,
        "mail_domain": 0.95,
        "one_owner": 0.995,
        "no_night": 0.60,
        "alike_rates": 0.60,
        "no_day_off": 0.85,
        "no_sittings": 0.30,
        "brief": 0.20,
        "heavy_use": 0.70,
        "synchrony": 0.50,
        "load_sharing": 0.55,
        "common_start": 0.50,
        "address_churn": 0.08,
        "many_countries": 0.05,
        "relayed_traffic": 0.30,
        "shared_address": 0.85,
        "address_pool": 0.40,
        "unusual_network": 0.85,
        "one_client": 0.90,
        "lockstep": 0.35,  # Its job is one program.
        "search": 0.40,  # It searches for prompts that work, as a campaign does.
        "signature_replay": 0.02,
        "failover": 0.25,  # Its queue may use several keys.
        "replacement": 0.02,
        "model_pivot": 0.04,
    },
    because={
        "registration": "It does so in the open: the accounts belong to one declared organisation.",
        "infrastructure": "It runs from the organisation's own network.",
        "timing": "It may run day and night.",
        "content": "It fills one template from one stream, as a campaign does.",
        "purpose": "It wants what a campaign wants.",
        "reasoning": "It may ask for reasoning.",
    },
)
