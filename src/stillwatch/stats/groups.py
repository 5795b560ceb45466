"""What ordinary groups look like, learnt from the groups of one run: an empirical null.

A value that is measured on a group speaks for a sign as far as ordinary groups hardly reach it. How ordinary groups
spread is known only roughly beforehand, and differs from one provider's traffic to the next; the other groups of the
same run tell it better. Most of them are ordinary, and a few show the sign, so the law of ordinary groups is learnt
from the mixture of both.
source  two-groups model with an empirical null (Efron 2008, Statistical Science 23(1)), here Bayesian on a grid
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from stillwatch.stats.evidence import EFFECTIVE, held, student

Floats = NDArray[np.float64]

SIGN_SHARES = ((0.05, 0.3), (0.1, 0.3), (0.2, 0.25), (0.4, 0.15))
"""How many of the groups of a run may show a sign, and how likely that is beforehand."""

TOWARDS, AWAY = 1.0, 4.0
"""How far ordinary groups may lie from where they were expected, in expected spreads: towards the sign no further,
so that traffic full of campaigns doesn't make them ordinary; and away from it."""

KNOWN = 0.8
"""Of the expected spread between groups, so much is not knowing the centre, and so much the spread about it."""

STRETCH = np.exp(np.linspace(np.log(0.25), np.log(3.0), 11))
STRETCH_SPREAD = 0.4
"""The spread about the centre may be so many times the expected one; and how sure that is, as a logarithm."""

STEPS = 21
"""Centres that are tried."""

_CENTRE, _SPREAD = (each.ravel() for each in np.meshgrid(np.linspace(-TOWARDS, AWAY, STEPS), STRETCH))
_BELIEF = -0.5 * (_CENTRE / KNOWN) ** 2 - 0.5 * (np.log(_SPREAD / KNOWN) / STRETCH_SPREAD) ** 2
"""The laws of ordinary groups that are tried, and the logarithm of how likely each is beforehand."""

QUANTILES, USUALS = 40, 8
"""Points that stand for the law of ordinary groups' levels, and for that of the usual level."""

OWN_BLUR = 0.1
"""A level that differs between groups differs within one as well: its own tenth blurs it."""


@dataclass(frozen=True, slots=True)
class Location:
    """Laws of a value anywhere on the line.

    sign, ordinary  (mean, spread between groups) of groups with the sign, and, before any was seen, of ordinary ones
    source          Student densities (5 degrees of freedom) with random effects
    """

    sign: tuple[float, float]
    ordinary: tuple[float, float]

    def shown(self, values: Floats, errors: Floats) -> Floats:
        """(n,) the density of each value in groups with the sign."""
        scale = np.hypot(self.sign[1], errors)
        return np.asarray(student((values - self.sign[0]) / scale) / scale)

    def ordinarily(self, values: Floats, errors: Floats, centre: Floats, spread: Floats) -> Floats:
        """(n, k) their densities in ordinary groups of k kinds.

        centre, spread  (k,) expected spreads away from the sign, and a factor
        """
        away = 1.0 if self.ordinary[0] >= self.sign[0] else -1.0
        scale = np.hypot(self.ordinary[1] * spread, errors[:, None])
        middle = self.ordinary[0] + away * self.ordinary[1] * centre
        return np.asarray(student((values[:, None] - middle) / scale) / scale)


@dataclass(frozen=True, slots=True)
class Level:
    """Laws of a level, 0 where there is none: the sign is that there is none.

    usual     (level, standard error) of the population; where it is hardly known, nothing is told
    sign      spread of the level between groups with the sign, as a share of the usual one, > 0
    ordinary  (median, spread of the logarithm) of ordinary groups' level, a share too, before any was seen
    source    ratio of Student densities; the log-normal law of ordinary groups and the normal law of the usual level
              above 0 are integrated over their quantiles
    """

    usual: tuple[float, float]
    sign: float
    ordinary: tuple[float, float]

    def shown(self, values: Floats, errors: Floats) -> Floats:
        """(n,) the density of each level in groups with the sign."""
        spread = np.hypot(self.sign * self._scales(), errors[:, None])
        return np.asarray((student(np.maximum(values, 0.0)[:, None] / spread) / spread).mean(axis=1))

    def ordinarily(self, values: Floats, errors: Floats, centre: Floats, spread: Floats) -> Floats:
        """(n, k) their densities in ordinary groups of k kinds.

        centre, spread  (k,) expected spreads above the median, and a factor
        """
        median, broad = self.ordinary
        middle = np.log(median) + broad * centre
        shares = np.exp(middle[:, None] + broad * spread[:, None] * special.ndtri(_middles(QUANTILES)))
        levels = shares[:, :, None] * self._scales()
        own = (OWN_BLUR * levels) ** 2
        out = np.empty((len(values), len(centre)))
        # Piece by piece, which a processor's cache holds: that takes a third of the time.
        for some in (slice(begin, begin + STEPS) for begin in range(0, len(centre), STEPS)):
            for place, (value, error) in enumerate(zip(np.maximum(values, 0.0), errors, strict=True)):
                blur = np.sqrt(error**2 + own[some])
                out[place, some] = (student((value - levels[some]) / blur) / blur).mean(axis=(1, 2))
        return out

    def _scales(self) -> Floats:
        known = max(self.usual[1], 1e-12)
        # Quantiles of the normal law cut at 0, from its upper end: the tail loses no digits.
        below = special.ndtr(self.usual[0] / known)
        return np.asarray(self.usual[0] - known * special.ndtri(_middles(USUALS) * below))


@dataclass(frozen=True, slots=True)
class Measured:
    """A value measured on one group with its standard error, in the unit of its law."""

    value: float
    error: float
    law: Location | Level
    _known: list[Floats] = field(default_factory=list, init=False, compare=False, repr=False)
    """Of a level the densities in the ordinary kinds, once they were asked for: they are dear, and groups are compared
    several times."""


def factors(measured: Sequence[Measured]) -> list[float]:
    """How much each group's value speaks for the sign: Bayes factors, 10⁻⁴ … 10⁴, in the order given.

    measured  the same thing on every group of a run that it could be measured on; one group is held to what
              was expected beforehand. The order of groups doesn't matter.
    """
    if not measured:
        return []
    shown, without = _densities(measured)
    belief = _BELIEF
    if len(measured) > 1:
        # Groups of one run overlap: however many, they count as so many.
        power = min(1.0, EFFECTIVE / len(measured))
        # Added up in an order of theirs: sums are the same however the groups come.
        order = np.lexsort((*without.T[:: len(_CENTRE) - 1], shown))
        sign, ordinary = shown[order, None], without[order]
        told = [
            np.log(prior) + power * np.log(share * sign + (1.0 - share) * ordinary + 1e-300).sum(axis=0)
            for share, prior in SIGN_SHARES
        ]
        belief = belief + np.logaddexp.reduce(told, axis=0)
    weight = np.exp(belief - belief.max())
    usual = without @ (weight / weight.sum())
    return [held(float(s / max(o, 1e-300))) for s, o in zip(shown, usual, strict=True)]


def factor(measured: Measured) -> float:
    """How much a group's value speaks for the sign, before any other group is looked at."""
    return factors([measured])[0]


def _densities(measured: Sequence[Measured]) -> tuple[Floats, Floats]:
    """(n,) density of each value in groups with the sign, and (n, k) in each of the ordinary kinds that are tried."""
    shown, without = np.empty(len(measured)), np.empty((len(measured), len(_CENTRE)))
    places: dict[Location | Level, list[int]] = {}
    for place, each in enumerate(measured):
        places.setdefault(each.law, []).append(place)
    for law, own in places.items():
        values, errors = (
            np.array(each)
            for each in zip(*((measured[p].value, measured[p].error) for p in own), strict=True)
        )
        shown[own] = law.shown(values, errors)
        if isinstance(law, Location):
            without[own] = law.ordinarily(values, errors, _CENTRE, _SPREAD)
            continue
        new = np.array([not measured[p]._known for p in own])
        rows = law.ordinarily(values[new], errors[new], _CENTRE, _SPREAD)
        for place, row in zip(np.array(own)[new].tolist(), rows, strict=True):
            measured[place]._known.append(row)
        without[own] = [measured[p]._known[0] for p in own]
    return shown, without


def _middles(count: int) -> Floats:
    return np.asarray((np.arange(count) + 0.5) / count)
