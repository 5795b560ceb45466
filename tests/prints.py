"""Fingerprint-level traffic for tests: groups of accounts with the habits that a test plants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from stillwatch.engines.duck import DuckEngine
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS

Load = Callable[[pa.Table, pa.Table], DuckEngine]
"""What the fixture `load` gives: fingerprints and accounts in, an engine that holds them out."""

START = int(datetime(2026, 5, 4, tzinfo=UTC).timestamp()) * 1_000_000
DAY = 86_400_000_000


@dataclass(frozen=True)
class Group:
    """Accounts of one kind.

    template  passages that stand in each themed exchange; 0 none
    themed    share of exchanges that carry the template
    """

    name: str
    accounts: int
    per_account: int = 30
    template: int = 0
    themed: float = 1.0
    copies: bool = False  # prompts come from one small public set
    night: bool = True
    alike: bool = False
    burst: bool = False
    purse: bool = False
    org: bool = False
    own_orgs: bool = False  # each account is another organisation's
    proxies: int = 0
    office: bool = False
    own_topics: bool = True
    follow_ups: float = 0.3
    capability: str = "everyday_chat"
    elicitation: float = 0.0
    client: int = 0
    first: int = 0  # day of the window on which it begins
    last: int | None = None  # day on which it ends; None: the window's
    banned: int | None = None  # day on which its accounts are banned
    days_off: float = 0.0  # share of the days on which each account rests
    heir: bool = (
        False  # has purses and addresses of the group before it; part of it shows that one's template, too
    )
    extra: dict[str, object] = field(default_factory=dict)


def _name(kind: int, value: int) -> int:
    """A 62-bit name, as a keyed hash would give."""
    return int.from_bytes(hashlib.blake2b(bytes([kind, value]), digest_size=8).digest(), "little") >> 2


def traffic(groups: list[Group], seed: int = 1, days: int = 14) -> tuple[pa.Table, pa.Table, dict[str, str]]:
    """FINGERPRINTS, ACCOUNT_PRINTS and the group of each account."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    people: list[dict[str, object]] = []
    truth: dict[str, str] = {}
    before = np.zeros(0, int), np.zeros(0, int), np.zeros(0, int)
    for number, group in enumerate(groups):
        shared = rng.integers(1, 2**62, 500)
        public = rng.integers(1, 2**62, 40)
        burst_week = START - int(rng.integers(20, 60)) * DAY
        pool = rng.integers(1, 2**62, max(group.proxies, 1))
        purses = rng.integers(1, 2**62, max(group.accounts // 10, 1))
        stream = rng.normal(size=(3, 64))
        inherited = before[0]
        if group.heir:
            pool, purses = before[1:]
        before = shared[: group.template], pool, purses
        for a in range(group.accounts):
            account = f"{rng.integers(0, 16**8):08x}-{group.name}-{a}"
            truth[account] = group.name
            spread = 0.05 if group.alike else 0.9
            count = max(2, int(group.per_account * np.exp(rng.normal(0, spread) - spread**2 / 2)))
            zone = rng.integers(0, 24)
            hours = (
                rng.uniform(0, 24, count) if not group.night else (zone + 8 + rng.beta(2, 2, count) * 13) % 24
            )
            day = rng.integers(group.first, group.last or days, count)
            if group.days_off:
                busy = np.arange(group.first, group.last or days)
                busy = rng.permutation(busy)[: max(round(len(busy) * (1.0 - group.days_off)), 1)]
                day = busy[rng.integers(0, len(busy), count)]
            ts = START + day * DAY + (hours / 24 * DAY).astype(np.int64)
            home = rng.integers(1, 2**62, 2)
            topics = rng.normal(size=(2, 64)) if group.own_topics else stream
            asn = 64500 + (900 + number if group.office or group.proxies else int(rng.integers(0, 40)))
            created = (
                burst_week + int(rng.integers(0, 5 * DAY))
                if group.burst
                else START - int(rng.integers(1, 900)) * DAY
            )
            people.append(
                {
                    "account_id": account,
                    "created_at": created,
                    "org_hash": 777 + number
                    if group.org
                    else len(people) + 9_000
                    if group.own_orgs
                    else None,
                    "country": "DE",
                    "email_domain_hash": 555 + number if group.org else int(rng.integers(1, 6)),
                    "payment_hash": int(rng.choice(purses)) if group.purse else int(rng.integers(1, 2**62)),
                    "phone_hash": int(rng.integers(1, 2**62)),
                    "email_hash": int(rng.integers(1, 2**62)),
                    "signup_ip_hash": int(home[0]),
                    "signup_prefix_hash": int(home[0]) >> 8,
                    "pathway": "self-serve",
                    "plan": "pro",
                    "verified": True,
                    "banned_at": None if group.banned is None else START + group.banned * DAY,
                }
            )
            for k in range(count):
                themed = group.template > 0 and rng.random() < group.themed
                vector = topics[rng.integers(0, len(topics))] + 1.5 * rng.normal(size=64)
                vector = np.rint(vector / np.linalg.norm(vector) * 127).astype(int)
                own = rng.integers(1, 2**62, 6).tolist()
                template = shared[: group.template].tolist()
                if group.heir and a % 8 == 0 and k % 4 == 0:
                    template = inherited.tolist()
                copied = group.copies and themed
                prompt = int(public[rng.integers(0, len(public))]) if copied else int(rng.integers(1, 2**62))
                if copied:
                    own = [prompt // 3]
                address = (
                    int(pool[rng.integers(0, len(pool))]) if group.proxies else int(home[rng.integers(0, 2)])
                )
                if group.office:
                    address = int(pool[0])
                rows.append(
                    {
                        "exchange_id": f"x{rng.integers(0, 2**62):016x}",
                        "id_derived": False,
                        "ts": int(ts[k]),
                        "account_id": account,
                        "model": "large",
                        "turns": 2 if rng.random() < (group.follow_ups if themed else 0.3) else 1,
                        "prompt_hash": prompt,
                        "passages": (template if themed else []) + own,
                        "prompt_words": 80,
                        "prompt_bytes": 500,
                        "response_bytes": 900,
                        "language": "en",
                        "capability": group.capability if themed else "everyday_chat",
                        "capability_probability": 0.9,
                        "elicitation": group.elicitation if themed else 0.02,
                        "semantic": vector.tolist(),
                        "input_tokens": 120,
                        "output_tokens": int(np.exp(rng.normal(5.5, 0.6))),
                        "ip_hash": address,
                        "prefix_hash": address >> 4,
                        "asn": asn,
                        "country": "DE",
                        "user_agent_hash": _name(1, group.client or int(rng.integers(1, 12))),
                        "ja4_hash": _name(2, group.client or int(rng.integers(1, 8))),
                        "source": "t",
                        "line": len(rows) + 1,
                        **group.extra,
                    }
                )
    complete = [{name: row.get(name) for name in FINGERPRINTS.names} for row in rows]
    return (
        pa.Table.from_pylist(complete, FINGERPRINTS),
        pa.Table.from_pylist(people, ACCOUNT_PRINTS),
        truth,
    )


CROWD = Group("individual", 500, per_account=15)
CAMPAIGN = Group(
    "campaign", 80, template=8, night=False, alike=True, burst=True, purse=True, proxies=60, own_topics=False,
    follow_ups=0.0, capability="software_engineering", elicitation=0.9,
)  # fmt: skip
"""A campaign with every sign, its template in all it sends."""
TOOL = Group(
    "tool",
    70,
    template=9,
    themed=0.6,
    follow_ups=0.1,
    capability="grading_judging",
    elicitation=0.6,
    client=5,
)
"""People who use one public tool among other things, each for topics of its own."""
FLEET = Group(
    "fleet", 40, per_account=40, template=12, night=False, alike=True, burst=True, org=True, proxies=40,
    own_topics=False, follow_ups=0.0, capability="agentic_tool_use", client=6,
)  # fmt: skip
"""A customer's agents: much of what a campaign shows, under one declared organisation."""
CAREFUL_CAMPAIGN = Group(
    "careful", 80, template=8, own_topics=False, follow_ups=0.0, capability="software_engineering", elicitation=0.9,
)  # fmt: skip
"""A campaign that gives each account hours, a rate, an age, addresses and a purse of its own, and one stream of tasks."""
