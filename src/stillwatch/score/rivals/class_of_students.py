"""A class with an assignment: campus network, one mail domain, one sign-up week, the same task, follow-up turns."""

from stillwatch.score.explanation import Explanation

CLASS_OF_STUDENTS = Explanation(
    "class_of_students",
    "a class of students",
    shows={
        "template": 0.90,
        "own_text": 0.80,  # One course may be taught at several schools.
        "verbatim": 0.60,
        "public_set": 0.85,
        "one_stream": 0.60,
        "wording_drift": 0.15,
        "teaching_capability": 0.60,
        "no_conversation": 0.10,
        "long_answers": 0.20,
        "elicitation": 0.15,
        "signup_burst": 0.90,
        "trial_end": 0.04,
        "shared_purse": 0.01,
        "declared_organisation": 0.20,
        "customers_on_record": 0.20,
        "vouched_pathway": 0.75,  # A school has its own way in; a class may be told to use any.
        "mail_domain": 0.70,  # Many sign up from private mail, and then no owner is on record either.
        "one_owner": 0.65,
        "no_night": 0.01,
        "alike_rates": 0.20,
        "no_day_off": 0.10,
        "no_sittings": 0.08,  # A small class may spread a few tasks over weeks.
        "brief": 0.35,
        "heavy_use": 0.03,
        "synchrony": 0.40,
        "load_sharing": 0.25,  # In one hour a class is at one task, each in words of his own.
        "common_start": 0.80,
        "address_churn": 0.03,
        "many_countries": 0.03,
        "relayed_traffic": 0.08,
        "shared_address": 0.70,
        "address_pool": 0.12,  # A large campus has a pool.
        "unusual_network": 0.90,
        "one_client": 0.20,
        "lockstep": 0.05,
        "search": 0.08,
        "signature_replay": 0.02,
        "failover": 0.05,
        "replacement": 0.01,
        "model_pivot": 0.04,
    },
    because={
        "registration": "Students sign up in one week, most with one mail domain.",
        "infrastructure": "Students share a campus network.",
        "timing": "Students work on the same days, with nights between.",
        "content": "Students work on one assignment, often word for word.",
        "purpose": "Students ask follow-up questions.",
        "client": "Students bring browsers of their own.",
    },
)
