"""The explanation that is on trial: one operator copies the model through many accounts, with care or without."""

from stillwatch.score.explanation import Explanation

EXTRACTION = Explanation(
    "extraction",
    "coordinated extraction",
    shows={
        "template": 0.97,
        "own_text": 0.97,
        "verbatim": 0.20,  # Tasks may be sampled several times, to keep the best answer.
        "public_set": 0.04,
        "one_stream": 0.92,
        "wording_drift": 0.25,
        "teaching_capability": 0.85,  # Broad sets of instructions teach manners, not a skill.
        "no_conversation": 0.85,
        "long_answers": 0.50,
        "elicitation": 0.35,
        "signup_burst": 0.35,
        "trial_end": 0.12,
        "shared_purse": 0.25,
        "declared_organisation": 0.03,
        "customers_on_record": 0.04,
        "vouched_pathway": 0.07,  # Programmes for schools and start-ups are asked little, and have been misused as a whole.
        "mail_domain": 0.10,
        "one_owner": 0.10,
        "no_night": 0.35,
        "alike_rates": 0.40,
        "no_day_off": 0.60,
        "no_sittings": 0.45,
        "brief": 0.06,
        "heavy_use": 0.60,
        "synchrony": 0.30,
        "load_sharing": 0.20,  # A list in random order shows nothing, and costs only the sorting.
        "common_start": 0.30,
        "address_churn": 0.35,
        "many_countries": 0.45,
        "relayed_traffic": 0.25,
        "shared_address": 0.35,
        "address_pool": 0.70,
        "unusual_network": 0.35,
        "one_client": 0.30,
        "lockstep": 0.12,
        "search": 0.15,
        "signature_replay": 0.10,
        "failover": 0.12,
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

CAREFUL = Explanation(
    "careful_extraction",
    "extraction by a careful operator",
    shows={
        **EXTRACTION.shows,
        "wording_drift": 0.60,
        "signup_burst": 0.05,
        "trial_end": 0.04,
        "shared_purse": 0.02,
        "mail_domain": 0.02,
        "one_owner": 0.02,
        "no_night": 0.05,
        "alike_rates": 0.06,
        "no_day_off": 0.35,
        "no_sittings": 0.15,
        "heavy_use": 0.20,
        "synchrony": 0.03,
        "load_sharing": 0.18,
        "common_start": 0.15,
        "address_churn": 0.05,
        "many_countries": 0.08,
        "relayed_traffic": 0.22,
        "shared_address": 0.04,
        "address_pool": 0.40,
        "unusual_network": 0.12,
        "one_client": 0.10,
        "lockstep": 0.08,
        "search": 0.08,
        "signature_replay": 0.02,
        "failover": 0.06,
        "replacement": 0.10,
        "model_pivot": 0.15,
    },
    because=EXTRACTION.because,
)
"""Who gives each account hours, a rate, an address, an age and a purse of its own shows none of the signs of common
control. The signs are not missed one by one: care is one decision, so it is tried as a whole."""

ACCOUNTS = ("signup_burst", "trial_end", "shared_purse", "mail_domain", "one_owner")
ADDRESSES = ("address_churn", "many_countries", "shared_address", "address_pool", "unusual_network")
SUPPLY = (*ACCOUNTS, *ADDRESSES)
"""Signs that come with accounts and addresses, which can be bought one by one: the rest is how they are worked."""

PLAIN = {
    "no_night": 0.65,
    "alike_rates": 0.65,
    "no_day_off": 0.75,
    "no_sittings": 0.65,
    "heavy_use": 0.75,
    "one_client": 0.75,
}
"""What a program shows that nobody taught to look like many people: what fleets and batch jobs of the innocent show,
and nearly as often."""

ROTATING = {"address_churn": 0.55, "many_countries": 0.60}
"""What accounts show whose every exchange leaves through another exit."""

SUPPLIED = Explanation(
    "supplied_extraction",
    "extraction through accounts and addresses that were bought one by one",
    shows={**EXTRACTION.shows, **{signal: CAREFUL.shows[signal] for signal in SUPPLY}, **PLAIN},
    because=EXTRACTION.because,
)
"""A supplier sells old accounts with a purse and an address each; one plain program works through all of them."""

PROXIED = Explanation(
    "proxied_extraction",
    "extraction through accounts that were bought one by one, behind proxies that rotate",
    shows={**SUPPLIED.shows, **{signal: EXTRACTION.shows[signal] for signal in ADDRESSES}, **ROTATING},
    because=EXTRACTION.because,
)
"""Accounts and addresses are two purchases: the same program sends through whichever exit a proxy service gives it next."""

PACED = Explanation(
    "paced_extraction",
    "extraction by a program that keeps human hours",
    shows={**CAREFUL.shows, **{signal: EXTRACTION.shows[signal] for signal in SUPPLY}},
    because=EXTRACTION.because,
)
"""The program gives each account hours, a rate and a wording of its own; the accounts were opened and paid together."""

RELAYED = Explanation(
    "relayed_extraction",
    "extraction hidden in other people's traffic",
    shows={**PACED.shows, "heavy_use": 0.80, "relayed_traffic": 0.45},
    because=EXTRACTION.because,
)
"""A proxy network puts the stream in among its customers' requests: it comes when these come, and each account carries
more than a person sends."""

AGENTIC = Explanation(
    "agentic_extraction",
    "extraction of what an agent does, step by step",
    shows={**EXTRACTION.shows, "no_conversation": 0.10, "no_sittings": 0.10, "long_answers": 0.60},
    because=EXTRACTION.because,
)
"""The program plays an agent's world: it answers each step with a made result, and asks for the next within seconds."""

OPERATORS: tuple[tuple[Explanation, float], ...] = (
    (EXTRACTION, 0.23),
    (SUPPLIED, 0.19),
    (PROXIED, 0.08),
    (AGENTIC, 0.10),
    (PACED, 0.06),
    (RELAYED, 0.19),
    (CAREFUL, 0.15),
)
"""Kinds of operator, and how common each is before anything is known. Care is two decisions, what is bought and how it
is worked. Proxy networks with thousands of accounts are on offer, and mix what they carry; programs that live like people
are not."""
