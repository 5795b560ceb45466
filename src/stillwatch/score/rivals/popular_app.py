"""Users of one app or agent harness: it brings the system prompt, the tools and the client."""

from stillwatch.score.explanation import Explanation

POPULAR_APP = Explanation(
    "popular_app",
    "users of a popular app",
    shows={
        "template": 0.98,
        "own_text": 0.95,
        "verbatim": 0.10,
        "public_set": 0.60,
        "one_stream": 0.04,  # People of one trade may be alike in topic.
        "wording_drift": 0.03,
        "teaching_capability": 0.60,
        "no_conversation": 0.20,
        "long_answers": 0.40,
        "elicitation": 0.20,
        "signup_burst": 0.03,
        "trial_end": 0.02,
        "shared_purse": 0.01,
        "declared_organisation": 0.05,
        "customers_on_record": 0.25,
        "vouched_pathway": 0.10,
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.02,
        "alike_rates": 0.02,
        "no_day_off": 0.03,
        "no_sittings": 0.10,
        "brief": 0.03,
        "heavy_use": 0.12,
        "synchrony": 0.01,
        "load_sharing": 0.02,
        "common_start": 0.05,
        "address_churn": 0.03,
        "many_countries": 0.04,
        "relayed_traffic": 0.03,
        "shared_address": 0.03,
        "address_pool": 0.25,  # Some backends run on machines that come and go.
        "unusual_network": 0.12,
        "one_client": 0.95,
        "lockstep": 0.30,  # What the app's servers send changes for all at once.
        "search": 0.05,
        "signature_replay": 0.01,
        "failover": 0.02,
        "replacement": 0.01,
        "model_pivot": 0.08,
    },
    because={
        "content": "An app brings one template to people with topics of their own.",
        "registration": "Users of an app sign up one by one over years.",
        "infrastructure": "Users of an app live in unrelated places.",
        "timing": "Users of an app keep hours of their own, and have nights.",
        "client": "An app is one client.",
        "purpose": "Users of an app hold conversations.",
    },
)
