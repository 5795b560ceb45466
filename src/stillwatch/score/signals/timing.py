"""Timing: no human night, rates too alike or too high, one clock, one first day."""

from __future__ import annotations

import numpy as np

from stillwatch.model.exchanges import DAY
from stillwatch.score.observation import INFERENCE_ACCESS, Observation, by_groups, percent
from stillwatch.score.scene import Floats, Ints, Population, Scene, distinct_pairs
from stillwatch.score.sharing import neighbours_alike, turns_taken
from stillwatch.score.usual import FEWEST_RATES, excess_spread, occupied, rhythm
from stillwatch.stats.evidence import around, concentration_factor, robust_spread, share_factor, shift_factor
from stillwatch.stats.groups import Location, Measured

MINUTE = DAY // 1440

SITTING = 10 * MINUTE
"""Who sits down to something asks again within this time,"""

SHORT_GAPS = 0.5
"""which tells something of accounts in which chance alone makes so many of the gaps short at most,"""

FEWEST_GAPS = 5
"""and that have so many gaps, for a start."""

FEWEST_SITTERS = 8
"""Of fewer accounts this is not told."""

BRIEF = 3 * DAY
"""An event is over within this time,"""

AFTERWARDS = 2.0
"""which is told when so many times as long has passed since the group began."""

MEDIAN_ERROR = 1.25
"""The standard error of a median, as a multiple of that of a mean of normal values."""


def no_night(scene: Scene, people: Population) -> Observation | None:
    """Around the clock: each account's hours are flat, where people's have a night.

    source  squared mean resultant length of the hour of day, corrected for small counts
            (Mardia & Jupp 2000, Directional Statistics, 2.3), relative to the population's
    """
    if people.until - people.since < DAY:
        # Before the first night is over everybody's hours lie together.
        return None
    angle = (scene.ts % DAY) * (2.0 * np.pi / DAY)
    counts = scene.per_member()
    cosine = np.bincount(scene.who, weights=np.cos(angle), minlength=scene.size)
    sine = np.bincount(scene.who, weights=np.sin(angle), minlength=scene.size)
    strength, each = rhythm(cosine.astype(np.float64), sine.astype(np.float64), counts)
    weight = float(each.sum())
    all_of, mine = people.usual, scene.members
    rest = float(people.totals.rhythm_weight - all_of.rhythm_weight[mine].sum())
    usual = float(people.totals.rhythm - all_of.rhythm[mine].sum()) / max(rest, 1.0)
    if weight < 20 or rest < 100 or usual < 0.02:
        return None
    ratio = float(strength.sum()) / weight / usual
    return by_groups(
        "timing",
        "no_night",
        Measured(ratio, 2.0 / np.sqrt(weight) / usual, Location((0.2, 0.2), (1.1, 0.25))),
        int((counts >= 2).sum()),
        f"The accounts' hours of day are {'flat' if ratio < 0.3 else 'rhythmic'}: their daily rhythm is "
        f"{percent(max(ratio, 0.0))} as strong as that of the other accounts.",
        INFERENCE_ACCESS,
    )


def alike_rates(scene: Scene, people: Population) -> Observation | None:
    """The daily rates of the bulk of the accounts are too alike for people, who differ tenfold.

    source  spread of log rates beyond Poisson noise; a median, so that the careful few don't count
    """
    first, last = _ends(scene, people)
    own, usual = excess_spread(scene.per_member(), last - first), people.usual.rates
    if own is None or usual is None:
        return None
    value = own[0] / max(usual[0], 0.1)
    return by_groups(
        "timing",
        "alike_rates",
        Measured(value, own[1] / max(usual[0], 0.1), Location((0.15, 0.2), (0.9, 0.3))),
        scene.size,
        f"Exchanges per day vary between the accounts by a factor of {np.exp(own[0]):.2f} (one standard deviation "
        f"beyond chance); between all accounts by {np.exp(usual[0]):.2f}.",
        INFERENCE_ACCESS,
    )


def heavy_use(scene: Scene, people: Population) -> Observation | None:
    """The accounts are used out of proportion to what they pay for: each is worked, where people have other things to do.

    source  log rates against the median of the other accounts on the same plan; the middle of the group, so that neither
            the careful few nor one machine among people counts
    """
    beyond = people.pace.beyond(scene.members)
    if len(beyond) < FEWEST_RATES:
        return None
    value = float(np.median(beyond))
    planned = people.pace.plan[scene.members] >= 0
    others = "others on its plan" if planned.all() else "other accounts"
    if planned.any() and not planned.all():
        others += ", on its plan where that is known and many have it"
    return by_groups(
        "timing",
        "heavy_use",
        Measured(
            value,
            MEDIAN_ERROR * robust_spread(beyond) / np.sqrt(len(beyond)),
            Location((2.2, 0.9), (0.4, 0.5)),
        ),
        int((beyond > 0.0).sum()),
        f"The account in the middle sends {np.exp(value):.1f} times as many exchanges a day, of any kind, as the middle "
        f"one of all {others}.",
        INFERENCE_ACCESS,
    )


def no_day_off(scene: Scene, people: Population) -> Observation | None:
    """The accounts' exchanges spread evenly over days, where people pause and come back.

    source  occupied days against those that as many exchanges thrown at random would occupy
            (classical occupancy, Feller 1968, I.2)
    """
    first, last = _ends(scene, people)
    own = occupied(scene.per_member(), _active_days(scene), (last - first) // DAY + 1)
    if len(own) < 8 or len(people.usual.occupied) < 50:
        return None
    value, error = float(own.mean()), float(own.std() / np.sqrt(len(own)))
    pauses = max(1.0 - people.totals.occupied, 0.0)
    return by_groups(
        "timing",
        "no_day_off",
        # One exchange a day, every day, is more even than chance, and no less the sign.
        Measured(
            min(value, 1.0), error, Location((1.0, 0.03), (1.0 - pauses / 2.0, max(0.4 * pauses, 0.03)))
        ),
        len(own),
        f"The accounts are active on {percent(value)} of the days on which as many exchanges at random would fall; "
        f"all accounts on {percent(1.0 - pauses)}.",
        INFERENCE_ACCESS,
    )


def no_sittings(scene: Scene, people: Population) -> Observation | None:
    """The exchanges of an account come one by one, where people come in sittings and runs send all at once.

    source  share of short gaps beyond that of a Poisson process of the account's own rate (Cox & Lewis 1966, The
            Statistical Analysis of Series of Events, 2.1); the middle account, so that the careful few don't count
    """
    own = sittings(scene.who, scene.ts, scene.size)
    if len(own) < FEWEST_SITTERS:
        return None
    value = float(np.median(own))
    error = MEDIAN_ERROR * robust_spread(own) / np.sqrt(len(own))
    return by_groups(
        "timing",
        "no_sittings",
        Measured(max(value, 0.0), error, Location((0.0, 0.1), (0.6, 0.2))),
        int((own < 0.2).sum()),
        f"Of the gaps between an account's exchanges {percent(max(value, 0.0))} are shorter than ten minutes beyond those "
        f"that chance makes so at its rate (the account in the middle of {len(own):,}).",
        INFERENCE_ACCESS,
    )


def sittings(who: Ints, ts: Ints, size: int) -> Floats:
    """For each account that tells it, the share of its gaps that are short beyond chance, of those that chance leaves.

    who   (m,) account of each exchange, 0..size-1; ts (m,) microseconds, ascending
    """
    order = np.argsort(who, kind="stable")
    gaps, same = np.diff(ts[order]), who[order][1:] == who[order][:-1]
    of, gaps = who[order][1:][same], gaps[same]
    count = np.bincount(of, minlength=size)
    span = np.bincount(of, weights=gaps.astype(np.float64), minlength=size)
    short = np.bincount(of[gaps < SITTING], minlength=size)
    told = (count >= FEWEST_GAPS) & (span > 0.0)
    by_chance = -np.expm1(-SITTING * count[told] / span[told])
    told[told], by_chance = by_chance <= SHORT_GAPS, by_chance[by_chance <= SHORT_GAPS]
    return np.asarray((short[told] / count[told] - by_chance) / (1.0 - by_chance))


def brief(scene: Scene, people: Population) -> Observation | None:
    """It is over within days: an event, a run or a rage, where an operator goes on until somebody stops him.

    source  the share of the fullest BRIEF, beyond what falls into it when use is steady
    """
    first, last = _ends(scene, people)
    begin = int(np.median(first))
    lasted = int(np.median(last)) - begin
    if lasted < AFTERWARDS * BRIEF:
        return None
    until = np.searchsorted(scene.ts, scene.ts + BRIEF)
    share = float((until - np.arange(scene.exchanges)).max()) / scene.exchanges
    steady = BRIEF / lasted
    value = (share - steady) / (1.0 - steady)
    return by_groups(
        "timing",
        "brief",
        Measured(max(value, 0.0), 0.5 / np.sqrt(scene.size), Location((0.95, 0.08), (0.15, 0.15))),
        scene.size,
        f"{percent(share)} of these exchanges lie within three days; steady use from the accounts' begin to the window's "
        f"end would put {percent(steady)} there.",
        INFERENCE_ACCESS,
    )


def synchrony(scene: Scene, people: Population) -> Observation | None:
    """Different accounts ask within the same minute more often than their shared hours explain.

    source  pairs in one minute against pairs in one quarter of an hour, as a ratio of intensities
    """
    fine = _pairs(scene.ts // MINUTE, scene.who)
    coarse = _pairs(scene.ts // (15 * MINUTE), scene.who)
    if coarse < 100:
        return None
    expected = coarse / 15.0
    lift = float(np.log((fine + 0.5) / (expected + 0.5)))
    error = float(1.0 / np.sqrt(fine + 1.0) + 1.0 / np.sqrt(coarse))
    return by_groups(
        "timing",
        "synchrony",
        Measured(max(lift, 0.0), error, Location((1.2, 0.7), (0.0, 0.2))),
        scene.size,
        f"Pairs of different accounts ask within one minute {np.exp(lift):.2f} times as often as their "
        f"shared quarter-hours explain.",
        INFERENCE_ACCESS,
    )


def load_sharing(scene: Scene, people: Population) -> Observation | None:
    """One stream is dealt out: successive tasks of different accounts are alike, or the accounts take turns.

    What several accounts sent word for word is left out: a viral prompt, an assignment and a task that is sent
    again look like a common list, and are told by other signals.
    """
    fresh = ~scene.marked("copied")
    sampled = fresh[scene.sampled]
    rows = scene.sampled[sampled]
    alike = neighbours_alike(scene.ts[rows], scene.who[rows], scene.semantic[sampled])
    turns = turns_taken(scene.ts[fresh], scene.who[fresh])
    told = [each for each in (alike, turns) if each is not None]
    if not told:
        return None
    # Of a list in random order only the turns can tell, of a hasty one only the topics: their mean counts.
    factor = float(np.mean([shift_factor(each.value, each.shifted) for each in told]))
    facts = []
    if alike is not None:
        facts.append(
            f"exchanges next to each other in the joint stream are {1000.0 * alike.value:+.1f} thousandths more alike "
            f"in topic (cosine) than others of their day; with the accounts shifted by whole days it is "
            f"{1000.0 * float(alike.shifted.mean()):+.1f}, give or take {1000.0 * float(alike.shifted.std()):.1f}"
        )
    if turns is not None:
        facts.append(
            f"{percent(-turns.value)} of the gaps are shorter than a quarter of those around; with the accounts "
            f"shifted by hours {percent(-float(turns.shifted.mean()))}"
        )
    return Observation(
        "timing",
        "load_sharing",
        factor,
        max(each.accounts for each in told),
        f"Between different accounts, {'; '.join(facts)}.",
        INFERENCE_ACCESS,
    )


def failover(scene: Scene, people: Population) -> Observation | None:
    """A task that one account is refused comes from another account within minutes: one stream, many doors."""
    refused = int(scene.marked("refused").sum())
    if refused < 5:
        return None
    taken_over = scene.marked("taken_over")
    taken = int(taken_over.sum())
    return Observation(
        "timing",
        "failover",
        share_factor(float(taken), float(refused), (2.0, 2.0), (0.5, 40.0)),
        scene.accounts(taken_over),
        f"Of {refused:,} exchanges that were answered with an error, {taken:,} were sent word for word by another "
        f"account within ten minutes.",
        INFERENCE_ACCESS,
    )


def common_start(scene: Scene, people: Population) -> Observation | None:
    """The accounts begin with this template on the same days; a tool's users come one by one."""
    never = np.iinfo(np.int64).max
    first = scene.begins(never)
    first = first[first < never]
    span = int(max((people.until - people.since) // DAY, 0)) + 1
    # On the first days of the window everybody begins; what began before can't be told.
    began = (first - people.since) // DAY
    usual = people.usual.begins.astype(np.float64)
    late = began >= max(1, span // 7)
    if span < 5 or len(began) < 8:
        return None
    if late.sum() < max(8, 0.2 * len(began)):
        # Nearly all were there from the first days on: whatever it is, it did not begin in this window.
        newcomers = float(usual[max(1, span // 7) :].sum() / max(usual.sum(), 1.0))
        return Observation(
            "timing",
            "common_start",
            min(share_factor(float(late.sum()), len(began), (4.0, 1.5), around(newcomers, 4.0)), 1.0),
            int(late.sum()),
            f"{int(late.sum()):,} of {len(began):,} accounts began with this after the window's first days; the "
            f"others were at it from the start.",
            INFERENCE_ACCESS,
        )
    counts = np.bincount(began[late], minlength=span)
    usual[: max(1, span // 7)] = 0.0
    share = (usual + 0.5) / (usual + 0.5).sum()
    top = int(np.argmax(counts))
    return Observation(
        "timing",
        "common_start",
        concentration_factor(counts, share, 8.0),
        int(counts[top]),
        f"{int(counts[top]):,} of the {int(late.sum()):,} accounts that appear after the window's first days begin "
        f"on one day, {np.datetime64(people.since + top * DAY, 'us').astype('datetime64[D]')}.",
        INFERENCE_ACCESS,
    )


def _ends(scene: Scene, people: Population) -> tuple[Ints, Ints]:
    """(first, last) moment that each member could send in: from its first exchange to its ban or the window's end."""
    first = scene.begins(people.until)
    banned = people.banned_at[scene.members]
    last = np.where(banned >= 0, np.minimum(banned, people.until), people.until)
    return first, np.maximum(last, first)


def _active_days(scene: Scene) -> Ints:
    who, _, _ = distinct_pairs(scene.who, scene.ts // DAY)
    return np.bincount(who, minlength=scene.size)


def _pairs(bins: Ints, who: Ints) -> float:
    """Pairs of exchanges in one bin that come from different accounts; bins ascend."""
    if len(bins) == 0:
        return 0.0
    totals = np.diff(np.flatnonzero(np.r_[True, bins[1:] != bins[:-1], True]))
    _, _, own = distinct_pairs(bins, who)
    return float((totals * (totals - 1)).sum() / 2 - (own * (own - 1)).sum() / 2)
