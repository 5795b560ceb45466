"""Who belongs to a theme: each template weighs what it says about membership, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.link.products import in_common
from stillwatch.stats.rarity import membership_bits

MIN_MEMBERS = 5
ROUNDS = 8

FRAME = 0.3
"""Templates that this share of the members show are the frame: a member shows enough of it, too."""

HABIT = 0.5
"""At least this share of the members repeat a template around other words, or it is a phrase, not a habit,"""

HABIT_TEMPLATES = 3
"""unless they share so many."""

STRANGERS = 3.0
"""So many times as many as the members may show what most of these show, or it is a phrase of everybody's."""

KNOWN = 0.5
"""Those left out are a cluster of which another holds no such share."""

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


def clusters(
    holders: csr_array, themes: NDArray[np.int64], layouts: NDArray[np.bool_] | None = None
) -> tuple[Cluster, ...]:
    """The cluster of each theme that ties at least MIN_MEMBERS accounts, largest first.

    holders  (templates, accounts) prompts of the account around the template
    themes   (templates,) theme of each template
    layouts  (templates,) which are skeletons: what fills a slot changes the layout around it, so whoever shows one of a
             theme's shows others as well. Of those that an account shows the weightiest tells, the others nothing; None: none
    source   Fellegi & Sunter 1969: weights log2(m/u), here iterated as in Winkler 2000
    """
    order = np.argsort(themes, kind="stable")
    bounds = np.searchsorted(themes[order], np.arange(themes.max(initial=-1) + 2))
    # Nearly all themes are too small to try; most of the work is not to touch them.
    shown = np.concatenate([[0], np.cumsum(np.diff(holders.indptr)[order])])
    out = []
    for theme in np.flatnonzero(np.diff(shown[bounds]) >= MIN_MEMBERS):
        cluster = _cluster(holders, order[bounds[theme] : bounds[theme + 1]], layouts)
        if cluster is not None:
            out.append(cluster)
    return _largest_first(out)


def regrouped(
    holders: csr_array,
    found: Sequence[Cluster],
    groups: NDArray[np.int64],
    layouts: NDArray[np.bool_] | None = None,
) -> tuple[Cluster, ...]:
    """The clusters of themes joined, largest first: of those of one group all templates are one theme.

    holders, found, layouts  as of `clusters`; groups (clusters,) the group of each
    """
    order = np.argsort(groups, kind="stable")
    out = []
    for group in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        # What stays alone was found before, and would be found again.
        cluster = (
            found[int(group[0])]
            if len(group) == 1
            else _cluster(
                holders, np.sort(np.concatenate([found[int(each)].templates for each in group])), layouts
            )
        )
        if cluster is not None:
            out.append(cluster)
    return _largest_first(out)


def left_out(
    holders: csr_array, found: Sequence[Cluster], layouts: NDArray[np.bool_] | None = None
) -> tuple[Cluster, ...]:
    """The clusters among those who show what a cluster's members show and are none, found nowhere else, largest first.

    A campaign of which some fill a second text, or a longer one, is found as these: beside them those who fill the first
    alone look like strangers who use a phrase. Whether they are is not told here; without the members they are a cluster
    of their own, or none. Where they are many more than the members (STRANGERS), what they show is a phrase of everybody's.

    holders, found, layouts  as of `clusters`
    """
    degree = np.diff(holders.indptr)
    others = []
    for cluster in found:
        members, most = len(cluster.members), (1.0 + STRANGERS) * len(cluster.members)
        shown = degree[cluster.templates]
        if ((shown >= members + MIN_MEMBERS) & (shown <= most)).any():
            other = _cluster(holders, cluster.templates, layouts, cluster.members)
            if other is not None and len(other.members) <= STRANGERS * members:
                others.append(other)
    if not others:
        return ()
    every = in_common([c.members for c in (*others, *found)], holders.shape[1])
    out = []
    for other, (number, shared) in zip(others, every, strict=False):
        known = shared[number >= len(others)]
        if known.max(initial=0) < KNOWN * len(other.members):
            out.append(other)
    return _largest_first(out)


def _largest_first(found: Iterable[Cluster]) -> tuple[Cluster, ...]:
    return tuple(sorted(found, key=lambda c: (-len(c.members), c.members.tolist())))


def _cluster(
    holders: csr_array,
    templates: NDArray[np.int64],
    layouts: NDArray[np.bool_] | None,
    known: NDArray[np.int64] | None = None,
) -> Cluster | None:
    """The cluster of some templates; `known` accounts, ascending, don't count; layouts: of all templates."""
    population = holders.shape[1]
    begin, degree = holders.indptr[templates], np.diff(holders.indptr)[templates].astype(np.int64)
    # Where the templates' rows stand in `holders`, one after the other.
    place = np.repeat(begin - np.cumsum(degree) + degree, degree) + np.arange(degree.sum())
    if known is not None:
        row = np.repeat(np.arange(len(templates)), degree)
        others = ~np.isin(holders.indices[place], known)
        place, degree = place[others], np.bincount(row[others], minlength=len(templates))
        templates, degree = templates[degree > 0], degree[degree > 0]
        population -= len(known)
    candidates, account = np.unique(holders.indices[place], return_inverse=True)
    if len(candidates) < MIN_MEMBERS:
        return None
    contexts = holders.data[place]
    template = np.repeat(np.arange(len(templates)), degree)
    if not contexts.all():  # prompts without words tell nothing apart
        template, account = template[contexts > 0], account[contexts > 0]
        contexts = contexts[contexts > 0]

    layout = np.zeros(len(templates), dtype=bool) if layouts is None else layouts[templates]
    laid_out = np.flatnonzero(layout[template])

    def carried_by_accounts(present: NDArray[np.float64], absent: NDArray[np.float64]) -> NDArray[np.float64]:
        each = np.where(layout, 0.0, present) - absent
        total = np.bincount(account, weights=each[template], minlength=len(candidates)).astype(np.float64)
        if len(laid_out):
            weightiest = np.zeros(len(candidates))
            np.maximum.at(weightiest, account[laid_out], present[template[laid_out]])
            total += weightiest
        return np.asarray(total + absent.sum())

    # The weighing begins at the core: those who show about as many rare templates as the best.
    carried = carried_by_accounts(np.rint(1000.0 * np.log2(population / degree)), np.zeros(len(templates)))
    core = np.sort(carried)[::-1][: max(MIN_MEMBERS, len(carried) // 5)]
    inside = carried >= 0.5 * core.mean()
    weight = np.zeros(len(templates))
    bits = np.zeros(len(candidates))
    for _ in range(ROUNDS):
        members = int(inside.sum())
        if members < MIN_MEMBERS:
            return None
        held = np.bincount(template[inside[account]], minlength=len(templates))
        weight, absence = membership_bits(held, members, degree - held, population - members)
        # Whole thousandths add up to the same sum in any order.
        present, absent = (
            np.rint(1000.0 * np.maximum(weight, 0.0)),
            np.rint(1000.0 * np.minimum(absence, 0.0)),
        )
        bits = carried_by_accounts(present, absent) / 1000.0
        needed = np.log2(max(population - members, 1) / members) + CERTAINTY_BITS
        chosen = bits >= needed
        # What fills the slot may be common property of a trade; the frame around it is the group's own.
        frame = held >= FRAME * members
        if frame.any():
            framed = carried_by_accounts(np.where(frame, present, 0.0), np.where(frame, absent, 0.0))
            chosen &= framed >= 1000.0 * needed
        if np.array_equal(chosen, inside):
            break
        inside = chosen
    if int(inside.sum()) < MIN_MEMBERS:
        return None
    most = np.zeros(len(candidates), dtype=np.int64)
    np.maximum.at(most, account, contexts)
    if np.mean(most[inside] >= 2) < HABIT and len(templates) < HABIT_TEMPLATES:
        return None
    return Cluster(templates, weight, candidates[inside], bits[inside])
