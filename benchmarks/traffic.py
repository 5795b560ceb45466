"""Fingerprint-level exchanges of the reference case, day by day, straight to Parquet.

Each part of a day is drawn from a generator of its own, seeded by day and part, so that parts can be made by
any process in any order. Rows of a part stand in the order of account and time.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from crowd import CAMPAIGN, DAY, DAYS, KINDS, START, Crowd, Ints, crowd, field_of, mix, names, prefixed, share
from numpy.typing import NDArray

from stillwatch.lake.files import PACKING
from stillwatch.model.exchanges import TIMESTAMP
from stillwatch.model.fingerprints import CAPABILITIES, FINGERPRINTS, SEMANTIC_DIMENSIONS

CHUNK = 250_000
SAMPLED = 1 / 16
"""Share of exchanges with a semantic vector: 64 bytes that don't compress are what disks fill up with."""

PHRASES = 0.06
"""Share of an exchange's own passages that are common property: quotations, idioms, boiler-plate."""

DRIFT = 0.25
"""Share of a campaign's template passages that are worded another way, of WORDINGS ways."""

WORDINGS = 6
MIXED = 0.2
"""Share of the campaign's accounts that carry other people's traffic too, as much again as the campaign's."""

RELEASE = 20
MODELS = ("large-1", "small-1", "large-2")
COUNTRIES = ("US", "DE", "IN", "BR", "GB", "FR", "JP", "CA")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of one day: which accounts, from where to where."""

    day: int
    number: int
    first: int
    last: int


def parts(people: Crowd, day: int, rows: int) -> list[Part]:
    """The parts of a day, each of about four million rows at most."""
    count = max(1, round(rows / DAYS / 4_000_000 + 0.49))
    cuts = np.linspace(0, people.size, count + 1).astype(int)
    return [Part(day, i, int(cuts[i]), int(cuts[i + 1])) for i in range(count)]


def write_part(folder: Path, rows: int, seed: int, part: Part) -> tuple[int, int]:
    """Writes the part and its truth below `folder`; rows, and how many of them are the campaign's."""
    people = crowd(rows, seed)
    date = datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + START // DAY + part.day)
    target = folder / "prints" / f"day={date}"
    target.mkdir(parents=True, exist_ok=True)
    (folder / "truth" / "exchanges").mkdir(parents=True, exist_ok=True)
    schema = FINGERPRINTS.append(pa.field("row", pa.int64(), nullable=False))
    base = ((START // DAY + part.day) << 47) | (part.number << 32)
    done = bad = 0
    with (
        pq.ParquetWriter(target / f"part-{part.number}.parquet", schema, **PACKING) as writer,
        pq.ParquetWriter(
            folder / "truth" / "exchanges" / f"{part.day:02d}-{part.number}.parquet",
            pa.schema([FINGERPRINTS.field(name) for name in ("exchange_id", "account_id")]),
            compression="zstd",
        ) as told,
    ):
        for batch, planted in batches(people, part):
            numbers = pa.array(base + np.arange(done, done + batch.num_rows))
            writer.write_batch(
                pa.RecordBatch.from_arrays([*batch.columns, numbers], schema=schema), row_group_size=131_072
            )
            ours = batch.select(["exchange_id", "account_id"]).filter(pa.array(planted))
            told.write_batch(ours)
            done, bad = done + batch.num_rows, bad + ours.num_rows
    return done, bad


def batches(people: Crowd, part: Part) -> Iterator[tuple[pa.RecordBatch, NDArray[np.bool_]]]:
    """FINGERPRINTS batches of a part, and which rows are the campaign's own."""
    rng = np.random.Generator(np.random.SFC64([people.seed, part.day, part.number]))
    accounts = np.arange(part.first, part.last)
    lively = np.clip(part.day + 1 - people.begins[accounts], 0.0, 1.0)
    active = rng.gamma(2.0, 0.5, len(accounts)) * people.rate[accounts] * lively
    steady = (people.kind[accounts] == CAMPAIGN) & ~people.careful[accounts]
    active[steady] = people.rate[accounts][steady] * lively[steady]
    count = rng.poisson(active)
    who = np.repeat(accounts, count)
    first = 0
    while first < len(who):
        last = min(first + CHUNK, len(who))
        # an account's rows stay together, so that a part is in the order of account and time
        while last < len(who) and who[last] == who[last - 1]:
            last += 1
        yield _batch(people, part, who[first:last], first, rng)
        first = last


def _batch(
    people: Crowd, part: Part, who: Ints, first: int, rng: np.random.Generator
) -> tuple[pa.RecordBatch, NDArray[np.bool_]]:
    n = len(who)
    kind, group = people.kind[who], people.group[who]
    bad = kind == CAMPAIGN
    guests = bad & (share(people.seed, 50, who) < MIXED) & (rng.random(n) < 0.5)
    planted = bad & ~guests
    kind = np.where(guests, 1, kind)  # other people's traffic through the campaign's accounts
    careful = people.careful[who]
    ts = _times(people, part, who, kind, careful, rng)
    order = np.lexsort((ts, who))
    ts = ts[order]
    kind, planted = kind[order], planted[order]  # who and what is theirs stay where they are
    seed = people.seed
    owner = np.where(field_of("group")[kind] == 0, who, group)
    versions = field_of("versions").astype(np.int64)[kind]
    # a campaign's account works through some of the templates, a person mostly with one version
    pick = np.where(
        planted, rng.integers(0, 6, n) * 7 + (who % 24), np.where(rng.random(n) < 0.9, who, who + 1)
    )
    version = pick % versions
    themed = rng.random(n) < np.where(planted & careful, 0.35, field_of("themed")[kind])
    copies = field_of("copies").astype(np.int64)[kind]
    copied = (copies > 0) & (rng.random(n) < 0.7)
    item = np.floor(rng.random(n) * np.maximum(copies, 1)).astype(np.int64)
    text = np.where(copied, names(seed, 51, owner, item), rng.integers(1, 2**62, n))
    passages, prompt = _passages(seed, kind, owner, version, themed, copied, text, planted, rng)
    address, prefix, asn = _addresses(people, who, kind, group, planted & ~careful, rng)
    program = np.where(field_of("client")[kind] > 0, group % 97, np.floor(40 * share(seed, 52, who) ** 2))
    client = np.where(planted & careful, np.floor(40 * share(seed, 52, who) ** 2), program).astype(np.int64)
    capability = np.where(
        rng.random(n) < 0.7,
        field_of("capability").astype(np.int64)[kind],
        rng.integers(0, len(CAPABILITIES), n),
    )
    purpose = np.array([0, 1, 2, 6, 4, 3])[version % 6]
    capability = np.where(planted & themed, purpose, capability)
    talk = rng.random(n) < field_of("talk")[kind]
    conversation = (who * DAYS + part.day) * 8 + rng.integers(0, 8, n)
    conversation = np.where(
        (kind == CAMPAIGN) | (rng.random(n) < 0.3), first + np.arange(n) + (part.day << 40), conversation
    )
    newest = (part.day >= RELEASE) & (
        share(seed, 53, who) * 30 < part.day - RELEASE + np.where(planted, 30, 0)
    )
    model = np.where(newest, 2, (share(seed, 54, who) < 0.3).astype(np.int64))
    words = np.maximum(np.exp(rng.normal(4.0, 0.8, n)), 4).astype(np.int32)
    answer = np.exp(rng.normal(np.log(field_of("answer")[kind]) - 0.3, 0.7)).astype(np.int64)
    asks = rng.random(n) < field_of("elicitation")[kind]
    system = rng.random(n) < np.where(field_of("system")[kind] < 1, field_of("system")[kind], 1.1)
    system_version = np.where(planted, version % 3, np.where(kind == 1, 0, who % 3))
    system_text = names(seed, 55, owner, system_version)
    tools = rng.random(n) < np.where(field_of("tools")[kind] < 1, field_of("tools")[kind], 1.1)
    skeleton = rng.random(n) < field_of("skeleton")[kind]
    shape = np.where(
        themed & (rng.random(n) < 0.3), names(seed, 56, owner, version), rng.integers(1, 2**62, n)
    )
    spoken = rng.integers(0, 100, n)
    exchange = ((part.day << 36) | (part.number << 32)) + first + np.arange(n)
    signed = rng.random(n) < 0.07
    columns = {
        "exchange_id": prefixed("x", exchange),
        "id_derived": pa.array(np.zeros(n, bool)),
        "ts": pa.array(ts).cast(TIMESTAMP),
        "account_id": people.ids_on(part.day, who),
        "key_id": prefixed("k", who),
        "model": _named(MODELS, model),
        "surface": _named(("first-party", "cloud"), (share(seed, 57, who) < 0.3).astype(np.int64)),
        "conversation_id": pa.DictionaryArray.from_arrays(
            pa.array(np.arange(n), mask=~talk), prefixed("c", conversation)
        ).cast(pa.string()),
        "turns": pa.nulls(n, pa.int32()),
        "prompt_hash": pa.array(prompt),
        "passages": passages,
        "system_hash": pa.array(system_text, mask=~system),
        "system_passages": _system_passages(seed, system, system_text),
        "tools_hash": pa.array(names(seed, 58, owner % 1000 + (owner >> 40) * 5, version % 2), mask=~tools),
        "skeleton_hash": pa.array(shape, mask=~skeleton),
        "prompt_words": pa.array(words),
        "prompt_bytes": pa.array(words * 6),
        "response_bytes": pa.nulls(n, pa.int32()),
        "language": _named(("en", "de", "zh"), (spoken > 90) + (spoken > 95)),
        "capability": _named(CAPABILITIES, capability),
        "capability_probability": pa.array((0.5 + rng.integers(0, 50, n) / 100).astype(np.float32)),
        "elicitation": pa.array(np.where(asks, 0.9, rng.integers(0, 20, n) / 100).astype(np.float32)),
        "semantic": _semantic(seed, who, planted, rng),
        "reasoning_signature_hash": pa.array(rng.integers(1, 2**62, n), mask=~signed),
        "input_tokens": pa.array((words * 1.4).astype(np.int64)),
        "output_tokens": pa.array(answer),
        "reasoning_tokens": pa.array(answer // 4),
        "params_hash": pa.array(names(seed, 59, client % 60)),
        "status": pa.array(np.where(rng.random(n) < 0.03, 429, 200).astype(np.int32)),
        "ip_hash": pa.array(address),
        "prefix_hash": pa.array(prefix),
        "asn": pa.array(asn),
        "country": _named(COUNTRIES, asn % len(COUNTRIES)),
        "user_agent_hash": pa.array(names(seed, 60, client)),
        "ja4_hash": pa.array(names(seed, 61, client % 14)),
        "source": _named(("letter",), np.zeros(n, np.int64)),
        "line": pa.array(first + np.arange(1, n + 1)),
    }  # fmt: skip
    arrays = [columns[field.name].cast(field.type) for field in FINGERPRINTS]
    return pa.RecordBatch.from_arrays(arrays, schema=FINGERPRINTS), planted


def _named(values: tuple[str, ...], code: NDArray[Any]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), pa.array(values)).cast(pa.string())


def _times(
    people: Crowd, part: Part, who: Ints, kind: Ints, careful: NDArray[np.bool_], rng: np.random.Generator
) -> Ints:
    """Machines ask round the clock; people in thirteen hours of their own day."""
    n = len(who)
    flat = (field_of("flat")[kind] > 0) & ~careful
    hours = np.where(
        flat, 24 * rng.random(n), (people.zone[who] + 8 + 13 * (rng.random(n) + rng.random(n)) / 2) % 24
    )
    begun = np.where(part.day <= people.begins[who], (people.begins[who] % 1) * 24, 0.0)
    hours = begun + hours * (24 - begun) / 24
    within: Ints = np.minimum(np.floor(hours * DAY / 24), DAY - 1).astype(np.int64)
    return START + part.day * DAY + within


def _passages(
    seed: int, kind: Ints, owner: Ints, version: Ints, themed: NDArray[np.bool_], copied: NDArray[np.bool_],
    text: Ints, planted: NDArray[np.bool_], rng: np.random.Generator,
) -> tuple[pa.Array, Ints]:  # fmt: skip
    """Passages of each prompt: the first half of a template, what is asked, the second half; and its hash."""
    n = len(kind)
    frame = np.where(themed, field_of("frame").astype(np.int64)[kind], 0)
    mean = field_of("own")[kind]
    # what is copied has the passages of the copy
    draw = np.where(copied, share(seed, 62, text), rng.random(n))
    own = np.minimum(np.floor(-mean * np.log1p(-draw * 0.9999) + 0.5), 60).astype(np.int64)
    sizes = frame + own
    ends = np.cumsum(sizes)
    row = np.repeat(np.arange(n), sizes)
    place = np.arange(ends[-1] if n else 0) - np.repeat(ends - sizes, sizes)
    head = (frame + 1) // 2
    in_frame = (place < head[row]) | (place >= (head + own)[row])
    out = rng.integers(-(2**62), 2**62, len(row)) | 1
    common = rng.random(len(row), dtype=np.float32) < PHRASES
    out[common] = names(seed, 63, np.floor(8_000_000 * rng.random(common.sum()) ** 3).astype(np.int64))
    stands = np.flatnonzero(in_frame)
    of = row[stands]
    index = np.where(place[stands] < head[of], place[stands], place[stands] - own[of])
    wording = np.where(planted[of] & (rng.random(len(of)) < DRIFT), rng.integers(1, WORDINGS, len(of)), 0)
    out[stands] = names(seed, 64, owner[of], version[of], index, wording)
    taken = np.flatnonzero(copied[row] & ~in_frame)
    out[taken] = names(seed, 65, text[row[taken]], place[taken] - head[row[taken]])
    prompt = np.where(copied, names(seed, 66, text, np.where(themed, version, -1)), text)
    offsets = np.r_[0, ends].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(out)), prompt


def _system_passages(seed: int, shown: NDArray[np.bool_], text: Ints) -> pa.Array:
    size = np.where(shown, 4 + (text.view(np.uint64) % np.uint64(21)).astype(np.int64), 0)
    ends = np.cumsum(size)
    row = np.repeat(np.arange(len(text)), size)
    place = np.arange(len(row)) - np.repeat(ends - size, size)
    values = names(seed, 67, text[row], place)
    return pa.ListArray.from_arrays(
        pa.array(np.r_[0, ends].astype(np.int32)), pa.array(values), mask=pa.array(~shown)
    )


def _addresses(
    people: Crowd, who: Ints, kind: Ints, group: Ints, proxied: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Address, its prefix and its network."""
    n, seed = len(who), people.seed
    modes = np.array([("home", "office", "pool", "runner").index(k.address) for k in KINDS])[kind]
    modes = np.where(kind == CAMPAIGN, 0, modes)
    mobile = rng.random(n) < 0.15
    local = np.where(mobile, rng.integers(2, 5, n), (rng.random(n) < 0.3).astype(np.int64))
    place = mix(seed, 70, who, local).astype(np.int64)
    place = np.where(modes == 1, mix(seed, 71, group, rng.integers(0, 2, n)).astype(np.int64), place)
    place = np.where(modes == 2, mix(seed, 72, group, rng.integers(0, 40, n)).astype(np.int64), place)
    place = np.where(modes == 3, mix(seed, 73, rng.integers(0, 1 << 20, n)).astype(np.int64), place)
    exits = max(32 * int((people.kind == CAMPAIGN).sum()), 400)
    place = np.where(proxied, mix(seed, 74, rng.integers(0, exits, n)).astype(np.int64), place)
    lent = proxied & (rng.random(n) < 0.1)  # lines of people who don't know
    place = np.where(lent, mix(seed, 70, rng.integers(0, people.size, n), 0).astype(np.int64), place)
    network = np.floor(300 * share(seed, 75, np.where(modes == 0, who, group)) ** 2).astype(np.int64)
    network = np.where(
        proxied | (modes == 3), np.floor(60 * share(seed, 76, place)).astype(np.int64), network
    )
    return names(seed, 77, place), names(seed, 78, place >> 2), 4_200_000_000 + network


def _semantic(seed: int, who: Ints, planted: NDArray[np.bool_], rng: np.random.Generator) -> pa.Array:
    n = len(who)
    sampled = rng.random(n) < SAMPLED
    at = np.flatnonzero(sampled)
    topics = np.random.default_rng(seed).normal(size=(4_096, SEMANTIC_DIMENSIONS)).astype(np.float32)
    own = (mix(seed, 80, who[at], rng.integers(0, 3, len(at))) % np.uint64(4_096)).astype(np.int64)
    topic = np.where(planted[at], rng.integers(0, 40, len(at)), own)
    vector = topics[topic] + 1.3 * rng.standard_normal((len(at), SEMANTIC_DIMENSIONS), dtype=np.float32)
    vector *= 127.0 / np.linalg.norm(vector, axis=1, keepdims=True)
    values = np.rint(vector).astype(np.int8).ravel()
    ends = np.r_[0, np.cumsum(sampled * SEMANTIC_DIMENSIONS)].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(values), mask=pa.array(~sampled))
