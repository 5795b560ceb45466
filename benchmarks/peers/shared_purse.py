"""Connected components of accounts with the same means of payment, telephone or mail address."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from peers.grouping import linked
from peers.traffic import Groups, Ints, Traffic, settings

COLUMNS = ()
PURSES = {
    "payment": ("payment_hash",),
    "payment, telephone": ("payment_hash", "phone_hash"),
    "payment, telephone, mail": ("payment_hash", "phone_hash", "email_hash"),
}
GRID = tuple(
    (one, settings(most=(10, 20, 50, 200, 1_000_000)))
    for one in settings(purses=tuple(PURSES), organisations=("with", "without"))
)


def measure(traffic: Traffic, purses: str, organisations: str) -> tuple[Ints, Ints]:
    """Pairs of an account and a purse; without organisations: of accounts that belong to none."""
    who, what = [], []
    free = np.asarray(pc.is_null(traffic.accounts["org_id"]))
    for number, column in enumerate(PURSES[purses]):
        codes = traffic.codes(column, of_accounts=True)
        held = np.flatnonzero((codes >= 0) & (free | (organisations == "with")))
        who.append(held)
        what.append(codes[held] * len(PURSES[purses]) + number)
    return np.concatenate(who), np.concatenate(what)


def name(traffic: Traffic, measured: tuple[Ints, Ints], most: int) -> Groups:
    """Components over purses of at most `most` accounts."""
    return linked(traffic, *measured, most=most, shared=1)
