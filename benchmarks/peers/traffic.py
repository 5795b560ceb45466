"""What a peer is given, and the columns of it as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Groups = Mapping[str, frozenset[str]]
"""Name of a group → the accounts that it holds."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DAY = 86_400_000_000


@dataclass(frozen=True)
class Traffic:
    """Exchanges and accounts as the simulator writes them, sorted by time and by account.

    clean   accounts known to be innocent, for methods that ask for a clean history; drawn from the truth
    """

    exchanges: pa.Table
    accounts: pa.Table
    clean: frozenset[str] = frozenset()

    @cached_property
    def people(self) -> pa.Array:
        """Every account id, in the order of `accounts`."""
        return self.accounts["account_id"].combine_chunks()

    @cached_property
    def sender(self) -> Ints:
        """Place of each exchange's account in `people`."""
        return np.asarray(pc.index_in(self.exchanges["account_id"], self.people), dtype=np.int64)

    @cached_property
    def time(self) -> Ints:
        """When each exchange arrived, in microseconds."""
        return np.asarray(self.exchanges["ts"].cast(pa.timestamp("us")).cast(pa.int64()))

    @cached_property
    def day(self) -> Ints:
        """Day of each exchange, the first is 0."""
        return np.asarray((self.time - self.time.min()) // DAY)

    @cached_property
    def usual_network(self) -> Ints:
        """The network that each account sends from most often."""
        return usual(self.sender, self.codes("asn"), len(self.people))

    @cached_property
    def usual_client(self) -> Ints:
        """The client that each account sends with most often."""
        return usual(self.sender, self.codes("user_agent"), len(self.people))

    @cached_property
    def made(self) -> Ints:
        """When each account was made, in microseconds."""
        return np.asarray(self.accounts["created_at"].cast(pa.timestamp("us")).cast(pa.int64()))

    def codes(self, name: str, of_accounts: bool = False) -> Ints:
        """A column as numbers from 0, -1 where nothing stands."""
        return coded((self.accounts if of_accounts else self.exchanges)[name])

    def ids(self, places: Sequence[int] | Ints) -> frozenset[str]:
        """The ids of accounts at these places."""
        return frozenset(self.people.take(pa.array(np.asarray(places, dtype=np.int64))).to_pylist())


def coded(column: pa.ChunkedArray | pa.Array) -> Ints:
    """Equal values get equal numbers from 0 on, null gets -1."""
    codes = pc.fill_null(pc.dictionary_encode(_one(column)).indices, -1)
    return np.asarray(codes, dtype=np.int64)


def usual(who: Ints, what: Ints, people: int) -> Ints:
    """What each of `people` accounts shows most often, the smaller number in a tie; -1 where nothing."""
    held = what >= 0
    things = int(what.max(initial=0)) + 1
    pairs, times = np.unique(who[held] * things + what[held], return_counts=True)
    order = np.lexsort((-pairs, times))
    out = np.full(people, -1, np.int64)
    out[pairs[order] // things] = pairs[order] % things
    return out


def distinct(who: Ints, what: Ints) -> tuple[Ints, Ints]:
    """Every pair once, sorted; pairs with a negative thing are left out."""
    held = what >= 0
    things = int(what.max(initial=0)) + 1
    pairs = np.unique(who[held] * things + what[held])
    return pairs // things, pairs % things


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def read_traffic(scenario: Path, columns: Sequence[str]) -> Traffic:
    """A scenario's traffic with these columns of its exchanges beside account_id and ts.

    Half of the innocent accounts, every second one by id, count as clean.
    """
    exchanges = pq.read_table(
        scenario / "exchanges.parquet", columns=sorted({"account_id", "ts", *columns})
    ).sort_by([("ts", "ascending"), ("account_id", "ascending")])
    accounts = pq.read_table(scenario / "accounts.parquet").sort_by("account_id")
    guilty = set(pq.read_table(scenario / "truth" / "members.parquet")["account_id"].to_pylist())
    innocent = [one for one in accounts["account_id"].to_pylist() if one not in guilty]
    return Traffic(exchanges, accounts, frozenset(innocent[::2]))


def settings(**choices: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Every combination of the choices, each as named values."""
    out: list[dict[str, Any]] = [{}]
    for name, values in choices.items():
        out = [one | {name: value} for one in out for value in values]
    return tuple(out)
