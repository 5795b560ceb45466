"""Who belongs to a theme: each template weighs what it says about membership, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import xlogy

from stillwatch.stats.rarity import membership_bits

MIN_MEMBERS = 5
ROUNDS = 8

FRAME = 0.3
"""Templates that this share of the members show are the frame: a member shows enough of it, too."""

HABIT = 0.5
"""At least this share of the members repeat a template around other words, or it is a phrase, not a habit,"""

HABIT_TEMPLATES = 3
"""unless they share so many."""

CERTAINTY_BITS = 2.0
"""A member's weight exceeds the prior odds against membership by this much: 4 to 1."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A theme's templates and the accounts that they tie together.

    templates      (k,) template numbers
    template_bits  (k,) weight of each for membership
    members        (n,) account numbers, ascending
    bits           (n,) total weight of each member's templates
    """

    templates: NDArray[np.int64]
    template_bits: NDArray[np.float64]
    members: NDArray[np.int64]
    bits: NDArray[np.float64]


def clusters(holders: csr_array, themes: NDArray[np.int64]) -> tuple[Cluster, ...]:
    """The cluster of each theme that ties at least MIN_MEMBERS accounts, largest first.

    holders  (templates, accounts) prompts of the account around the template
    themes   (templates,) theme of each template
    source   Fellegi & Sunter 1969: weights log2(m/u), here iterated as in Winkler 2000
    """
    order = np.argsort(themes, kind="stable")
    bounds = np.searchsorted(themes[order], np.arange(themes.max(initial=-1) + 2))
    # Nearly all themes are too small to try; most of the work is not to touch them.
    shown = np.concatenate([[0], np.cumsum(np.diff(holders.indptr)[order])])
    out = []
    for theme in np.flatnonzero(np.diff(shown[bounds]) >= MIN_MEMBERS):
        cluster = _cluster(holders, order[bounds[theme] : bounds[theme + 1]])
        if cluster is not None:
            out.append(cluster)
    return _largest_first(out)


def regrouped(holders: csr_array, found: Sequence[Cluster], groups: NDArray[np.int64]) -> tuple[Cluster, ...]:
    """The clusters of themes joined, largest first: of those of one group all templates are one theme.

    holders, found  as of `clusters`; groups (clusters,) the group of each
    """
    order = np.argsort(groups, kind="stable")
    out = []
    for group in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        # What stays alone was found before, and would be found again.
        cluster = (
            found[int(group[0])]
            if len(group) == 1
            else _cluster(holders, np.sort(np.concatenate([found[int(each)].templates for each in group])))
        )
        if cluster is not None:
            out.append(cluster)
    return _largest_first(out)


def _largest_first(found: Iterable[Cluster]) -> tuple[Cluster, ...]:
    return tuple(sorted(found, key=lambda c: (-len(c.members), c.members.tolist())))


def _cluster(holders: csr_array, templates: NDArray[np.int64]) -> Cluster | None:
    population = holders.shape[1]
    begin, degree = holders.indptr[templates], np.diff(holders.indptr)[templates].astype(np.int64)
    # Where the templates' rows stand in `holders`, one after the other.
    place = np.repeat(begin - np.cumsum(degree) + degree, degree) + np.arange(degree.sum())
    candidates, account = np.unique(holders.indices[place], return_inverse=True)
    if len(candidates) < MIN_MEMBERS:
        return None
    contexts = holders.data[place]
    template = np.repeat(np.arange(len(templates)), degree)
    if not contexts.all():  # prompts without words tell nothing apart
        template, account = template[contexts > 0], account[contexts > 0]
        contexts = contexts[contexts > 0]

    shown = _Shown(template, account, contexts, degree, len(candidates), population)
    settled = _members(shown)
    if settled is None:
        return None
    _, weight, bits, inside = settled
    most = np.zeros(len(candidates), dtype=np.int64)
    np.maximum.at(most, account, contexts)
    if np.mean(most[inside] >= 2) < HABIT and len(templates) < HABIT_TEMPLATES:
        return None
    return Cluster(templates, weight, candidates[inside], bits[inside])


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which accounts show which templates of a theme: one entry for each that does.

    template, account  (entries,) their numbers within the theme; contexts: around how many prompts, at least 1
    degree             (templates,) how many accounts show each; accounts: how many show any; population: how many there are
    """

    template: NDArray[np.int64]
    account: NDArray[np.int64]
    contexts: NDArray[np.integer]
    degree: NDArray[np.int64]
    accounts: int
    population: int

    def by_account(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(accounts,) the sum of the values of each account's templates."""
        return np.bincount(self.account, weights=values[self.template], minlength=self.accounts).astype(
            np.float64
        )

    def who(self, entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(accounts,) who shows any of the entries."""
        return np.bincount(self.account[entries], minlength=self.accounts) > 0

    def held(self, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(templates,) how many of some accounts show each."""
        return np.bincount(self.template[inside[self.account]], minlength=len(self.degree))


Settled = tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
"""How likely what is shown is, weight of each template, bits of each account, who is a member."""


def _members(shown: _Shown) -> Settled | None:
    """The members of a theme, if it has any.

    The weighing begins at the core, those who show about as many rare templates as the best. A phrase or two that these
    have in common may tell them from others who fill the same template. Where these leave out many who show a template
    around as many prompts, it begins with all who show any, too, and with all who show the widest one; what makes most
    likely what is shown stands.
    """
    carried = shown.by_account(np.rint(1000.0 * np.log2(shown.population / shown.degree)))
    core = np.sort(carried)[::-1][: max(MIN_MEMBERS, len(carried) // 5)]
    best = _settled(shown, carried >= 0.5 * core.mean())
    if best is None or _leaves_out(shown, best[3]):
        widest = shown.degree[shown.template] == shown.degree.max()
        for start in (np.ones(shown.accounts, dtype=np.bool_), shown.who(widest)):
            found = _settled(shown, start)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
    return best


def _leaves_out(shown: _Shown, inside: NDArray[np.bool_]) -> bool:
    """Whether a habit of the members is one of many others: who shares a phrase shows it half as often, or less."""
    count = len(shown.degree)
    own = inside[shown.account]
    mine, theirs = (np.bincount(shown.template[told], minlength=count) for told in (own, ~own))
    often, often_theirs = (
        np.bincount(
            shown.template[told], weights=np.rint(1000.0 * np.log2(shown.contexts[told])), minlength=count
        )
        for told in (own, ~own)
    )
    habit = often / np.maximum(mine, 1)
    alike = (habit >= 1000.0) & (often_theirs / np.maximum(theirs, 1) >= habit - 1000.0)
    return bool(((theirs >= MIN_MEMBERS) & alike).any())


def _settled(shown: _Shown, inside: NDArray[np.bool_]) -> Settled | None:
    """The members to whom the weighing leads that begins with some; None when it loses itself."""
    weight, bits = np.zeros(len(shown.degree)), np.zeros(shown.accounts)
    for _ in range(ROUNDS):
        members = int(inside.sum())
        if members < MIN_MEMBERS:
            return None
        held = shown.held(inside)
        weight, absence = membership_bits(held, members, shown.degree - held, shown.population - members)
        # Whole thousandths add up to the same sum in any order.
        present, absent = (
            np.rint(1000.0 * np.maximum(weight, 0.0)),
            np.rint(1000.0 * np.minimum(absence, 0.0)),
        )
        bits = (shown.by_account(present - absent) + absent.sum()) / 1000.0
        needed = np.log2(max(shown.population - members, 1) / members) + CERTAINTY_BITS
        chosen = bits >= needed
        # What fills the slot may be common property of a trade; the frame around it is the group's own.
        frame = held >= FRAME * members
        if frame.any():
            framed = shown.by_account(np.where(frame, present - absent, 0.0)) + absent[frame].sum()
            chosen &= framed >= 1000.0 * needed
        if np.array_equal(chosen, inside):
            break
        inside = chosen
    if int(inside.sum()) < MIN_MEMBERS:
        return None
    return _likelihood(shown, inside), weight, bits, inside


def _likelihood(shown: _Shown, inside: NDArray[np.bool_]) -> float:
    """Logarithm of how likely it is that members and all others show what they show, each class at its own rates.

    source  classification likelihood of latent classes: Celeux & Govaert 1992, Computational Statistics & Data Analysis 14
    """
    held, members = shown.held(inside), int(inside.sum())
    sizes = np.array([members, shown.population - members])
    told = _entropy(held, members) + _entropy(shown.degree - held, shown.population - members)
    # In order of size they add up to the same sum, whatever the templates are called.
    return float(np.sort(told).sum() + xlogy(sizes, sizes / shown.population).sum())


def _entropy(shows: NDArray[np.int64], of: int) -> NDArray[np.float64]:
    share = shows / max(of, 1)
    return np.asarray(xlogy(shows, share) + xlogy(of - shows, 1.0 - share))
