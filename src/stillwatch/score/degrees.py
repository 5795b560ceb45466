"""How many accounts show each network, client and address: what a group is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines.plan import Engine
from stillwatch.score.scene import Ints, ints


@dataclass(frozen=True, slots=True)
class Counts:
    """How many accounts have each of some names.

    names   (k,) ascending, each once
    counts  (k,)
    """

    names: Ints
    counts: Ints

    def of(self, names: Ints) -> Ints:
        """(n,) how many accounts have each name, 0 where none is known to."""
        if len(self.names) == 0:
            return np.zeros(len(names), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.names, names), len(self.names) - 1)
        return np.where(self.names[place] == names, self.counts[place], 0)


@dataclass(frozen=True, slots=True)
class Degrees:
    """Networks and clients of all accounts; and of each cluster its members' addresses.

    outside  for each cluster: how many accounts outside it show an address of its members
    """

    outside: Mapping[int, Counts]
    network: Counts
    client: Counts


def read_degrees(engine: Engine) -> Degrees:
    """Reads INDICATORS, CLIENT_DEGREES and ADDRESS_OUTSIDERS."""
    networks = engine.query(
        "SELECT DISTINCT key, degree AS n FROM indicators WHERE kind = 'network' ORDER BY key"
    )
    clients = engine.query("SELECT key, degree AS n FROM client_degrees ORDER BY key")
    addresses = engine.query(
        "SELECT cluster, key, accounts AS n FROM address_outsiders ORDER BY cluster, key"
    )
    clusters, begins = np.unique(ints(addresses["cluster"]), return_index=True)
    ends = np.append(begins, addresses.num_rows)[1:]
    outside = {
        int(cluster): _counts(addresses.slice(begin, end - begin))
        for cluster, begin, end in zip(clusters, begins, ends, strict=True)
    }
    return Degrees(outside, _counts(networks), _counts(clients))


def _counts(table: pa.Table) -> Counts:
    return Counts(ints(table["key"]), ints(table["n"]))


NONE = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
"""No name is known."""
