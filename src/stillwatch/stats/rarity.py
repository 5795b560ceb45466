"""How surprising it is that accounts share a thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stillwatch.errors import InvalidParameter


def rarity_bits(degree: NDArray[np.int64], population: int) -> NDArray[np.float64]:
    """How surprising it is that an unrelated account shows an indicator, in bits.

    degree      (n,) accounts that show each indicator, 1 ≤ degree ≤ population
    population  accounts in the window
    raises      InvalidParameter when a degree lies outside that range
    source      Fellegi & Sunter 1969, JASA 64(328), section 3: the agreement weight, with the
                share of holders as the chance of agreeing by accident
    """
    degree = np.asarray(degree, dtype=np.int64)
    if degree.size and (degree.min() < 1 or degree.max() > population):
        raise InvalidParameter(f"degrees {degree.min()}..{degree.max()} lie outside 1..{population}")
    return np.log2(population / degree.astype(np.float64))


def membership_bits(
    inside: NDArray[np.int64], members: int, outside: NDArray[np.int64], others: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What showing each indicator, and not showing it, weighs for membership of a group, in bits.

    inside, members   (n,) members that show it, of how many
    outside, others   (n,) other accounts that show it, of how many
    source            Fellegi & Sunter 1969: log2(m / u) and log2((1 - m) / (1 - u)), with half a count
                      added to each cell
    """
    m = (inside + 0.5) / (members + 1.0)
    u = (outside + 0.5) / (others + 1.0)
    return np.log2(m / u), np.log2((1.0 - m) / (1.0 - u))


def sharing_bits(
    inside: NDArray[np.int64], members: int, outside: NDArray[np.int64], others: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What showing each indicator, and not showing it, weighs for one of two small groups against the other, in bits.

    inside, members   (n,) of the one that show it, of how many
    outside, others   (n,) of the other that show it, of how many
    source            as membership_bits; to each cell one account of the two groups' common habit is added, so that
                      what few show in the larger group is not rare in it
    """
    common = (inside + outside + 0.5) / (members + others + 1.0)
    m = (inside + common) / (members + 1.0)
    u = (outside + common) / (others + 1.0)
    return np.log2(m / u), np.log2((1.0 - m) / (1.0 - u))
