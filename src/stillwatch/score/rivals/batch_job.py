"""One declared customer who labels, judges or backfills at volume with a narrow template."""

from stillwatch.score.explanation import Explanation

BATCH_JOB = Explanation(
    "batch_job",
    "one customer's batch job",
    shows={
        "template": 0.98,
        "own_text": 0.95,
        "verbatim": 0.20,
        "public_set": 0.40,
        "one_stream": 0.80,
        "wording_drift": 0.15,
        "teaching_capability": 0.60,
        "no_conversation": 0.95,
        "long_answers": 0.30,
        "elicitation": 0.35,
        "signup_burst": 0.60,
        "trial_end": 0.04,  # A job that stays within what is free.
        "shared_purse": 0.04,
        "declared_organisation": 0.98,
        "customers_on_record": 0.80,
        "vouched_pathway": 0.25,
        "mail_domain": 0.90,
        "one_owner": 0.995,
        "no_night": 0.70,
        "alike_rates": 0.60,
        "no_day_off": 0.75,
        "no_sittings": 0.30,
        "brief": 0.30,
        "heavy_use": 0.80,
        "synchrony": 0.50,
        "load_sharing": 0.50,
        "common_start": 0.50,
        "address_churn": 0.10,
        "many_countries": 0.05,
        "relayed_traffic": 0.30,
        "shared_address": 0.80,
        "address_pool": 0.35,
        "unusual_network": 0.80,
        "one_client": 0.90,
        "lockstep": 0.30,  # A job is one program.
        "search": 0.15,  # A firm tries a prompt out before it runs a job.
        "signature_replay": 0.02,
        "failover": 0.25,  # A firm's queue may use several keys.
        "replacement": 0.02,
        "model_pivot": 0.04,
    },
    because={
        "registration": "A batch job belongs to one declared organisation.",
        "infrastructure": "A batch job runs from one place.",
        "timing": "A batch job runs day and night.",
        "content": "A batch job fills one template from one stream.",
        "purpose": "A batch job holds no conversations.",
    },
)
