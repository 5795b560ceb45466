"""How much accounts are used, each beside the others on its plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.model.exchanges import DAY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEWEST_PEERS = 50
"""Beside fewer others an account is not compared."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The rates of all accounts, plan by plan.

    rate         (accounts,) natural logarithm of the exchanges a day
    plan         (accounts,) which of `by_plan` each account's plan is; -1 where few accounts are on it, or none is known
    by_plan      for each plan, its accounts' rates, ascending; everyone: those of all accounts
    place        (accounts,) where an account stands in its plan's rates; overall: among everyone's
    """

    rate: Floats
    plan: Ints
    by_plan: tuple[Floats, ...]
    place: Ints
    everyone: Floats
    overall: Ints

    def beyond(self, members: Ints) -> Floats:
        """How far the rates of some accounts lie above the middle one of the others on their plan, as logarithms.

        members  (n,) account numbers, each once
        Returns a value for each member that has others to be compared with; a small plan's accounts, and those whose
        plan is not known, are compared with everyone else. In the order of plans.
        """
        out = []
        for number in np.unique(self.plan[members]).tolist():
            own = members[self.plan[members] == number]
            rates = self.by_plan[number] if number >= 0 else self.everyone
            left_out = self.place[own] if number >= 0 else self.overall[members]
            if len(rates) - len(left_out) >= FEWEST_PEERS:
                out.append(self.rate[own] - middle_without(rates, np.sort(left_out)))
        return np.concatenate(out) if out else np.zeros(0)


def paces(exchanges: Ints, time: Ints, plan: pa.ChunkedArray) -> Pace:
    """The pace of all accounts.

    exchanges, time  (accounts,) how many, in how many microseconds; less than a day counts as one
    plan             (accounts,) what each account pays for, null where that is not known
    """
    rate = np.log(np.maximum(exchanges, 1) / (np.maximum(time, DAY) / DAY))
    order = np.argsort(rate, kind="stable")
    overall = np.empty(len(rate), dtype=np.int64)
    overall[order] = np.arange(len(rate))
    names = plan.combine_chunks().dictionary_encode()
    number = np.asarray(pc.fill_null(names.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    many = np.bincount(number[number >= 0], minlength=len(names.dictionary)) >= 2 * FEWEST_PEERS
    kept = np.where(many, np.cumsum(many) - 1, -1)
    which = np.where(number >= 0, kept[number], -1) if len(kept) else number
    place = overall.copy()
    by_plan = []
    for each in range(int(many.sum())):
        of_it = order[which[order] == each]
        place[of_it] = np.arange(len(of_it))
        by_plan.append(rate[of_it])
    return Pace(rate, which, tuple(by_plan), place, rate[order], overall)


def middle_without(values: Floats, left_out: Ints) -> float:
    """The median (the lower one of two) of ascending values without those at some places, which ascend; one must be left."""
    wanted = (len(values) - len(left_out) - 1) // 2
    # So many places are free below each that is left out.
    free = left_out - np.arange(len(left_out))
    return float(values[wanted + int(np.searchsorted(free, wanted, side="right"))])
