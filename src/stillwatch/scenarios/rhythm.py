"""When exchanges arrive: people by their local day, machines by shapes fitted to recorded load."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow.parquet as pq

from stillwatch.scenarios.corpus import Ints
from stillwatch.scenarios.prose import Floats

SECONDS = 86_400

_PEAKS = {  # local hour, width, weight
    "human": ((10.5, 2.4, 0.32), (15.5, 2.8, 0.33), (21.0, 2.1, 0.35)),
    "office": ((10.3, 1.4, 0.5), (14.8, 1.7, 0.5)),
    "campus": ((11.5, 1.8, 0.2), (16.5, 2.2, 0.3), (22.0, 1.9, 0.5)),
}
_WEEKEND = {"human": 0.8, "office": 0.07, "campus": 0.75}


@dataclass(frozen=True)
class Arrivals:
    """Exchanges in time: `who` did it, `seconds` since the start, which conversation and which turn."""

    who: Ints
    seconds: Floats
    conversation: Ints  # numbered from 0 within these arrivals
    turn: Ints  # from 0


def people_arrive(
    rhythm: str,
    rate: Floats,
    hours_east: Floats,
    days: int,
    turns: float,
    rng: np.random.Generator,
    window: tuple[Floats, Floats] | None = None,
) -> Arrivals:
    """Arrivals of people: conversations by the local hour, turns minutes apart.

    rhythm      human, office or campus
    rate        (n,) mean exchanges a day
    hours_east  (n,) of UTC
    turns       mean turns a conversation, 1 or more
    window      (first, last) day of each person, fractions allowed; None: the whole
    """
    count = len(rate)
    weekday = np.arange(days) % 7
    factor = np.where(weekday >= 5, _WEEKEND[rhythm], 1.0)
    mood = rng.gamma(0.8, 1 / 0.8, (count, days))  # days differ: many are idle, some are long
    talks = rng.poisson(rate[:, None] / turns * factor[None, :] * mood)
    who, day = np.divmod(np.repeat(np.arange(count * days), talks.ravel()), days)
    shift = rng.normal(0, 1.3, count)  # early and late people
    local = _local_hours(rhythm, len(who), rng) + shift[who]
    begins = (day * 24 + np.mod(local, 24) - hours_east[who]) * 3_600
    begins = np.mod(begins, days * SECONDS)
    length = rng.geometric(1 / max(turns, 1.0), len(who))
    arrivals = _unroll(who, begins, length, rng)
    return _within(arrivals, days, window)


def _local_hours(rhythm: str, count: int, rng: np.random.Generator) -> Floats:
    centre, width, weight = (np.array(part) for part in zip(*_PEAKS[rhythm], strict=True))
    peak = rng.choice(len(weight), count, p=weight)
    return np.where(rng.random(count) < 0.03, rng.random(count) * 24, rng.normal(centre[peak], width[peak]))


def _unroll(who: Ints, begins: Floats, length: Ints, rng: np.random.Generator) -> Arrivals:
    conversation = np.repeat(np.arange(len(who)), length)
    first = np.cumsum(length) - length
    turn = np.arange(len(conversation)) - first[conversation]
    gaps = np.where(turn > 0, rng.lognormal(np.log(75), 0.9, len(conversation)), 0.0)
    gone = np.cumsum(gaps)
    seconds = begins[conversation] + gone - gone[first][conversation] if len(conversation) else gaps
    return Arrivals(who[conversation], seconds, conversation, turn)


def _within(arrivals: Arrivals, days: int, window: tuple[Floats, Floats] | None) -> Arrivals:
    inside = (arrivals.seconds >= 0) & (arrivals.seconds < days * SECONDS)
    if window is not None:
        inside &= arrivals.seconds >= window[0][arrivals.who] * SECONDS
        inside &= arrivals.seconds < window[1][arrivals.who] * SECONDS
    return Arrivals(
        arrivals.who[inside], arrivals.seconds[inside], arrivals.conversation[inside], arrivals.turn[inside]
    )


@cache
def machine_shapes() -> tuple[Floats, Floats]:
    """(cv, hours) of each recorded client: variation of its gaps, and 24 shares of the day's load."""
    with (files("stillwatch.scenarios") / "data" / "arrivals.parquet").open("rb") as handle:
        table = pq.read_table(handle)
    return table["cv"].to_numpy(), np.array(table["hours"].to_pylist())


def machines_arrive(
    per_day: Ints,
    rng: np.random.Generator,
    flat: bool = False,
    night: tuple[Floats, float] | None = None,
    window: tuple[Floats, Floats] | None = None,
) -> Arrivals:
    """Arrivals of machines: gaps as uneven as a recorded client's, over its hours of the day.

    Each follows one of the recorded clients, which is drawn.

    per_day     (n, days) exchanges
    flat        no hours: the same load around the clock
    night       ((n,) starting hour, hours long): everything inside that time
    window      (first, last) day of each machine
    """
    count, days = per_day.shape
    cv, hours = machine_shapes()
    followed = rng.integers(0, len(cv), count)
    who, day = np.divmod(np.repeat(np.arange(count * days), per_day.ravel()), days)
    total = len(who)
    uneven = np.clip(cv[followed], 0.3, 4.0)
    gap_shape = (1 / uneven**2)[who]
    gaps = rng.gamma(gap_shape, 1 / gap_shape) + 1e-6
    filled = per_day.ravel()[per_day.ravel() > 0]
    first = np.cumsum(filled) - filled
    segment = np.repeat(np.arange(len(filled)), filled)
    gone = np.cumsum(gaps)
    start = gone[first] - gaps[first] if total else gone
    end = (
        gone[first + filled - 1] + gaps[first] if total else gone
    )  # one gap more, so that the day's end is open
    position = (gone - start[segment]) / (end - start)[segment] if total else gone
    # a day begins anywhere in its run of gaps, so that no hour is favoured
    position = np.mod(position + rng.random(len(filled))[segment], 1.0)
    if night is not None:
        hour = night[0][who] + position * night[1]
    elif flat:
        hour = position * 24
    else:
        hour = _inverse(hours[followed], who, position)
    seconds = (day * 24 + hour) * 3_600 + rng.random(total)
    number = np.arange(total)
    return _within(Arrivals(who, seconds, number, np.zeros(total, np.int64)), days, window)


def _inverse(shares: Floats, who: Ints, position: Floats) -> Floats:
    """Hours at which the given share of each one's daily load has passed."""
    edges = np.concatenate([np.zeros((len(shares), 1)), np.cumsum(shares + 1e-6, axis=1)], axis=1)
    edges /= edges[:, -1:]
    stacked = (edges + np.arange(len(shares))[:, None]).ravel()
    found = np.searchsorted(stacked, position + who, side="right") - 1 - who * 25
    found = np.clip(found, 0, 23)
    low, high = edges[who, found], edges[who, found + 1]
    return np.asarray(found + (position - low) / (high - low), dtype=np.float64)


def steps_arrive(per_day: Ints, instants: int, spread: float, rng: np.random.Generator) -> Arrivals:
    """Arrivals in step: a few instants a day that all share, `spread` seconds of delay behind each (median).

    per_day     (n, days) exchanges
    """
    count, days = per_day.shape
    who, day = np.divmod(np.repeat(np.arange(count * days), per_day.ravel()), days)
    at = np.sort(rng.random((days, instants)) * 23, axis=1)
    chosen = rng.integers(0, instants, len(who))
    delay = rng.lognormal(np.log(spread), 0.8, len(who))
    seconds = (day * 24 + at[day, chosen]) * 3_600 + delay
    arrivals = Arrivals(who, seconds, np.arange(len(who)), np.zeros(len(who), np.int64))
    return _within(arrivals, days, None)
