"""One customer's agents, build runners or drift monitors behind one gateway, an account or key each."""

from stillwatch.score.explanation import Explanation

AGENT_FLEET = Explanation(
    "agent_fleet",
    "one customer's fleet of agents",
    shows={
        "template": 0.98,  # One harness: system prompt and tools are the same in all.
        "own_text": 0.95,
        "verbatim": 0.30,  # Monitors repeat; agents have each a task of their own.
        "public_set": 0.60,
        "one_stream": 0.60,  # A queue of tickets of one firm, in which repositories and teams still differ.
        "wording_drift": 0.08,  # One release of the harness runs everywhere.
        "teaching_capability": 0.90,  # Agents write code and call tools.
        "no_conversation": 0.85,  # Each step is a request of its own.
        "long_answers": 0.20,  # Steps are short.
        "elicitation": 0.10,
        "signup_burst": 0.60,  # Accounts are opened by a script, for all runners at once.
        "trial_end": 0.03,
        "shared_purse": 0.06,  # One purse, but of one organisation, which the signal leaves out.
        "declared_organisation": 0.95,  # Some open accounts for runners without naming one.
        "customers_on_record": 0.92,
        "vouched_pathway": 0.75,
        "mail_domain": 0.85,
        "one_owner": 0.99,  # Purse, organisation, domain: whatever is known of the owner is the same.
        "no_night": 0.80,  # Queues run round the clock.
        "no_day_off": 0.85,  # Queues have no weekend.
        "no_sittings": 0.40,
        "brief": 0.08,
        "heavy_use": 0.60,
        "alike_rates": 0.75,  # A scheduler gives each runner as much.
        "synchrony": 0.50,  # Pipelines start by the clock or by one commit.
        "load_sharing": 0.45,  # A queue is worked off by whoever is free; agents that keep a ticket each show none.
        "common_start": 0.40,  # A fleet is rolled out on one day.
        "address_churn": 0.45,  # Cloud runners get a new address for every job.
        "many_countries": 0.12,
        "relayed_traffic": 0.40,
        "shared_address": 0.80,  # One gateway, or one network's exits.
        "address_pool": 0.50,
        "unusual_network": 0.85,  # One cloud or the firm's own network.
        "one_client": 0.95,
        "lockstep": 0.60,  # One release goes to all runners.
        "search": 0.05,
        "signature_replay": 0.08,  # A gateway that moves a session between keys sends its blocks with another one.
        "failover": 0.35,  # The gateway tries its next key.
        "replacement": 0.03,
        "model_pivot": 0.15,  # One line of configuration moves all.
    },
    because={
        "content": "A fleet runs one harness over one firm's queue of tasks.",
        "registration": "All accounts of a fleet have one owner: purse, organisation, mail domain.",
        "infrastructure": "Runners leave through one gateway or one cloud, often with changing addresses.",
        "client": "A fleet is one client.",
        "timing": "Queues run round the clock, in equal shares, and a gateway tries its next key.",
        "purpose": "Agents write code and call tools, step by step.",
        "succession": "One line of configuration moves a fleet to a new model.",
    },
)
