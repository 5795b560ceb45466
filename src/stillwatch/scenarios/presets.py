"""The named scenarios."""

from __future__ import annotations

from collections.abc import Mapping

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
    return tuple(
        Population(name, max(round(accounts * share), 4), rate) for name, share in _SHARES.items()
    )


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

_LISTED = (
    Scenario(
        "demo",
        "A fortnight of some 4,000 accounts and 100,000 exchanges with three campaigns.",
        population(3_450, 0.26),
        (_SYNCHRONISED, _PATHWAYS, _HYDRA),
    ),
    Scenario("benign", "A fortnight of some 4,000 accounts and every look-alike, with no campaign.", population(4_000, 0.35)),
)

SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _LISTED}
"""All named scenarios, by name."""
