"""Evaluators who send the same public questions in a harness's template, once or on release days."""

from stillwatch.score.explanation import Explanation

BENCHMARK_RUN = Explanation(
    "benchmark_run",
    "a benchmark run",
    shows={
        "template": 0.90,
        "own_text": 0.60,  # Others run it as well.
        "verbatim": 0.998,
        "public_set": 0.97,
        "one_stream": 0.90,
        "wording_drift": 0.05,
        "teaching_capability": 0.90,
        "no_conversation": 0.95,
        "long_answers": 0.40,
        "elicitation": 0.40,
        "signup_burst": 0.02,
        "trial_end": 0.02,
        "shared_purse": 0.01,
        "declared_organisation": 0.10,
        "customers_on_record": 0.30,
        "vouched_pathway": 0.35,  # Researchers and start-ups have programmes of their own.
        "mail_domain": 0.08,
        "one_owner": 0.12,
        "no_night": 0.30,
        "alike_rates": 0.30,
        "no_day_off": 0.05,
        "no_sittings": 0.04,
        "brief": 0.50,
        "heavy_use": 0.35,
        "synchrony": 0.05,
        "load_sharing": 0.10,
        "common_start": 0.60,
        "address_churn": 0.03,
        "many_countries": 0.04,
        "relayed_traffic": 0.10,
        "shared_address": 0.02,
        "address_pool": 0.15,  # Runners come and go.
        "unusual_network": 0.10,
        "one_client": 0.80,
        "lockstep": 0.05,
        "search": 0.10,  # A harness brings its own wordings.
        "signature_replay": 0.01,
        "failover": 0.20,  # Many put the same questions at the same time.
        "replacement": 0.01,
        "model_pivot": 0.50,
    },
    because={
        "content": "A benchmark is a finite public set: unrelated accounts send the same questions word for word.",
        "registration": "Evaluators are unrelated customers.",
        "infrastructure": "Evaluators run from unrelated places.",
        "timing": "Evaluators run in bursts on release days.",
        "purpose": "A benchmark asks single questions of narrow kind.",
        "reasoning": "A harness may ask for reasoning.",
    },
)
