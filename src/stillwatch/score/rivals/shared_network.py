"""Unrelated people whose traffic leaves through a commercial VPN or a carrier's shared addresses."""

from stillwatch.score.explanation import Explanation

SHARED_NETWORK = Explanation(
    "shared_network",
    "people behind one VPN or carrier",
    shows={
        "template": 0.005,
        "verbatim": 0.03,
        "one_stream": 0.02,
        "wording_drift": 0.30,
        "teaching_capability": 0.25,
        "no_conversation": 0.25,
        "long_answers": 0.15,
        "elicitation": 0.05,
        "signup_burst": 0.02,
        "shared_purse": 0.01,
        "declared_organisation": 0.03,
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.02,
        "alike_rates": 0.02,
        "no_day_off": 0.10,
        "synchrony": 0.01,
        "common_start": 0.03,
        "address_churn": 0.60,
        "shared_address": 0.80,
        "unusual_network": 0.90,
        "one_client": 0.10,
        "lockstep": 0.02,
        "search": 0.03,
        "signature_replay": 0.02,
        "failover": 0.02,
        "replacement": 0.01,
        "model_pivot": 0.04,
    },
    because={
        "infrastructure": "Carriers and VPNs share addresses among strangers.",
        "content": "Strangers have no template in common.",
        "registration": "Strangers sign up apart.",
        "timing": "Strangers have nights.",
    },
)
