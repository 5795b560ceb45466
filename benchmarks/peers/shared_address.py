"""Connected components of accounts behind the same addresses."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from peers.grouping import linked
from peers.traffic import Groups, Ints, Traffic, coded, settings

COLUMNS = ("ip",)
GRID = tuple(
    (one, settings(most=(3, 5, 10, 30, 100), shared=(1, 2, 3, 5, 10)))
    for one in settings(addresses=("of requests", "of sign-ups", "networks of requests"))
)


def measure(traffic: Traffic, addresses: str) -> tuple[Ints, Ints]:
    """Pairs of an account and an address, or a network of 256 addresses."""
    if addresses == "of sign-ups":
        return np.arange(len(traffic.people)), traffic.codes("signup_ip", of_accounts=True)
    if addresses == "of requests":
        return traffic.sender, traffic.codes("ip")
    values = pc.dictionary_encode(traffic.exchanges["ip"].combine_chunks())
    network = coded(pc.replace_substring_regex(values.dictionary, r"\.[0-9]+$", ""))
    codes = np.asarray(pc.fill_null(values.indices, -1), dtype=np.int64)
    return traffic.sender, np.where(codes >= 0, network[codes], -1)


def name(traffic: Traffic, measured: tuple[Ints, Ints], most: int, shared: int) -> Groups:
    """Components over pairs with `shared` addresses in common, of at most `most` accounts each."""
    return linked(traffic, *measured, most=most, shared=shared)
