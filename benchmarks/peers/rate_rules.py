"""Rules on one account's rate: the limits that every gateway has."""

from __future__ import annotations

import numpy as np

from peers.grouping import WAYS, gathered
from peers.traffic import Floats, Groups, Traffic, distinct, settings

COLUMNS = ("asn", "user_agent", "output_tokens")
HOUR, MINUTE = 3_600_000_000, 60_000_000
QUANTILES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
GRID = tuple(
    (one, settings(quantile=QUANTILES, way=WAYS))
    for one in settings(
        rule=(
            "most in a minute",
            "most in an hour",
            "most in a day",
            "all",
            "output tokens a day",
            "hours of the day",
        )
    )
)


def measure(traffic: Traffic, rule: str) -> Floats:
    """What the rule counts, one value an account."""
    who, time = traffic.sender, traffic.time
    people = len(traffic.people)
    if rule == "all":
        return np.bincount(who, minlength=people).astype(np.float64)
    if rule == "hours of the day":
        return np.bincount(distinct(who, time // HOUR % 24)[0], minlength=people).astype(np.float64)
    step = {"most in a minute": MINUTE, "most in an hour": HOUR}.get(rule, 24 * HOUR)
    slot = (time - time.min()) // step
    slots = int(slot.max()) + 1
    busy, place = np.unique(who * slots + slot, return_inverse=True)
    tokens = np.nan_to_num(np.asarray(traffic.exchanges["output_tokens"].cast("float64")))
    counts = np.bincount(place, tokens if rule == "output tokens a day" else None)
    out = np.zeros(people)
    np.maximum.at(out, busy // slots, counts)
    return out


def name(traffic: Traffic, measured: Floats, quantile: float, way: str) -> Groups:
    """Accounts above a quantile of all accounts' values."""
    return gathered(traffic, np.flatnonzero(measured > np.quantile(measured, quantile)), way)
