"""The innocent archetypes: what each does, and what its accounts have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stillwatch.scenarios.people import CLIENT_MIX, NETWORK_MIX, PATHWAYS, PLANS

_CODER = {"python": 0.4, "node": 0.2, "go": 0.05, "curl": 0.05, "editor": 0.2, "framework": 0.1}
_SERVICE = {"python": 0.5, "node": 0.2, "go": 0.1, "framework": 0.15, "gateway": 0.05}
_TYPIST = {"browser": 0.4, "desktop": 0.25, "mobile": 0.2, "editor": 0.15}
_MIXED = {
    "chat": 4.0,
    "everyday": 2.0,
    "code": 2.0,
    "mathematics": 0.6,
    "roles": 1.0,
    "instruction": 1.0,
    "tools": 0.6,
}
_FIRM = {"code": 3.0, "chat": 3.0, "answers": 1.0, "tools": 1.0, "roles": 1.0, "instruction": 1.0}


@dataclass(frozen=True)
class Habit:
    """How the accounts of an archetype behave.

    rhythm      human | office | campus | machine | night
    rate        median exchanges a day; `spread` is the sigma of its log-normal between accounts
    turns       mean turns a conversation
    domains     what they write about, by weight
    words       median words of a first turn; log-normal with sigma 0.7
    text        own | pack | app | template | benchmark | repeat | assignment | viral | agent
    group       accounts that belong together, least and most; (0, 0): nobody
    shared      what a group has in common: org, domain, purse, client, parameters, network, signup, created, topics
    network     for a shared network: office | campus | datacentre | vpn, and the addresses behind it
    declared    the group names its organisation and the enterprise pathway
    clients, networks, pathways, plans  what accounts are drawn from, by weight
    answer      mean tokens of an answer
    """

    description: str
    rhythm: str = "human"
    rate: float = 3.0
    spread: float = 1.0
    turns: float = 2.0
    domains: Mapping[str, float] = field(default_factory=lambda: _MIXED)
    words: float = 25.0
    text: str = "own"
    group: tuple[int, int] = (0, 0)
    shared: frozenset[str] = frozenset()
    network: tuple[str, int] = ("office", 2)
    declared: bool = False
    clients: Mapping[str, float] = field(default_factory=lambda: CLIENT_MIX)
    networks: Mapping[str, float] = field(default_factory=lambda: NETWORK_MIX)
    pathways: Mapping[str, float] = field(default_factory=lambda: PATHWAYS)
    plans: Mapping[str, float] = field(default_factory=lambda: PLANS)
    answer: float = 350.0


_STAFF = frozenset({"org", "domain", "purse", "network"})
_BUSINESS = {"enterprise": 0.7, "self-serve": 0.2, "startup": 0.1}
_PAID = {"payg": 0.4, "team": 0.35, "enterprise": 0.25}

HABITS: Mapping[str, Habit] = {
    "individual": Habit("People with topics of their own.", rate=2.2, spread=1.2, turns=2.6),
    "app_user": Habit(
        "Users of a popular application: its system prompt, tools and client are shared, nothing else.",
        text="app", rate=3.0, turns=2.4, words=22,
    ),
    "own_key_tool": Habit(
        "Own keys in a public tool or prompt pack: its template stands in the user turn around their own work.",
        text="pack", rate=4.0, spread=1.1, turns=1.5, words=60, answer=900,
        clients=_CODER,
    ),
    "developer": Habit(
        "Programmers, each with scripts and templates of their own.",
        text="template", rate=5.0, spread=1.3, turns=1.6, words=55, answer=800, clients=_CODER,
        domains={"code": 5.0, "tools": 2.0, "chat": 1.0, "agent": 0.6, "answers": 0.4},
    ),
    "employer_staff": Habit(
        "Staff of one customer: purse, domain, office and an internal template in common.",
        rhythm="office", text="template", rate=5.0, turns=2.0, words=50, answer=600, domains=_FIRM,
        group=(12, 70), shared=_STAFF | {"template"}, network=("office", 2), declared=True,
        pathways=_BUSINESS, plans=_PAID,
    ),
    "student": Habit(
        "A class: campus network, domain, sign-up week and the same assignments.",
        rhythm="campus", text="assignment", rate=2.5, turns=2.8, words=24,
        domains={"mathematics": 2.0, "code": 3.0, "chat": 3.0, "reasoning": 1.0},
        group=(25, 120), shared=frozenset({"domain", "network", "created", "template"}), network=("campus", 4),
        pathways={"education": 0.8, "self-serve": 0.2}, plans={"free": 0.7, "payg": 0.1, "pro": 0.2},
        clients=_TYPIST,
    ),
    "evaluator": Habit(
        "Unrelated people who put a public benchmark to the model on release day, some again later.",
        text="benchmark", rate=1.5, turns=1.2, words=30, answer=700, clients=_CODER,
        domains={"mathematics": 1.0, "code": 1.0, "reasoning": 1.0, "chat": 1.0},
    ),
    "regression_suite": Habit(
        "Nightly suites: the same prompts every night from many runners.",
        rhythm="night", text="repeat", rate=60.0, spread=0.6, turns=1.0, words=45, answer=300, clients=_SERVICE,
        domains={"code": 1.0, "chat": 1.0, "tools": 1.0}, group=(1, 3), shared=_STAFF,
        network=("datacentre", 300), plans=_PAID,
    ),
    "ci_agent": Habit(
        "Coding agents on build runners, round the clock, from many addresses.",
        rhythm="machine", text="agent", rate=40.0, spread=0.9, turns=1.0, words=110, answer=450, clients=_SERVICE,
        domains={"agent": 4.0, "code": 1.0}, group=(1, 4), shared=_STAFF | {"template"},
        network=("datacentre", 600), plans=_PAID,
    ),
    "batch_job": Habit(
        "Labelling, judging and backfill: one narrow template at volume by one account or firm.",
        rhythm="machine", text="template", rate=120.0, spread=0.8, turns=1.0, words=90, answer=500,
        clients=_SERVICE, domains={"answers": 2.0, "chat": 1.0, "medicine-zh": 0.3, "instruction": 1.0},
        group=(1, 3), shared=_STAFF | {"template", "topics"}, network=("datacentre", 2), plans=_PAID,
    ),
    "reseller_customer": Habit(
        "Customers of an authorised reseller: purse, egress and client in common, unrelated people behind them.",
        rate=5.0, spread=1.0, turns=2.2, group=(30, 140),
        shared=frozenset({"purse", "network", "client", "domain"}), network=("datacentre", 24),
        pathways={"partner": 0.9, "self-serve": 0.1}, plans=_PAID,
    ),
    "proxy_customer": Habit(
        "Innocent customers of an unauthorised pool: rotating exits, shared purses, sign-ups in bulk.",
        rate=6.0, spread=0.7, turns=1.8, group=(30, 120),
        shared=frozenset({"purse", "rotation", "created", "client"}), network=("vpn", 300),
    ),
    "vpn_user": Habit("People behind a commercial VPN.", networks={"vpn": 1.0}, rate=2.5, turns=2.4),
    "cgnat_user": Habit("People behind a carrier's shared addresses.", networks={"carrier": 1.0}, rate=2.5, turns=2.4),
    "viral_prompt": Habit("People who try one prompt that goes around on one day.", text="viral", rate=1.5),
    "hackathon": Habit(
        "A hackathon: sign-ups and a burst in two days, one starter kit.",
        text="app", rate=18.0, spread=0.7, turns=1.8, words=45, clients=_CODER, answer=700,
        domains={"code": 4.0, "tools": 2.0, "agent": 1.0}, group=(20, 90),
        shared=frozenset({"created", "burst", "network", "template"}), network=("office", 3),
        pathways={"self-serve": 0.5, "startup": 0.5}, plans={"free": 0.8, "payg": 0.2},
    ),
    "inhouse_synthetic": Habit(
        "An organisation that openly makes synthetic data for its own model over several accounts.",
        rhythm="machine", text="template", rate=90.0, spread=0.5, turns=1.0, words=70, answer=1100,
        clients=_SERVICE, domains={"mathematics": 2.0, "code": 2.0, "instruction": 1.0, "reasoning": 1.0},
        group=(4, 16), shared=_STAFF | {"template", "topics", "client", "parameters"},
        network=("datacentre", 4), declared=True, pathways={"enterprise": 1.0}, plans=_PAID,
    ),
    "agent_fleet": Habit(
        "A fleet of agents behind one gateway: one system prompt, one address, an account an agent.",
        rhythm="machine", text="agent", rate=25.0, spread=0.4, turns=1.0, words=90, answer=400, clients=_SERVICE,
        domains={"agent": 3.0, "tools": 1.0}, group=(20, 60),
        shared=_STAFF | {"template", "client", "parameters", "created"}, network=("datacentre", 2), declared=True,
        pathways=_BUSINESS, plans=_PAID,
    ),
}  # fmt: skip
"""All innocent archetypes but `stolen_key_owner`: that one comes with the campaign that stole the keys."""

ARCHETYPES: tuple[str, ...] = (*HABITS, "stolen_key_owner", "campaign")
