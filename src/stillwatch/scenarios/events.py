"""What happens to unrelated people on one day: benchmark runs at a release, a prompt that goes around."""

from __future__ import annotations

import numpy as np

from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.messages import Messages, traffic
from stillwatch.scenarios.prose import Floats
from stillwatch.scenarios.public import benchmarks, harnesses, popular
from stillwatch.scenarios.rhythm import Arrivals
from stillwatch.scenarios.traffic import Accounts, Traffic
from stillwatch.scenarios.world import World


def benchmark_runs(world: World, accounts: Accounts, rng: np.random.Generator) -> Traffic:
    """Each evaluator runs a public set through a public harness near release day, two in five once more."""
    sets, harness = benchmarks(world), harnesses(world)
    count = len(accounts)
    runner = np.concatenate([np.arange(count), np.flatnonzero(rng.random(count) < 0.4)])
    day = np.where(
        np.arange(len(runner)) < count,
        world.release_day + rng.exponential(0.35, len(runner)),
        rng.random(len(runner)) * (world.days - 0.3),
    )
    chosen = popular(len(sets), len(runner), rng)
    share = np.where(rng.random(len(runner)) < 0.5, 1.0, rng.uniform(0.2, 0.9, len(runner)))
    who, real, order = [], [], []
    for run in range(len(runner)):
        questions = sets[chosen[run]].documents
        taken = questions[: max(int(len(questions) * share[run]), 5)]
        who.append(np.full(len(taken), run))
        real.append(taken)
        order.append(np.arange(len(taken)))
    run_of, document = np.concatenate(who), np.concatenate(real)
    pace = rng.lognormal(np.log(6), 0.6, len(runner))
    seconds = day[run_of] * 86_400 + np.concatenate(order) * pace[run_of] + rng.random(len(run_of))
    used = popular(len(harness.head), len(runner), rng)[run_of]
    arrivals = _inside(world, runner[run_of], seconds)
    kept = seconds < world.days * 86_400
    parts = Messages(
        head=harness.head[used][kept],
        tail=harness.tail[used][kept],
        system=np.zeros(int(kept.sum()), np.int64),
        tools=np.zeros(int(kept.sum()), np.int64),
        topic=world.corpus.text_topic[document][kept],
        words=np.full(int(kept.sum()), 30),
    )
    made = traffic(accounts, arrivals, parts, accounts.person[arrivals.who], 700.0, rng)
    made.real[:] = document[kept]
    return made


def viral_prompts(world: World, accounts: Accounts, rng: np.random.Generator) -> Traffic:
    """One text on one day by people who share nothing else; most send it once."""
    topic = world.topics("roles" if "roles" in world.corpus.domains else "chat")
    texts = world.write_literals(rng.choice(topic, 3), np.array([70, 45, 90]), rng)
    count = len(accounts)
    which = popular(3, count, rng)
    times = rng.geometric(0.6, count)
    day = rng.uniform(1, world.days - 2, 3)
    who = np.repeat(np.arange(count), times)
    seconds = (day[which[who]] + rng.gamma(2.0, 0.17, len(who))) * 86_400
    arrivals = _inside(world, who, seconds)
    size = len(arrivals.who)
    zero = np.zeros(size, np.int64)
    parts = Messages(texts[which[arrivals.who]], zero, zero, zero, np.full(size, -1), np.full(size, 30))
    return traffic(accounts, arrivals, parts, accounts.person[arrivals.who], 450.0, rng)


def _inside(world: World, who: Ints, seconds: Floats) -> Arrivals:
    kept = (seconds >= 0) & (seconds < world.days * 86_400)
    number = int(kept.sum())
    return Arrivals(who[kept], seconds[kept], np.arange(number), np.zeros(number, np.int64))
