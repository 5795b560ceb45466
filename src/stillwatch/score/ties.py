"""What ties accounts to other clusters: who fills another template, in the very exchanges, belongs there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.plan import Engine
from stillwatch.model.numbers import CLEARLY_BITS, SAME_EXCHANGES, SAME_THEME
from stillwatch.score.scene import Bools, Floats, Ints, Scene, ints


@dataclass(frozen=True, slots=True)
class Ties:
    """Which clusters tie each account, and by which templates.

    first           (accounts + 1,) where the clusters of each account begin
    cluster, bits   (k,) the clusters account by account, and the account's weight in each
    begins          (clusters + 1,) where the templates of each cluster begin
    templates       (t,) those that speak for a cluster, ascending in each
    """

    first: Ints
    cluster: Ints
    bits: Floats
    begins: Ints
    templates: Ints

    def of(self, cluster: int) -> Ints:
        """The templates of a cluster."""
        return self.templates[self.begins[cluster] : self.begins[cluster + 1]]

    def shown_by(self, account: Ints, cluster: Ints, who: Ints, template: Ints) -> Bools:
        """(n,) whether each template is one of a cluster's that the account is paired with.

        account, cluster  (k,) the pairs; who, template (n,) accounts and what they show
        """
        begin, end = self.begins[cluster], self.begins[cluster + 1]
        theirs = _pair(np.repeat(account, end - begin), self.templates[_places(begin, end)])
        return np.isin(_pair(who, template), theirs)

    def stronger(self, scene: Scene) -> tuple[Ints, Ints]:
        """(members, clusters) each member of a scene with each cluster of another theme that ties it more strongly.

        members  positions among the scene's
        """
        begin = self.first[scene.members]
        many = self.first[scene.members + 1] - begin
        member = np.repeat(np.arange(scene.size), many)
        place = _places(begin, begin + many)
        told = self.bits[place] > scene.bits[member] + CLEARLY_BITS
        member, rival = member[told], self.cluster[place[told]]
        own = self.of(scene.cluster)
        other = [each for each in np.unique(rival).tolist() if not one_theme(own, self.of(each))]
        another = np.isin(rival, np.array(other, dtype=np.int64))
        return member[another], rival[another]


def explained_elsewhere(scene: Scene, ties: Ties) -> Bools:
    """(n,) the members that fill another cluster's template in the exchanges that tie them to this one.

    A sentence that a public text and a group's template have in common makes a user of the text a member, since its
    passages come together; but that user's exchanges show the rest of the text as well. Whoever passes on other
    people's requests shows their templates in exchanges of their own. Most of a group is never explained away.
    """
    out = np.zeros(scene.size, dtype=bool)
    member, rival = ties.stronger(scene)
    tied = np.zeros(scene.size, dtype=bool)
    tied[member] = True
    if not len(member) or 2 * np.count_nonzero(tied) >= scene.size:
        return out
    begin, end = ties.begins[rival], ties.begins[rival + 1]
    theirs = ties.templates[_places(begin, end)]
    by_rival = np.repeat(member, end - begin)
    another = ~np.isin(theirs, ties.of(scene.cluster))
    elsewhere = _pair(by_rival[another], theirs[another])
    who = scene.who[scene.sampled]
    theirs_here = np.flatnonzero(tied[who])
    who = who[theirs_here]
    lists = scene.batch_shown.take(pa.array(scene.batch_place[theirs_here]))
    exchange = pc.list_parent_indices(lists).to_numpy()
    told = np.isin(_pair(who[exchange], ints(lists.flatten())), elsewhere)
    explained = np.zeros(len(who), dtype=bool)
    explained[exchange[told]] = True
    sent = np.bincount(who, minlength=scene.size)
    return (sent > 0) & (np.bincount(who[explained], minlength=scene.size) >= SAME_EXCHANGES * sent)


def _pair(member: Ints, template: Ints) -> Ints:
    """A member's position and a template as one number."""
    return (member << 32) | template


def _places(begin: Ints, end: Ints) -> Ints:
    """The places begin[0]..end[0] - 1, then begin[1]..end[1] - 1, and so on."""
    many = end - begin
    return np.repeat(end - np.cumsum(many), many) + np.arange(many.sum())


def read_ties(engine: Engine, accounts: int) -> Ties:
    """Reads CLUSTERS and CLUSTER_TEMPLATES; accounts: how many there are."""
    told = engine.to_arrow("clusters", "ix, cluster")
    by = engine.query("SELECT cluster, t FROM cluster_templates WHERE bits > 0 ORDER BY cluster, t")
    clusters = 1 + int(ints(told["cluster"]).max(initial=-1))
    return Ties(
        np.searchsorted(ints(told["ix"]), np.arange(accounts + 1)),
        ints(told["cluster"]),
        told["bits"].to_numpy(),
        np.searchsorted(ints(by["cluster"]), np.arange(clusters + 1)),
        ints(by["t"]),
    )


def one_theme(a: Ints, b: Ints) -> bool:
    """Whether clusters of these templates, ascending, are one theme, tied loosely or tightly."""
    return len(np.intersect1d(a, b, assume_unique=True)) >= SAME_THEME * min(len(a), len(b))
