"""Fingerprint-level traffic for tests: groups of accounts with the habits that a test plants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

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
    pathways: tuple[str, ...] = ("self-serve",)  # how its accounts came in, in turn
    proxies: int = 0
    office: bool = False
    countries: tuple[str, ...] = ("DE",)  # where its exchanges come from, in turn
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
    extra: dict[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class _Ground:
    """What the accounts of a group have in common."""

    shared: np.ndarray  # passages; the template is the first of them
    public: np.ndarray  # prompts of a small public set
    burst: int  # microseconds: begin of the days on which its accounts are made
    pool: np.ndarray  # addresses
    purses: np.ndarray
    stream: np.ndarray  # directions of the topics that all of them ask about


@dataclass(frozen=True)
class _Made:
    prints: pa.Table
    people: pa.Table
    names: tuple[str, ...]


def _name(kind: int, value: int) -> int:
    """A 62-bit name, as a keyed hash would give."""
    return int.from_bytes(hashlib.blake2b(bytes([kind, value]), digest_size=8).digest(), "little") >> 2


_AGENTS, _HANDSHAKES = (np.array([_name(kind, value) for value in range(256)]) for kind in (1, 2))


def traffic(groups: list[Group], seed: int = 1, days: int = 14) -> tuple[pa.Table, pa.Table, dict[str, str]]:
    """FINGERPRINTS, ACCOUNT_PRINTS and the group of each account."""
    made = [_last(tuple(groups[: n + 1]), seed, days) for n in range(len(groups))]
    return (
        pa.concat_tables(one.prints for one in made),
        pa.concat_tables(one.people for one in made),
        {name: group.name for group, one in zip(groups, made, strict=True) for name in one.names},
    )


def _ground(groups: tuple[Group, ...], seed: int) -> _Ground:
    """Of the last group."""
    group = groups[-1]
    rng = np.random.default_rng([seed, len(groups), 0])
    ground = _Ground(
        rng.integers(1, 2**62, 500),
        rng.integers(1, 2**62, 40),
        START - int(rng.integers(20, 60)) * DAY,
        rng.integers(1, 2**62, max(group.proxies, 1)),
        rng.integers(1, 2**62, max(group.accounts // 10, 1)),
        rng.normal(size=(3, 64)),
    )
    if not group.heir:
        return ground
    before = _ground(groups[:-1], seed)
    return replace(ground, pool=before.pool, purses=before.purses)


@lru_cache(maxsize=32)
def _last(groups: tuple[Group, ...], seed: int, days: int) -> _Made:
    """What the last group sends; those before it matter for its heirs alone."""
    group, number = groups[-1], len(groups)
    ground = _ground(groups, seed)
    rng = np.random.default_rng([seed, number, 1])
    names = tuple(
        f"{tag:08x}-{group.name}-{a}" for a, tag in enumerate(rng.integers(0, 16**8, group.accounts))
    )
    spread = 0.05 if group.alike else 0.9
    wanted = group.per_account * np.exp(rng.normal(0, spread, group.accounts) - spread**2 / 2)
    of = np.repeat(np.arange(group.accounts), np.maximum(wanted.astype(int), 2))
    home = rng.integers(1, 2**62, (group.accounts, 2))
    asn = rng.integers(64500, 64540, group.accounts)
    if group.office or group.proxies:
        asn[:] = 65400 + number
    themed = (rng.random(len(of)) < group.themed) & (group.template > 0)
    prompt, passages = _texts(groups, ground, rng, seed, of, themed)
    address = home[of, rng.integers(0, 2, len(of))]
    if group.office or group.proxies:
        address = ground.pool[rng.integers(0, 1 if group.office else len(ground.pool), len(of))]
    columns: dict[str, object] = {
        "exchange_id": [f"x{value:016x}" for value in rng.integers(0, 2**62, len(of))],
        "id_derived": False,
        "ts": _times(group, rng, of, days),
        "account_id": np.array(names, str)[of],
        "model": "large",
        "turns": 1 + (rng.random(len(of)) < np.where(themed, group.follow_ups, 0.3)),
        "prompt_hash": prompt,
        "passages": passages,
        "prompt_words": 80,
        "prompt_bytes": 500,
        "response_bytes": 900,
        "language": "en",
        "capability": np.where(themed, group.capability, "everyday_chat"),
        "capability_probability": 0.9,
        "elicitation": np.where(themed, group.elicitation, 0.02),
        "semantic": _directions(group, ground, rng, of),
        "input_tokens": 120,
        "output_tokens": np.exp(rng.normal(5.5, 0.6, len(of))).astype(int),
        "ip_hash": address,
        "prefix_hash": address >> 4,
        "asn": asn[of],
        "country": np.array(group.countries)[np.arange(len(of)) % len(group.countries)],
        "user_agent_hash": _AGENTS[group.client or rng.integers(1, 12, len(of))],
        "ja4_hash": _HANDSHAKES[group.client or rng.integers(1, 8, len(of))],
        "source": "t",
        "line": number * 1_000_000 + np.arange(len(of)),
        **group.extra,
    }
    return _Made(
        _table(columns, FINGERPRINTS, len(of)), _people(group, number, ground, rng, names, home), names
    )


def _texts(
    groups: tuple[Group, ...],
    ground: _Ground,
    rng: np.random.Generator,
    seed: int,
    of: np.ndarray,
    themed: np.ndarray,
) -> tuple[np.ndarray, list[list[int]]]:
    """Names of the prompts, and the passages of each."""
    group = groups[-1]
    copied = themed & group.copies
    prompt = np.where(
        copied, ground.public[rng.integers(0, len(ground.public), len(of))], rng.integers(1, 2**62, len(of))
    )
    own = rng.integers(1, 2**62, (len(of), 6)).tolist()
    template = ground.shared[: group.template].tolist()
    passages = [
        (template if shows else []) + ([int(text) // 3] if copy else rest)
        for shows, copy, text, rest in zip(themed, copied, prompt, own, strict=True)
    ]
    if group.heir:
        earlier = _ground(groups[:-1], seed).shared[: groups[-2].template].tolist()
        turn = np.arange(len(of)) - np.searchsorted(of, of)
        for row in np.flatnonzero(themed & (of % 8 == 0) & (turn % 4 == 0)):
            passages[row] = earlier + own[row]
    return prompt, passages


def _times(group: Group, rng: np.random.Generator, of: np.ndarray, days: int) -> np.ndarray:
    """Microseconds."""
    hours = rng.uniform(0, 24, len(of))
    if group.night:
        hours = (rng.integers(0, 24, group.accounts)[of] + 8 + rng.beta(2, 2, len(of)) * 13) % 24
    lasts = np.arange(group.first, group.last or days)
    busy = max(round(len(lasts) * (1.0 - group.days_off)), 1)
    day = rng.permuted(np.tile(lasts, (group.accounts, 1)), axis=1)[of, rng.integers(0, busy, len(of))]
    return START + day * DAY + (hours / 24 * DAY).astype(np.int64)


def _directions(group: Group, ground: _Ground, rng: np.random.Generator, of: np.ndarray) -> pa.ListArray:
    """A vector an exchange, about one of the topics of its account or of the stream."""
    topics = rng.normal(size=(group.accounts, 2, 64)) if group.own_topics else ground.stream[None]
    which = rng.integers(0, topics.shape[1], len(of))
    vectors = topics[of if group.own_topics else 0, which] + 1.5 * rng.normal(size=(len(of), 64))
    vectors *= 127 / np.linalg.norm(vectors, axis=1, keepdims=True)
    offsets = np.arange(len(of) + 1, dtype=np.int32) * 64
    return pa.ListArray.from_arrays(offsets, np.rint(vectors).astype(np.int8).ravel())


def _people(
    group: Group,
    number: int,
    ground: _Ground,
    rng: np.random.Generator,
    names: tuple[str, ...],
    home: np.ndarray,
) -> pa.Table:
    """ACCOUNT_PRINTS."""
    size = group.accounts
    org = np.arange(size) + number * 10_000 if group.own_orgs else 777 + number
    return _table(
        {
            "account_id": np.array(names, str),
            "created_at": ground.burst + rng.integers(0, 5 * DAY, size)
            if group.burst
            else START - rng.integers(1, 900, size) * DAY,
            "org_hash": org if group.org or group.own_orgs else None,
            "country": "DE",
            "email_domain_hash": 555 + number if group.org else rng.integers(1, 6, size),
            "payment_hash": rng.choice(ground.purses, size) if group.purse else rng.integers(1, 2**62, size),
            "phone_hash": rng.integers(1, 2**62, size),
            "email_hash": rng.integers(1, 2**62, size),
            "signup_ip_hash": home[:, 0],
            "signup_prefix_hash": home[:, 0] >> 8,
            "pathway": np.resize(np.array(group.pathways), size),
            "plan": "pro",
            "verified": True,
            "banned_at": None if group.banned is None else START + group.banned * DAY,
        },
        ACCOUNT_PRINTS,
        size,
    )


def _table(columns: dict[str, object], schema: pa.Schema, rows: int) -> pa.Table:
    """The columns as the schema has them; one value stands for all rows, a column that is not given is null."""

    def column(of: pa.Field) -> pa.Array:
        value = columns.get(of.name)
        many = isinstance(value, np.ndarray | pa.Array) or of.name in ("exchange_id", "passages")
        return pa.array(value if many else [value] * rows, None if isinstance(value, pa.Array) else of.type)

    return pa.table([column(one).cast(one.type) for one in schema], schema)


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
