"""The named scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stillwatch.scenarios.knobs import Campaign, Population, Scenario

_SHARES: Mapping[str, float] = {
    "individual": 0.2, "app_user": 0.15, "own_key_tool": 0.1, "developer": 0.11, "employer_staff": 0.1,
    "student": 0.08, "evaluator": 0.02, "regression_suite": 0.004, "ci_agent": 0.005, "batch_job": 0.006,
    "reseller_customer": 0.05, "proxy_customer": 0.015, "vpn_user": 0.05, "cgnat_user": 0.06,
    "viral_prompt": 0.03, "hackathon": 0.012, "inhouse_synthetic": 0.004, "agent_fleet": 0.008,
}  # fmt: skip
"""What a population of innocents is made of, as shares of its accounts (they add up to about one)."""


def population(accounts: int, rate: float) -> tuple[Population, ...]:
    """Every innocent archetype in its usual share; `rate` multiplies what each account does."""
    return tuple(Population(name, max(round(accounts * share), 4), rate) for name, share in _SHARES.items())


_SYNCHRONISED = Campaign(
    "synchronised", ("coding", "reasoning"), accounts=180, per_day=5.0, rhythm="in step", proxies="datacentre",
    exits=60, purse_size=12, paraphrase=0.1, families=2, signup_days=3.0,
)  # fmt: skip
_PATHWAYS = Campaign(
    "pathways", ("agentic", "data_analysis", "grading"), accounts=150, per_day=4.0, rhythm="machine",
    proxies="vpn", exits=120, pathways=True, mixing=0.2, paraphrase=0.3, families=3, signup_days=8.0,
    old_accounts=0.3,
)  # fmt: skip
_HYDRA = Campaign(
    "hydra", ("reasoning", "trace_cleaning", "multilingual"), accounts=200, per_day=3.2, rhythm="flat",
    proxies="residential", exits=6_000, borrowed_lines=0.2, mixing=0.6, paraphrase=0.4, families=2,
    languages=("zh", "es"), signup_days=6.0, succession_day=7.0,
)  # fmt: skip

_CODE_AND_TOOLS = ("coding", "agentic")


def held_out_campaigns(
    care: float, own_wording: float = 0.85, own_words: float = 0.0
) -> tuple[Campaign, ...]:
    """Five regimes side by side; `care` is the share of careful accounts in each, who reword so much."""
    campaigns = (
        Campaign(
            "synchronised", ("coding", "reasoning"), accounts=300, per_day=14.0, rhythm="in step", exits=80,
            purse_size=15, paraphrase=0.1, families=2, signup_days=3.0, care=care,
        ),
        Campaign(
            "pathways", ("agentic", "data_analysis", "grading"), accounts=400, per_day=9.0, rhythm="machine",
            proxies="vpn", exits=200, pathways=True, mixing=0.2, paraphrase=0.3, families=3, signup_days=9.0,
            old_accounts=0.3, care=care,
        ),
        Campaign(
            "pivot", _CODE_AND_TOOLS, accounts=350, per_day=11.0, rhythm="flat", proxies="vpn", exits=160,
            paraphrase=0.2, families=2, signup_days=5.0, pivot=True, signature_replay=0.05, care=care,
        ),
        Campaign(
            "hydra", ("reasoning", "trace_cleaning", "multilingual"), accounts=900, per_day=4.5, rhythm="flat",
            proxies="residential", exits=20_000, borrowed_lines=0.3, mixing=0.75, paraphrase=0.5, families=2,
            languages=("zh", "es"), signup_days=6.0, succession_day=7.0, customers=60, care=care,
        ),
        Campaign(
            "slow", ("task_writing", "grading"), accounts=250, per_day=1.4, rhythm="machine", proxies="residential",
            exits=4_000, mixing=0.5, paraphrase=0.3, signup_days=20.0, care=care,
        ),
    )  # fmt: skip
    return tuple(replace(campaign, own_wording=own_wording, own_words=own_words) for campaign in campaigns)


def _one(name: str, description: str, campaign: Campaign) -> Scenario:
    return Scenario(name, description, population(4_000, 0.3), (campaign,))


_RESELLERS = tuple(
    Population(
        one.archetype,
        one.accounts * (6 if one.archetype in ("reseller_customer", "proxy_customer") else 1),
        0.3,
    )
    for one in population(3_500, 0.3)
)

_FLEETS = tuple(
    Population(
        one.archetype,
        one.accounts * (8 if one.archetype in ("agent_fleet", "ci_agent", "regression_suite") else 1),
        one.rate,
    )
    for one in population(3_500, 0.3)
)

_LISTED = (
    Scenario(
        "demo",
        "A fortnight of some 4,000 accounts and 100,000 exchanges with three campaigns.",
        population(3_450, 0.2),
        (_SYNCHRONISED, _PATHWAYS, _HYDRA),
    ),
    Scenario(
        "benign", "A fortnight of some 4,000 accounts and every look-alike, with no campaign.", population(4_000, 0.3)
    ),
    Scenario(
        "letter-small",
        "The campaign of the June letter at a hundredth of its size: 250 accounts, 26 exchanges a day each.",
        population(6_000, 0.3),
        (
            Campaign(
                "letter", ("coding", "agentic", "reasoning", "trace_cleaning"), accounts=250, per_day=26.0,
                rhythm="flat", proxies="residential", exits=8_000, borrowed_lines=0.1, paraphrase=0.4, families=4,
                signup_days=6.0, pivot=True, care=0.1,
            ),
        ),
    ),
    Scenario(
        "held-out-like",
        "12,000 accounts, 650,000 exchanges, five campaigns of 250 to 900 accounts, 30 % of them careful.",
        population(9_800, 0.31),
        held_out_campaigns(0.3),
    ),
    Scenario(
        "careful",
        "The same five campaigns with careful accounts only.",
        population(9_800, 0.31),
        held_out_campaigns(1.0),
    ),
    Scenario(
        "reworded",
        "The same five campaigns, 30 % of their accounts careful, each with 40 % of the template reworded.",
        population(9_800, 0.31),
        held_out_campaigns(0.3, own_wording=0.4),
    ),
    Scenario(
        "careful-reworded",
        "The same five campaigns with careful accounts only, each with 40 % of the template reworded.",
        population(9_800, 0.31),
        held_out_campaigns(1.0, own_wording=0.4),
    ),
    Scenario(
        "word-by-word",
        "The same five campaigns, 30 % of their accounts careful, each with one word in seven put otherwise.",
        population(9_800, 0.31),
        held_out_campaigns(0.3, own_wording=0.0, own_words=0.15),
    ),
    Scenario(
        "careful-word-by-word",
        "The same five campaigns with careful accounts only, each with one word in seven put otherwise.",
        population(9_800, 0.31),
        held_out_campaigns(1.0, own_wording=0.0, own_words=0.15),
    ),
    _one(
        "mixing-95",
        "500 accounts whose traffic is other people's for 95 in 100 exchanges.",
        Campaign("mixed", ("reasoning", "coding"), accounts=500, per_day=1.5, rhythm="flat", proxies="vpn", exits=300,
                 mixing=0.95, paraphrase=0.2, families=2),
    ),
    _one(
        "tiny-20",
        "A campaign of 20 accounts.",
        Campaign("tiny", ("grading",), accounts=20, per_day=30.0, rhythm="machine", proxies="vpn", exits=30,
                 paraphrase=0.3, care=0.2),
    ),
    _one(
        "low-and-slow",
        "300 accounts with one or two exchanges a day, half of their traffic other people's.",
        Campaign("slow", ("task_writing", "reasoning"), accounts=300, per_day=1.4, rhythm="machine",
                 proxies="residential", exits=5_000, borrowed_lines=0.2, mixing=0.5, paraphrase=0.3, care=0.3,
                 signup_days=25.0),
    ),
    _one(
        "hydra",
        "600 accounts on residential lines, three quarters other people's traffic, a second pool after a ban.",
        Campaign("hydra", ("reasoning", "multilingual"), accounts=600, per_day=5.0, proxies="residential",
                 exits=12_000, borrowed_lines=0.4, mixing=0.75, paraphrase=0.6, languages=("zh", "ru", "es", "de"),
                 families=2, succession_day=6.5, customers=60, care=0.2),
    ),
    _one(
        "succession",
        "A first pool is banned on day 6; hours later a second begins.",
        Campaign("heads", _CODE_AND_TOOLS, accounts=300, per_day=12.0, proxies="datacentre", exits=150,
                 paraphrase=0.2, purse_size=8, succession_day=6.0, signup_days=3.0),
    ),
    _one(
        "second-pool",
        "A first pool is banned on day 6; hours later a second begins, with a wording of its own.",
        Campaign("heads", _CODE_AND_TOOLS, accounts=300, per_day=12.0, proxies="datacentre", exits=150,
                 paraphrase=0.1, purse_size=8, succession_day=6.0, signup_days=3.0, new_wording=0.7),
    ),
    _one(
        "stolen-keys",
        "160 accounts, six in ten of them real customers' whose keys were stolen.",
        Campaign("keys", ("coding", "reasoning"), accounts=160, per_day=9.0, proxies="datacentre", exits=90,
                 stolen=0.6, paraphrase=0.2, first_day=3.0),
    ),
    Scenario(
        "reseller-heavy",
        "Six times the usual resellers and proxy pools, and one campaign that rides on such a pool.",
        _RESELLERS,
        (
            Campaign("rider", ("agentic", "coding"), accounts=200, per_day=8.0, proxies="vpn", exits=300, mixing=0.5,
                     paraphrase=0.2, purse_size=9, customers=200, pool="exits"),
        ),
    ),
    Scenario(
        "fleet-heavy",
        "Eight times the usual fleets of agents, build runners and nightly suites, and one campaign of agents' tasks.",
        _FLEETS,
        (
            Campaign("factory", _CODE_AND_TOOLS, accounts=160, per_day=8.0, rhythm="machine", proxies="datacentre",
                     exits=200, paraphrase=0.2, families=2),
        ),
    ),
    Scenario(
        "shared-pool",
        "Two campaigns of different operators and innocent customers on one proxy pool.",
        population(4_000, 0.3),
        (
            Campaign("upstairs", ("coding",), accounts=160, per_day=7.0, proxies="vpn", exits=200, pool="house",
                     paraphrase=0.2, customers=80, mixing=0.3),
            Campaign("downstairs", ("grading",), accounts=160, per_day=6.0, proxies="vpn", exits=200, pool="house",
                     paraphrase=0.3, rhythm="machine", mixing=0.3),
        ),
    ),
    Scenario(
        "searching",
        "A campaign that tries ever new ways of asking before it settles, and one that relays real users.",
        population(4_000, 0.3),
        (
            Campaign("search", ("reasoning", "trace_cleaning"), accounts=150, per_day=8.0, proxies="vpn", exits=120,
                     search=0.25, signature_replay=0.15, paraphrase=0.3),
            Campaign("relay", ("data_analysis", "coding"), accounts=200, per_day=9.0, rhythm="human",
                     proxies="residential", exits=4_000, borrowed_lines=0.3, relayed=0.6, paraphrase=0.3),
        ),
    ),
    Scenario(
        "million",
        "A million exchanges of 22,000 accounts, for measuring speed.",
        population(20_000, 0.3),
        held_out_campaigns(0.3),
    ),
)  # fmt: skip

SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _LISTED}
"""All named scenarios, by name."""
