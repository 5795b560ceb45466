"""From planned exchanges to the tables of a scenario folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.exchanges import DAY
from stillwatch.scenarios.clients import CLIENTS, MODELS, NEW_MODEL, SURFACES
from stillwatch.scenarios.corpus import Flags, Ints
from stillwatch.scenarios.networks import COUNTRIES, HOME, Reach, dotted, locate
from stillwatch.scenarios.people import plain_client
from stillwatch.scenarios.prose import scatter, write
from stillwatch.scenarios.public import benchmarks
from stillwatch.scenarios.traffic import MARKOV, MAYBE_REAL, Accounts, Traffic
from stillwatch.scenarios.world import START_MICROSECONDS, World

TIMESTAMP = pa.timestamp("us", tz="UTC")
BATCH = 32_768  # exchanges written at once

_LEFT = np.uint64(0x2545F4914F6CDD1D)


@dataclass(frozen=True)
class Settled:
    """Accounts and exchanges in their final order, with identifiers and addresses."""

    accounts: Accounts
    traffic: Traffic
    account_ids: pa.StringArray
    address: Ints
    system: Ints


def settle(world: World, accounts: Accounts, traffic: Traffic) -> Settled:
    """The plan in its final order: accounts shuffled, exchanges by time, none after a ban, text dealt out."""
    rng = world.rng("settle")
    order = rng.permutation(len(accounts))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    accounts = _reorder(accounts, order)
    accounts = _stray_bans(accounts, rng)
    traffic = replace(traffic, account=place[traffic.account])
    banned = accounts.banned[traffic.account]
    begins, ends = START_MICROSECONDS, START_MICROSECONDS + world.days * DAY
    inside = (traffic.time >= begins) & (traffic.time < ends) & ((banned == 0) | (traffic.time < banned))
    traffic = traffic.where(inside)
    order = np.lexsort((traffic.turn, traffic.conversation, traffic.account, traffic.time))
    traffic = _reorder_traffic(traffic, order)
    traffic = replace(traffic, real=_deal_real(world, traffic, rng))
    # somebody who wrote before the recorded sign-up signed up earlier
    first = np.full(len(accounts), ends)
    np.minimum.at(first, traffic.account, traffic.time)
    accounts = replace(accounts, created=np.minimum(accounts.created, first - 60_000_000))
    address, system = locate(world.networks, _reach(accounts, traffic), _homes(accounts))
    return Settled(accounts, traffic, _names("acct", len(accounts), world.seed), address, system)


def _reorder(accounts: Accounts, order: Ints) -> Accounts:
    return Accounts(**{name: getattr(accounts, name)[order] for name in Accounts.__dataclass_fields__})


def _reorder_traffic(traffic: Traffic, order: Ints) -> Traffic:
    return Traffic(**{name: getattr(traffic, name)[order] for name in Traffic.__dataclass_fields__})


def _stray_bans(accounts: Accounts, rng: np.random.Generator) -> Accounts:
    """One account in three hundred is banned for something else."""
    stray = (rng.random(len(accounts)) < 1 / 300) & (accounts.banned == 0)
    day = rng.uniform(0.5, 14, len(accounts))
    return replace(
        accounts, banned=np.where(stray, START_MICROSECONDS + (day * DAY).astype(np.int64), accounts.banned)
    )


def _deal_real(world: World, traffic: Traffic, rng: np.random.Generator) -> Ints:
    """Document of each exchange: those that may be real get one that nobody else sends, while they last."""
    real = traffic.real.copy()
    free = np.ones(len(world.corpus.texts), bool)
    free[real[real >= 0]] = False
    for one in benchmarks(world):
        free[one.documents] = False
    documents = rng.permutation(np.flatnonzero(free))
    topic_of = world.corpus.text_topic[documents]
    documents = documents[np.argsort(topic_of, kind="stable")]
    counts = np.bincount(topic_of, minlength=len(world.corpus.topic_domain))
    first = np.cumsum(counts) - counts
    asking = rng.permutation(np.flatnonzero(real == MAYBE_REAL))
    asking = asking[np.argsort(traffic.topic[asking], kind="stable")]
    topic = traffic.topic[asking]
    rank = np.arange(len(asking)) - np.searchsorted(topic, topic)
    served = rank < counts[topic]
    real[asking] = MARKOV
    real[asking[served]] = documents[first[topic[served]] + rank[served]]
    return real


def _homes(accounts: Accounts) -> tuple[Ints, Ints]:
    """The home lines of innocents, which residential proxies may borrow."""
    lines = np.flatnonzero((accounts.mode == HOME) & (accounts.campaign < 0))
    return accounts.system[lines], accounts.place[lines]


def _reach(accounts: Accounts, traffic: Traffic) -> Reach:
    who = traffic.account
    hour = (traffic.time - START_MICROSECONDS) // (3_600 * 1_000_000)
    return Reach(
        mode=accounts.mode[who],
        system=accounts.system[who],
        place=accounts.place[who],
        breadth=accounts.breadth[who],
        mobile=accounts.mobile[who],
        borrow=accounts.borrow[who],
        session=traffic.conversation * 4 + scatter(who) % 1_021,
        day=hour // 24,
        hour=hour,
    )


def _names(prefix: str, count: int, seed: int) -> pa.StringArray:
    """(count,) identifiers in which nothing can be read: 64 mixed bits of the seed and the number."""
    mixed = scatter(np.arange(count) + scatter(np.array([seed * 7 + len(prefix)]))[0] % (1 << 40))
    values = (mixed.astype(np.uint64) * _LEFT).tolist()
    return pa.array([f"{prefix}_{value:016x}" for value in values], pa.string())


def _hashes(prefix: str, number: Ints) -> pa.StringArray:
    """(n,) what a hashed field looks like; null where the number is 0."""
    mixed = scatter(number * 31 + len(prefix)).astype(np.uint64) * _LEFT
    values = [
        f"{prefix}{value:016x}" if held else None
        for value, held in zip(mixed.tolist(), number.tolist(), strict=True)
    ]
    return pa.array(values, pa.string())


def account_table(settled: Settled) -> pa.Table:
    """The accounts as the contract names their columns."""
    a = settled.accounts
    countries = np.array([country.code for country in COUNTRIES])
    return pa.table(
        {
            "account_id": settled.account_ids,
            "created_at": pa.array(a.created).cast(TIMESTAMP),
            "org_id": _hashes("org_", a.org),
            "country": pa.array(countries[a.country], pa.string()),
            "email_domain": _hashes("d", a.domain),
            "email_hash": _hashes("e", a.person),
            "payment_hash": _hashes("p", a.purse),
            "phone_hash": _hashes("t", a.phone),
            "signup_ip": dotted(a.signup),
            "pathway": pa.array(a.pathway.tolist(), pa.string()),
            "plan": pa.array(a.plan.tolist(), pa.string()),
            "verified": pa.array(a.verified),
            "banned_at": pa.array(a.banned, mask=a.banned == 0).cast(TIMESTAMP),
        }
    ).sort_by("account_id")


def exchange_batches(world: World, settled: Settled) -> Iterator[pa.Table]:
    """The exchanges in order of time, text and all, some 33,000 at a time."""
    literals = world.literals.array()
    weight = pc.binary_length(literals).to_numpy().astype(np.float64)
    ids = _names("ex", len(settled.traffic), world.seed + 1)
    names = _conversation_names(settled)
    for start in range(0, len(settled.traffic), BATCH):
        rows = np.arange(start, min(start + BATCH, len(settled.traffic)))
        yield _batch(world, settled, rows, literals, weight, ids, names, world.rng("batch", start // BATCH))


def _conversation_names(settled: Settled) -> tuple[Ints, Flags]:
    """(number, sent): programs often send no conversation."""
    accounts, who = settled.accounts, settled.traffic.account
    silent = ~plain_client(accounts.client) & (scatter(accounts.person + 17) % 10 < 4)
    return settled.traffic.conversation, ~silent[who]


def _batch(
    world: World,
    settled: Settled,
    rows: Ints,
    literals: pa.Array,
    weight: npt.NDArray[np.float64],
    ids: pa.StringArray,
    names: tuple[Ints, Flags],
    rng: np.random.Generator,
) -> pa.Table:
    t, a = settled.traffic, settled.accounts
    who = t.account[rows]
    prompt = _prompts(world, t, rows, literals, rng)
    size = pc.binary_length(prompt).to_numpy().astype(np.float64)
    system, tools = t.system[rows], t.tools[rows]
    earlier = t.turn[rows] * (t.answer[rows] + size / 4)
    tokens_in = ((size + weight[system] + weight[tools]) / 4.1 + earlier + 8) * rng.normal(1, 0.03, len(rows))
    cap = a.cap[who]
    length = rng.lognormal(np.log(t.answer[rows]) - 0.32, 0.8)
    tokens_out = np.where(cap > 0, np.minimum(length, cap), length).astype(np.int64) + 1
    status = rng.choice(np.array([200, 429, 500, 400], np.int32), len(rows), p=[0.975, 0.013, 0.006, 0.006])
    failed = status != 200
    model = np.where(t.time[rows] >= START_MICROSECONDS + a.adopts[who] * DAY, NEW_MODEL, a.model[who])
    thinks = a.thinks[who] & (model > 0)
    thought = rng.lognormal(np.log(600), 0.9, len(rows)).astype(np.int64)
    key = a.person[who] * 8 + t.conversation[rows] % a.keys[who]
    client = a.client[who]
    numbers, sent = names
    number, chat = np.where(sent[rows], numbers[rows] + 1, 0), np.array([c.surface for c in CLIENTS])[client]
    cloud = scatter(a.person[who] + 23) % 10 == 0
    where = np.array([country.code for country in COUNTRIES])[world.networks.country[settled.system[rows]]]
    columns = {
        "exchange_id": ids.take(pa.array(rows)),
        "ts": pa.array(t.time[rows]).cast(TIMESTAMP),
        "account_id": settled.account_ids.take(pa.array(who)),
        "key_id": _hashes("key_", key),
        "model": pa.array(np.array(MODELS)[model], pa.string()),
        "surface": pa.array(np.array(SURFACES)[np.where((chat == 0) & cloud, 2, chat)], pa.string()),
        "conversation_id": _hashes("conv_", number),
        "system": _optional(literals, system),
        "prompt": prompt,
        "tools": _optional(literals, tools),
        "reasoning_signature": _hashes("sig_", t.signature[rows]),
        "input_tokens": pa.array(np.maximum(tokens_in, 1).astype(np.int64)),
        "output_tokens": pa.array(np.where(failed, 0, tokens_out)),
        "reasoning_tokens": pa.array(np.where(failed | ~thinks, 0, thought)),
        "temperature": pa.array(a.temperature[who], mask=np.isnan(a.temperature[who])),
        "max_tokens": pa.array(cap, mask=cap == 0),
        "stream": pa.array(a.stream[who] == 1, mask=a.stream[who] < 0),
        "status": pa.array(status),
        "ip": dotted(settled.address[rows]),
        "asn": pa.array(world.networks.number[settled.system[rows]]),
        "country": pa.array(where, pa.string()),
        "user_agent": pa.array([c.user_agent for c in CLIENTS], pa.string()).take(pa.array(client)),
        "tls_ja4": pa.array([c.ja4 for c in CLIENTS], pa.string()).take(pa.array(client)),
    }
    return pa.table(columns)


def _optional(literals: pa.Array, number: Ints) -> pa.StringArray:
    return literals.take(pa.array(number, mask=number == 0)).cast(pa.string())


def _prompts(
    world: World, traffic: Traffic, rows: Ints, literals: pa.Array, rng: np.random.Generator
) -> pa.StringArray:
    """The user text of each exchange: literal, content, literal."""
    topic, real = traffic.topic[rows], traffic.real[rows]
    content = np.full(len(rows), -1)
    written = np.flatnonzero((topic >= 0) & (real < 0))
    prose = write(
        world.prose, topic[written], traffic.words[rows][written], traffic.writer[rows][written], rng
    )
    content[written] = np.arange(len(written))
    given = np.flatnonzero((topic >= 0) & (real >= 0))
    content[given] = len(written) + np.arange(len(given))
    texts = pa.concat_arrays([prose, world.corpus.texts.take(pa.array(real[given]))])
    middle = pc.fill_null(texts.take(pa.array(content, mask=content < 0)), "")
    lower = scatter(traffic.writer[rows] + 3) % 5 == 0
    # a template's own words stay as they are
    middle = pc.if_else(pa.array(lower & (real < 0)), pc.utf8_lower(middle), middle)
    head = literals.take(pa.array(traffic.head[rows])).cast(pa.string())
    tail = literals.take(pa.array(traffic.tail[rows])).cast(pa.string())
    joined = pc.binary_join_element_wise(head, middle, tail, "")
    return pc.if_else(pc.equal(joined, ""), "?", joined)  # a walk can consist of line ends alone
