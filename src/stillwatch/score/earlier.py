"""Groups that earlier looks at the same traffic tried: they compete on, whether they are there still or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

SAME = 0.5
"""A group is one that is known already when this share of the smaller one's accounts is in both."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A group that a look has tried.

    accounts  ids of its members
    stake     what was at stake in it when it was last seen, as in `deciding.weights`
    """

    accounts: frozenset[str]
    stake: float


def gone(earlier: Sequence[Tried], now: Sequence[Tried]) -> tuple[Tried, ...]:
    """Those of earlier looks with which no group of now goes on, in their order."""
    holding: dict[str, list[int]] = {}
    for number, group in enumerate(now):
        for account in group.accounts:
            holding.setdefault(account, []).append(number)
    out = []
    for group in earlier:
        common = Counter(number for account in group.accounts for number in holding.get(account, ()))
        if not any(
            same(count, len(group.accounts), len(now[number].accounts)) for number, count in common.items()
        ):
            out.append(group)
    return tuple(out)


def same(common: int, accounts: int, others: int) -> bool:
    """Whether groups of so many accounts each, which have so many in common, are one."""
    return common > 0 and common >= SAME * min(accounts, others)
