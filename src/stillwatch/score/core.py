"""Who a campaign's members are, and how sure each of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.score.scene import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Core:
    """Members of a campaign.

    members  (n,) account numbers, ascending
    bits     (n,) the weight of each
    """

    members: Ints
    bits: Floats

    def of(self, kept: Bools) -> Core:
        """Some of them; kept: (n,)."""
        return Core(self.members[kept], self.bits[kept])

    def with_more(self, more: Core | None) -> Core:
        """These and others, none of whom is among them."""
        if more is None:
            return self
        members, bits = np.r_[self.members, more.members], np.r_[self.bits, more.bits]
        order = np.argsort(members)
        return Core(members[order], bits[order])

    def joined(self, more: Core) -> Core:
        """These and those of the others who are not among them."""
        return self.with_more(more.of(~np.isin(more.members, self.members)))
