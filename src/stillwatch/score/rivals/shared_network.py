"""Unrelated people whose traffic leaves through a commercial VPN or a carrier's shared addresses."""

from stillwatch.score.explanation import Explanation

SHARED_NETWORK = Explanation(
    "shared_network",
    "people behind one VPN or carrier",
    shows={
        "template": 0.005,
        "own_text": 0.60,
        "verbatim": 0.03,
        "public_set": 0.50,
        "one_stream": 0.02,
        "wording_drift": 0.30,
        "teaching_capability": 0.25,
        "no_conversation": 0.25,
        "long_answers": 0.15,
        "elicitation": 0.05,
        "signup_burst": 0.02,
        "trial_end": 0.01,
        "shared_purse": 0.01,
        "declared_organisation": 0.03,
        "customers_on_record": 0.15,
        "vouched_pathway": 0.20,  # A campus is a network, too.
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.02,
        "alike_rates": 0.02,
        "no_day_off": 0.10,
        "no_sittings": 0.10,
        "brief": 0.05,
        "heavy_use": 0.06,
        "synchrony": 0.01,
        "load_sharing": 0.01,
        "common_start": 0.03,
        "address_churn": 0.60,
        "many_countries": 0.45,  # VPN users choose an exit here and there.
        "relayed_traffic": 0.03,
        "shared_address": 0.80,
        "address_pool": 0.50,  # A VPN has many exits.
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
