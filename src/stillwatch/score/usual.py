"""What all accounts show: measured once a run, where every cluster is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.model.exchanges import DAY
from stillwatch.stats.evidence import robust_spread

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST_RATES = 8
TELLING_RATE = 4
"""Accounts whose rates are compared, at least; and exchanges of the one in their middle, at least."""

BULK_EFFICIENCY = 0.37
"""A spread by medians is as good as a standard deviation of so large a share of the accounts."""

RHYTHM_EXCHANGES = 50
"""So many exchanges tell an account's hours well enough: none may dominate."""

RESTLESS = 0.85
"""People come from a home, a work place and a phone: two exchanges differ less often than this."""

ROAMING = 0.33
"""People are at home: who spends a fifth of the time abroad sends two exchanges from two countries less often than this."""

FEWEST_ADDRESSED = 5
"""Fewer exchanges with an address, or a country, don't tell how restless an account is."""

SPANS = (3, 7, 14, 28)
"""Days that a burst of sign-ups may last; stretches of each length overlap by half."""


@dataclass(frozen=True, slots=True)
class Created:
    """How many of all accounts were created in stretches of so many days.

    begins, accounts  (w,) where each stretch begins, ascending, and how many were created in it
    """

    days: int
    begins: Ints
    accounts: Ints

    def among(self, created: Ints) -> Ints:
        """(w,) how many of these times of creation, ascending, are in each stretch."""
        return in_stretches(created, self.begins, self.days)

    def usual(self, among: Ints, known: int) -> Floats:
        """(w,) the share of all others that was created in each stretch.

        among  (w,) how many of a group were; known: how many others' time of creation is known
        """
        return np.asarray((self.accounts - among + 0.5) / (known + 1.0), dtype=np.float64)


def in_stretches(times: Ints, begins: Ints, days: int) -> Ints:
    """(w,) how many of the times, ascending, are in each of the stretches of so many days."""
    return np.asarray(np.searchsorted(times, begins + days * DAY) - np.searchsorted(times, begins))


@dataclass(frozen=True, slots=True)
class Usual:
    """What is measured of all accounts, or of each of them.

    rhythm, rhythm_weight  (accounts,) as of `rhythm`
    rates          as of `excess_spread`
    occupied       as of `occupied`
    answers        (median, spread) of the logarithm to base 10 of accounts' mean answers, None without answers
    begins         (days,) accounts that are first seen on each day of the window
    first_seen     (accounts,) ascending
    created        how many were created when, for each of SPANS; none where no time is known
    created_known  how many times of creation are known
    addressed      (accounts,) who sent enough exchanges with an address; churns: whose networks change all the time
    located        (accounts,) who sent enough exchanges of which the country is known; roams: whose countries change
    holders        by column: (values, how many accounts have each), values ascending, 0 left out
    """

    rhythm: Floats
    rhythm_weight: Floats
    rates: tuple[float, float] | None
    occupied: Floats
    answers: tuple[float, float] | None
    begins: Ints
    first_seen: Ints
    created: tuple[Created, ...]
    created_known: int
    addressed: Bools
    churns: Bools
    located: Bools
    roams: Bools
    holders: Mapping[str, tuple[Ints, Ints]]

    def holders_of(self, column: str, names: Ints) -> Ints:
        """(n,) how many accounts have each of the values `names`, all of which occur in the column."""
        values, counts = self.holders[column]
        return counts[np.searchsorted(values, names)]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over all accounts, which every cluster is compared with: added up once a run.

    rhythm, rhythm_weight, addressed, churns, located, roams  of the columns of Usual
    on_record  who has an organisation
    occupied   the mean, NaN where no account tells it
    """

    exchanges: int
    followups: int
    elicits: int
    shares_purse: int
    on_record: int
    rhythm: float
    rhythm_weight: float
    occupied: float
    addressed: int
    churns: int
    located: int
    roams: int


def totals(exchanges: Ints, followups: Ints, elicits: Ints, shares_purse: Bools, usual: Usual) -> Totals:
    """The sums of columns as in Population, (accounts,) each; followups: exchanges that go on with a conversation."""
    return Totals(
        exchanges=int(exchanges.sum()),
        followups=int(followups.sum()),
        elicits=int(elicits.sum()),
        shares_purse=int(shares_purse.sum()),
        on_record=int(usual.holders["org_id"][1].sum()),
        rhythm=float(usual.rhythm.sum()),
        rhythm_weight=float(usual.rhythm_weight.sum()),
        occupied=float(usual.occupied.mean()) if len(usual.occupied) else float("nan"),
        addressed=int(usual.addressed.sum()),
        churns=int(usual.churns.sum()),
        located=int(usual.located.sum()),
        roams=int(usual.roams.sum()),
    )


def usual(
    exchanges: Ints,
    first_seen: Ints,
    days: Ints,
    hours: tuple[Floats, Floats],
    prefixes: tuple[Ints, Ints],
    countries: tuple[Ints, Ints],
    output_tokens: tuple[Ints, Ints],
    created_at: Ints,
    window: tuple[int, int],
    columns: Mapping[str, Ints],
) -> Usual:
    """What all accounts show.

    exchanges, first_seen, created_at  (accounts,) as in Population
    days      (accounts,) on how many each sent anything
    hours     sums of cosines and of sines; prefixes: exchanges with an address, ordered pairs from one prefix
    countries exchanges of which the country is known, ordered pairs from one country
    output_tokens  sums, and exchanges of which they are known
    window    (since, until)
    columns   (accounts,) a hash each, by name
    """
    since, until = window
    strength, weight = rhythm(*hours, exchanges)
    addressed, located = prefixes[0] >= FEWEST_ADDRESSED, countries[0] >= FEWEST_ADDRESSED
    tokens, known = output_tokens
    answered = (tokens > 0) & (known > 0)
    typical = np.log10(tokens[answered] / known[answered])
    span = int(max((until - since) // DAY, 0)) + 1
    known_times = np.sort(created_at[created_at >= 0])
    held = {name: np.unique(column[column != 0], return_counts=True) for name, column in columns.items()}
    return Usual(
        rhythm=strength,
        rhythm_weight=weight,
        rates=excess_spread(exchanges, until - first_seen),
        occupied=occupied(exchanges, days, (until - first_seen) // DAY + 1),
        answers=(float(np.median(typical)), max(float(typical.std()), 0.1)) if answered.any() else None,
        begins=np.bincount((first_seen - since) // DAY, minlength=span),
        first_seen=np.sort(first_seen),
        created=_created(known_times),
        created_known=len(known_times),
        addressed=addressed,
        churns=addressed & (_differ(*prefixes) > RESTLESS),
        located=located,
        roams=located & (_differ(*countries) > ROAMING),
        holders=held,
    )


def _created(times: Ints) -> tuple[Created, ...]:
    """For each of SPANS; times: (k,) ascending."""
    if not len(times):
        return ()
    begins = {days: np.arange(times[0], times[-1] + 1, days * DAY // 2) for days in SPANS}
    return tuple(Created(days, each, in_stretches(times, each, days)) for days, each in begins.items())


def _differ(known: Ints, same: Ints) -> Floats:
    """(accounts,) the chance that two exchanges of an account differ, of `known` that have `same` ordered pairs alike."""
    return np.asarray(1.0 - same / np.maximum(known * (known - 1), 1))


def rhythm(cosine: Floats, sine: Floats, counts: Ints) -> tuple[Floats, Floats]:
    """(strength, weight) of each account's daily rhythm beyond chance; their sums' ratio is that of a group.

    cosine, sine, counts  (n,) sums over the hours of an account's exchanges, and how many there are
    source  squared mean resultant length of the hour of day, corrected for small counts
            (Mardia & Jupp 2000, Directional Statistics, 2.3)
    """
    many = np.maximum(counts, 2)
    squared = (cosine**2 + sine**2) / many - 1.0
    weight = np.where(counts >= 2, np.minimum(many - 1, RHYTHM_EXCHANGES), 0).astype(np.float64)
    return squared * weight / (many - 1), weight


def occupied(exchanges: Ints, days: Ints, span: Ints) -> Floats:
    """Active days over those that chance would occupy, for accounts that four exchanges and five days tell."""
    told = (exchanges >= 4) & (span >= 5)
    length = span[told].astype(np.float64)
    return np.asarray(
        days[told] / (length * (1.0 - (1.0 - 1.0 / length) ** exchanges[told])), dtype=np.float64
    )


def excess_spread(exchanges: Ints, time: Ints) -> tuple[float, float] | None:
    """(spread, standard error) of the bulk of log rates beyond counting noise.

    exchanges, time  (n,) of each account: how many, in how many microseconds
    None where fewer than eight accounts can be compared, or where most sent too few: small counts are alike
    whoever sends them.
    """
    told = time >= DAY
    if told.sum() < FEWEST_RATES or np.median(exchanges[told]) < TELLING_RATE:
        return None
    rate = np.log(exchanges[told] / (time[told] / DAY))
    bulk, noise = robust_spread(rate), float(np.median(1.0 / exchanges[told]))
    blur = bulk**2 / float(np.sqrt(2.0 * BULK_EFFICIENCY * len(rate)))
    excess = float(np.sqrt(max(bulk**2 - noise, 0.0)))
    return excess, blur / max(excess, float(np.sqrt(blur)), 1e-6)
