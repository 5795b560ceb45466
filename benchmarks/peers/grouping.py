"""From flagged accounts, or from things in common, to groups of accounts."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, triu
from scipy.sparse.csgraph import connected_components

from peers.traffic import DAY, Groups, Ints, Traffic, distinct

WAYS = ("one group", "main network", "main client", "sign-up week")
"""How accounts that a method flags one by one may be put together."""

SMALLEST = 5
"""Accounts of a group that is named at all: below that nobody would call it a campaign."""


def gathered(traffic: Traffic, flagged: Ints, way: str) -> Groups:
    """Flagged accounts (places) put together in one of WAYS; smaller groups than SMALLEST are left out."""
    if way == "one group":
        keys = np.zeros(len(traffic.people), np.int64)
    elif way == "sign-up week":
        keys = traffic.made // (7 * DAY)
    else:
        keys = traffic.usual_network if way == "main network" else traffic.usual_client
    return named(traffic, flagged, keys[flagged])


def named(traffic: Traffic, places: Ints, keys: Ints) -> Groups:
    """Groups of the accounts at `places` with equal keys, SMALLEST or more each; negative keys join none."""
    order = np.argsort(keys, kind="stable")
    places, keys = places[order], keys[order]
    bounds = np.flatnonzero(np.diff(keys)) + 1
    return (
        {
            f"{key:05d}": traffic.ids(held)
            for key, held in zip(keys[np.r_[0, bounds]], np.split(places, bounds), strict=True)
            if key >= 0 and len(held) >= SMALLEST
        }
        if len(places)
        else {}
    )


def incidence(who: Ints, what: Ints, people: int, most: int) -> csr_matrix:
    """Accounts × things, 1 where an account shows a thing; things of more than `most` accounts, or of one
    alone, are left out."""
    who, what = distinct(who, what)
    degree = np.bincount(what, minlength=1)
    kept = (degree[what] >= 2) & (degree[what] <= most)
    return csr_matrix((np.ones(kept.sum(), np.int32), (who[kept], what[kept])), shape=(people, len(degree)))


def linked(traffic: Traffic, who: Ints, what: Ints, most: int, shared: int) -> Groups:
    """Connected components of accounts that have `shared` things or more in common, pair by pair.

    most    accounts that may show a thing that still links
    cost    with shared > 1 the sum over things of their accounts squared
    """
    people = len(traffic.people)
    shows = incidence(who, what, people, most)
    if shared == 1:
        things = shows.shape[1]
        rows, columns = shows.nonzero()
        side = csr_matrix(
            (np.ones(len(rows), np.int8), (rows, people + columns)), shape=(people + things,) * 2
        )
        labels = connected_components(side, directed=False)[1][:people]
    else:
        common = triu(shows @ shows.T, k=1, format="csr")
        common.data = (common.data >= shared).astype(np.int32)
        common.eliminate_zeros()
        labels = connected_components(common, directed=False)[1]
    return named(traffic, np.arange(people), labels.astype(np.int64))
