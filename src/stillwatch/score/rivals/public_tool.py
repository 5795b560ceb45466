"""People with their own key in a public tool or prompt pack: its template stands in the user turn, around their own work."""

from stillwatch.score.explanation import Explanation

PUBLIC_TOOL = Explanation(
    "public_tool",
    "users of a public tool or prompt pack",
    shows={
        "template": 0.98,
        "own_text": 0.90,
        "verbatim": 0.10,
        "public_set": 0.50,
        "one_stream": 0.04,  # People of one trade may be alike in topic.
        "wording_drift": 0.04,
        "teaching_capability": 0.75,
        "no_conversation": 0.60,
        "long_answers": 0.50,
        "elicitation": 0.50,
        "signup_burst": 0.02,
        "trial_end": 0.01,
        "shared_purse": 0.01,
        "declared_organisation": 0.04,
        "customers_on_record": 0.25,
        "vouched_pathway": 0.07,
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.03,
        "alike_rates": 0.03,
        "no_day_off": 0.05,
        "no_sittings": 0.15,  # Machines use public tools, too.
        "brief": 0.04,
        "heavy_use": 0.12,
        "synchrony": 0.01,
        "load_sharing": 0.01,
        "common_start": 0.05,
        "address_churn": 0.08,  # Build runners use public tools, too.
        "many_countries": 0.06,
        "relayed_traffic": 0.02,
        "shared_address": 0.02,
        "address_pool": 0.08,
        "unusual_network": 0.12,
        "one_client": 0.85,
        "lockstep": 0.03,  # Everybody updates a tool at a time of his own.
        "search": 0.25,  # A tool has other templates, which ask alike.
        "signature_replay": 0.01,
        "failover": 0.02,
        "replacement": 0.01,
        "model_pivot": 0.05,
    },
    because={
        "content": "A tool's template stands around each person's own work.",
        "registration": "People who share a tool pay from purses of their own and signed up over years.",
        "infrastructure": "People who share a tool live in unrelated places.",
        "timing": "People who share a tool keep hours of their own, and have nights.",
        "client": "A tool is one client.",
        "purpose": "A tool may ask for steps or rubrics without any conversation.",
        "reasoning": "A tool may ask for reasoning step by step.",
    },
)
