"""The parts that a scenario is composed of: prose, wording, networks, rhythm, giveaways."""

from __future__ import annotations

from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.scenarios import simulate
from stillwatch.scenarios.corpus import build_corpus
from stillwatch.scenarios.giveaways import giveaways
from stillwatch.scenarios.networks import (
    CARRIER,
    FIXED,
    HOME,
    KINDS,
    POOL,
    Reach,
    build_networks,
    dotted,
    locate,
)
from stillwatch.scenarios.prose import Prose, compile_prose, write
from stillwatch.scenarios.rhythm import machines_arrive, people_arrive, steps_arrive
from stillwatch.scenarios.sources import read_documents
from stillwatch.scenarios.wording import LANGUAGES, PURPOSES, draw_template, mutate, reword


@pytest.fixture(scope="module")
def prose() -> Prose:
    return compile_prose(build_corpus(read_documents(None)))


def test_the_bundled_sample_is_permissively_licensed() -> None:
    path = files("stillwatch.scenarios") / "data" / "sample.parquet"
    with path.open("rb") as handle:
        held = pq.read_table(handle)
        assert handle.tell() > 0
    licences = set(held["licence"].to_pylist())
    assert not [one for one in licences if "NC" in one or "SA-" in one or "-SA" in one]
    assert all("@" in one for one in set(held["origin"].to_pylist()))
    origins = (files("stillwatch.scenarios") / "data" / "ORIGINS.md").read_text(encoding="utf-8")
    assert all(f"| {source} |" in origins for source in set(held["source"].to_pylist()))


def test_prose_has_the_length_asked_for_and_depends_on_its_seed(prose: Prose) -> None:
    topic = prose.corpus.topics_of("code")[:50]
    length, writer = np.arange(1, 51), np.arange(50)
    texts = [write(prose, topic, length, writer, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert texts[0].equals(texts[1])
    assert not texts[0].equals(texts[2])
    words = [len(text.split()) for text in texts[0].to_pylist()]
    assert all(abs(found - wanted) <= 1 for found, wanted in zip(words, length.tolist(), strict=True))
    assert len(write(prose, topic[:0], length[:0], writer[:0], np.random.default_rng(1))) == 0


def test_unrelated_writers_seldom_share_a_passage(prose: Prose) -> None:
    rng = np.random.default_rng(4)
    count = 4_000
    topic = rng.integers(0, len(prose.corpus.topic_domain), count)
    texts = write(prose, topic, np.full(count, 60), np.arange(count), rng).to_pylist()
    seen: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for number, text in enumerate(texts):
        words = text.lower().split()
        for place in range(len(words) - 6):
            seen[tuple(words[place : place + 7])].add(number)
    shared = [len(writers) for writers in seen.values() if len(writers) > 1]
    assert len(shared) / len(seen) < 0.01
    assert sum(one >= 10 for one in shared) < 30


def test_wording_stays_at_strength_0_and_goes_at_1() -> None:
    rng = np.random.default_rng(2)
    for purpose in PURPOSES:
        for language in LANGUAGES:
            base = draw_template(purpose, language, rng)
            assert mutate(base, 0.0, rng) == base
            assert base.head()
    base = draw_template("coding", "en", rng)
    drifted = {mutate(base, 0.9, rng, ("zh", "ru")).head() for _ in range(60)}
    assert len(drifted) > 50
    assert any("你" in head or "请" in head for head in drifted)
    assert "{" not in "".join(drifted)


def _reach(mode: int, system: int, count: int, **changed: object) -> Reach:
    held: dict[str, object] = {
        "mode": np.full(count, mode), "system": np.full(count, system), "place": np.arange(count),
        "breadth": np.full(count, 1), "mobile": np.zeros(count), "borrow": np.zeros(count),
        "session": np.arange(count), "day": np.zeros(count, np.int64), "hour": np.zeros(count, np.int64),
    }  # fmt: skip
    return Reach(**(held | changed))  # type: ignore[arg-type]


def test_words_put_otherwise_leave_what_stands_between_them() -> None:
    """Of a template with one word in seven put otherwise some runs of six words stay, and hardly ever all."""
    rng = np.random.default_rng(4)
    stayed = []
    for purpose in PURPOSES:
        base = draw_template(purpose, "en", rng)
        assert reword(base, 0.0, rng).head() == base.head()
        words = base.head().split()
        runs = {tuple(words[k : k + 6]) for k in range(len(words) - 5)}
        for _ in range(20):
            told = reword(base, 0.15, rng).head().split()
            stayed.append(len(runs & {tuple(told[k : k + 6]) for k in range(len(told) - 5)}) / len(runs))
    assert 0.25 < np.mean(stayed) < 0.6
    assert np.mean(np.array(stayed) == 1.0) < 0.2


def test_addresses_follow_the_kind_of_network() -> None:
    networks = build_networks(np.random.default_rng(1))
    nobody = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    home = int(networks.of("residential")[0])
    lines, system = locate(networks, _reach(HOME, home, 500), nobody)
    assert len(np.unique(lines)) > 490
    assert (system == home).all()
    office = _reach(FIXED, home, 500, place=np.full(500, 9), breadth=np.full(500, 3))
    assert len(np.unique(locate(networks, office, nobody)[0])) == 3
    shared, carriers = locate(networks, _reach(CARRIER, home, 5_000), nobody)
    assert len(np.unique(shared)) <= 2 * 96
    assert {KINDS[kind] for kind in networks.kind[carriers]} == {"mobile"}
    exits = _reach(
        POOL, int(networks.of("datacentre")[0]), 5_000, place=np.full(5_000, 9), breadth=np.full(5_000, 40)
    )
    assert len(np.unique(locate(networks, exits, nobody)[0])) == 40
    assert all(11 <= int(one.partition(".")[0]) <= 223 for one in dotted(lines).to_pylist())


def test_people_sleep_and_machines_do_not() -> None:
    rng = np.random.default_rng(3)
    people = people_arrive("human", np.full(50, 40.0), np.zeros(50), 14, 2.0, rng)
    hours = np.bincount((people.seconds // 3_600).astype(int) % 24, minlength=24) / len(people.seconds)
    assert hours[1:6].sum() < 0.08
    assert hours[10] > 0.05
    assert len(people.who) / (50 * 14) == pytest.approx(40, rel=0.15)
    machines = machines_arrive(np.full((50, 14), 40), rng, flat=True)
    hours = np.bincount((machines.seconds // 3_600).astype(int) % 24, minlength=24) / len(machines.seconds)
    assert hours.min() > 0.03
    assert len(machines.who) == 50 * 14 * 40
    office = people_arrive("office", np.full(50, 40.0), np.zeros(50), 14, 2.0, rng)
    weekend = (office.seconds // 86_400 % 7 >= 5).mean()
    assert weekend < 0.05


def test_a_window_and_a_night_are_kept() -> None:
    rng = np.random.default_rng(3)
    window = (np.full(20, 2.0), np.full(20, 5.0))
    day = machines_arrive(np.full((20, 14), 10), rng, window=window).seconds / 86_400
    assert day.min() >= 2
    assert day.max() < 5
    night = machines_arrive(np.full((20, 14), 10), rng, night=(np.full(20, 2.0), 1.0))
    hour = night.seconds / 3_600 % 24
    assert hour.min() >= 2
    assert hour.max() < 3.01


def test_accounts_in_step_share_a_few_instants() -> None:
    rng = np.random.default_rng(3)
    steps = steps_arrive(np.full((100, 14), 8), 5, 60.0, rng)
    flat = machines_arrive(np.full((100, 14), 8), rng, flat=True)
    busiest = [
        np.sort(np.bincount((one.seconds // 600).astype(int)))[-70:].sum() / len(one.who)
        for one in (steps, flat)
    ]
    assert busiest[0] > 0.8
    assert busiest[1] < 0.2


@pytest.mark.slow
def test_no_column_gives_the_truth_away_and_a_planted_one_is_seen(tmp_path: Path) -> None:
    folder = simulate(tmp_path, "demo", seed=2, scale=0.5).path
    table = giveaways(folder, permutations=60)
    for row in table.to_pylist():
        if row["intended"] is None:
            assert row["balanced_accuracy"] < 0.58, row
    sent = pq.read_table(folder / "exchanges.parquet")
    members = pq.read_table(folder / "truth" / "members.parquet")["account_id"].combine_chunks()
    guilty = pc.is_in(sent["account_id"], value_set=members)
    planted = pc.if_else(guilty, pa.scalar(0.123), sent["temperature"])
    place = sent.column_names.index("temperature")
    pq.write_table(sent.set_column(place, "temperature", planted), folder / "exchanges.parquet")
    rows = {row["column"]: row for row in giveaways(folder, permutations=20).to_pylist()}
    assert rows["temperature"]["balanced_accuracy"] > 0.65
    assert rows["temperature"]["p"] < 0.05
