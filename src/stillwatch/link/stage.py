"""The link stage: FINGERPRINTS and ACCOUNTS in, INDICATORS, CLUSTERS and HITS out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine, Step
from stillwatch.kernels.components import components
from stillwatch.link.content import link_content
from stillwatch.link.counted import count_accounts
from stillwatch.link.kin import MIN_OVERLAP
from stillwatch.link.membership import Cluster, clusters, left_out, regrouped
from stillwatch.link.nesting import standing
from stillwatch.link.products import in_common
from stillwatch.link.themes import AS_FOUND, themes
from stillwatch.model.numbers import MOST_BITS

SIGHTING_BITS = 2.0
"""A template that weighs less than this for membership, or for an exchange, says nothing about a single exchange."""

HABITUAL = 5
"""An account that shows a template more often has a habit of its own; so many of its exchanges count as usual."""

MOST_SIGHTED = 60_000
"""Of a cluster with more exchanges so many are looked at: signs don't get clearer, and memory is finite."""

FIRST_SIGHTED = 5_000
"""At first so many of them are looked at: that tells nearly as much, and where it tells against extraction, the rest is not
looked at;"""

FIRST_ACCOUNTS = 30
"""but those of so many accounts at least."""

WIDER = 2
"""A template that so many times as many accounts show as another is no kin of it, but a phrase around it."""

SAME_CLUSTER = 0.5
"""Two themes are one when they share this part of the larger one's accounts."""


LEFT = (
    "repeated", "dropped", "ranges", "people", "indicators", "client_degrees", "verbatim", "holdings", "hits",
    "template_of", "template_kinds", "standing_text", "clusters", "cluster_parents", "cluster_templates", "sighting_bits",
    "judged",
)  # fmt: skip
"""Tables that the link stage leaves."""


def link(engine: Engine, tick: Callable[[str], None], standing_text: pa.Table | None = None) -> None:
    """Leaves the tables of LEFT in the engine.

    engine         holds `prints` (FINGERPRINTS with a row number) and `accounts` (ACCOUNT_PRINTS)
    tick           told the name of each part before it begins
    standing_text  STANDING_TEXT of campaigns that stand, None for none
    """
    with leaving(engine, *LEFT):
        parts = count_accounts(engine, tick)
        tick("content")
        link_content(engine, parts, standing_text)
        tick("clusters")
        found, parents = find_clusters(engine)
        engine.put("clusters", _cluster_table(found))
        engine.put(
            "cluster_parents",
            pa.table(
                {"cluster": pa.array(range(len(found)), pa.int64()), "parent": pa.array(parents, pa.int64())}
            ),
        )
        engine.put("cluster_templates", _template_table(found))
        for step in (exchange_bits(), sighting_bits(), judged()):
            engine.run(step)


def find_clusters(engine: Engine) -> tuple[tuple[Cluster, ...], tuple[int, ...]]:
    """Clusters of accounts, and for each the smallest other one that it is a part of (-1: none).

    A phrase that several groups have in common ties them into one clump where themes are gathered loosely;
    gathered tightly, they come apart, but a campaign whose wording drifts may come apart as well. Clumps
    and parts are both handed on: the score room decides which of the two tells more.
    """
    accounts = int(engine.query("SELECT count(*) AS n FROM people")["n"][0].as_py())
    kinds = engine.query("SELECT kind FROM template_kinds ORDER BY t")["kind"].to_numpy(zero_copy_only=False)
    holders = _holders(engine, (len(kinds), accounts))
    layouts = kinds == "skeleton"
    found: list[Cluster] = []
    loosely = np.zeros(0, dtype=np.int64)
    for number, labels in enumerate(themes(holders, engine.threads)):
        if number == AS_FOUND:
            loosely = labels
        # One prompt that several accounts sent, and nothing else that they share, has no slot to fill. Gathered
        # tightly, a template alone is a splinter of a theme that was gathered loosely.
        alone = (np.bincount(labels, minlength=1)[labels] == 1) & ((kinds == "prompt") | (number > AS_FOUND))
        if number > AS_FOUND:
            alone[_glued(holders, loosely, np.flatnonzero(alone & (kinds != "prompt")))] = False
        told = np.flatnonzero(~alone)
        found.extend(_joined_clusters(csr_array(holders[told]), labels[told], told, layouts[told], accounts))
    found.extend(left_out(holders, found, layouts))
    return standing(found, accounts, partial(_shown_by, engine))


def _holders(engine: Engine, shape: tuple[int, int]) -> csr_array:
    """(templates, accounts) around how many prompts each account shows each template."""
    rows = engine.query(
        "SELECT CAST(t AS INTEGER) AS t, ix, CAST(least(contexts, 2147483647) AS INTEGER) AS contexts FROM holdings"
    )
    table = csr_array(
        (rows["contexts"].to_numpy(), (rows["t"].to_numpy(), rows["ix"].to_numpy())), shape=shape
    )
    table.sort_indices()
    return table


def _shown_by(engine: Engine, accounts: NDArray[np.int64]) -> pa.Table:
    """HITS of the accounts."""
    with leaving(engine):
        engine.put("witnesses", pa.table({"ix": pa.array(accounts, pa.int32())}))
        return engine.query("SELECT ix, shown FROM hits WHERE ix IN (SELECT ix FROM witnesses)")


def _glued(holders: csr_array, loosely: NDArray[np.int64], lone: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the lone templates that far wider ones alone tie to the theme that they were loosely gathered in.

    A wording of a campaign has the campaign's other wordings for kin; what only a phrase of everybody's ties
    to other groups is a group of its own.
    """
    lone = lone[np.bincount(loosely)[loosely[lone]] > 1]
    if not len(lone):
        return lone
    binary = holders.astype(bool).astype(np.int32)
    degree = np.diff(binary.indptr)
    shared = csr_array(binary[lone] @ binary.T).tocoo()
    near = np.flatnonzero(shared.data >= MIN_OVERLAP)  # few of many
    row, other = (place[near] for place in shared.coords)
    kin = (
        (other != lone[row])
        & (loosely[other] == loosely[lone[row]])
        & (degree[other] < WIDER * degree[lone[row]])
    )
    has_kin: NDArray[np.bool_] = np.bincount(row[kin], minlength=len(lone)) > 0
    return np.asarray(lone[~has_kin], dtype=np.int64)


def _joined_clusters(
    holders: csr_array,
    labels: NDArray[np.int64],
    numbers: NDArray[np.int64],
    layouts: NDArray[np.bool_],
    accounts: int,
) -> tuple[Cluster, ...]:
    """The clusters of themes, those of the same accounts joined; `numbers` are the templates' own."""
    found = clusters(holders, labels, layouts)
    merged = _same(found, accounts)
    if merged is not None:
        found = regrouped(holders, found, merged, layouts)
    return tuple(Cluster(numbers[c.templates], c.template_bits, c.members, c.bits) for c in found)


def _same(found: Sequence[Cluster], accounts: int) -> NDArray[np.int64] | None:
    """The group of each cluster after joining those of the same accounts; None when all stand alone."""
    if len(found) < 2:
        return None
    sizes = np.array([len(c.members) for c in found])
    pairs: list[tuple[int, int]] = []
    for number, (others, shared) in enumerate(in_common([c.members for c in found], accounts)):
        # What two groups of these sizes share by accident is no kinship.
        accident = sizes[number] * sizes[others] / accounts
        kin = shared - accident >= SAME_CLUSTER * np.maximum(sizes[number], sizes[others])
        pairs.extend((number, int(other)) for other in others[kin & (others > number)])
    if not pairs:
        return None
    a, b = np.array(pairs, dtype=np.int64).T
    return components(len(found), a, b)


def exchange_bits() -> Step:
    """EXCHANGE_BITS: what a template of a cluster says of a member's exchange that shows it, in bits.

    Members send other people's words too, and these use phrases of everybody's. As often as others show a
    template, members would show it without the cluster; what exceeds that is the cluster's.
    """
    return Step(
        "exchange_bits",
        ("holdings", "clusters", "cluster_templates", "people"),
        f"""
        WITH everywhere AS (SELECT t, sum(least(exchanges, {HABITUAL})) AS usual FROM holdings GROUP BY t),
        inside AS (
            SELECT ct.cluster, ct.t, sum(h.exchanges) AS n, sum(least(h.exchanges, {HABITUAL})) AS usual
            FROM cluster_templates ct JOIN holdings h ON h.t = ct.t
            JOIN clusters c ON c.cluster = ct.cluster AND c.ix = h.ix
            WHERE ct.bits >= {SIGHTING_BITS} GROUP BY ct.cluster, ct.t),
        size AS (
            SELECT c.cluster, sum(p.exchanges) AS n FROM clusters c JOIN people p ON p.ix = c.ix
            GROUP BY c.cluster),
        usual AS (
            SELECT i.cluster, i.t, CAST(i.n AS DOUBLE) AS n,
                   CAST(e.usual - i.usual AS DOUBLE) * s.n / greatest((SELECT sum(exchanges) FROM people) - s.n, 1) AS others
            FROM inside i JOIN everywhere e ON e.t = i.t JOIN size s ON s.cluster = i.cluster)
        SELECT cluster, t, round(ln((n - others + 0.5) / (others + 0.5)) / ln(2.0), 6) AS bits
        FROM usual WHERE n > others""",
    )


def sighting_bits() -> Step:
    """SIGHTING_BITS: what a template of a cluster says of a member's exchange that shows it, in bits."""
    return Step(
        "sighting_bits",
        ("exchange_bits",),
        f"SELECT cluster, t, bits FROM exchange_bits WHERE bits >= {SIGHTING_BITS}",
    )


def judged() -> Step:
    """JUDGED: the members whose exchanges are looked at: all, or as many as have about MOST_SIGHTED together.

    first  those of them who are looked at first
    Whole accounts are taken, so that what is seen of each is all that there is; which, rests on their numbers.
    """
    place, places = "(CAST(ix AS BIGINT) + 1) * 48271 % 65521", 65521
    return Step(
        "judged",
        ("holdings", "clusters", "sighting_bits"),
        f"""
        WITH shown AS (
            SELECT c.cluster, c.ix, max(h.exchanges) AS n
            FROM sighting_bits b JOIN holdings h ON h.t = b.t
            JOIN clusters c ON c.cluster = b.cluster AND c.ix = h.ix
            GROUP BY c.cluster, c.ix),
        total AS (SELECT cluster, CAST(sum(n) AS BIGINT) AS n, count(*) AS accounts FROM shown GROUP BY cluster)
        SELECT cluster, ix,
               total.n <= {FIRST_SIGHTED} OR total.accounts <= {FIRST_ACCOUNTS}
               OR {place} * total.n < {FIRST_SIGHTED * places} OR {place} * total.accounts < {FIRST_ACCOUNTS * places}
               AS first
        FROM shown JOIN total USING (cluster)
        WHERE total.n <= {MOST_SIGHTED} OR {place} * total.n < {MOST_SIGHTED * places}""",
    )


def _cluster_table(found: Sequence[Cluster]) -> pa.Table:
    sizes = [len(c.members) for c in found]
    return pa.table(
        {
            "cluster": pa.array(np.repeat(np.arange(len(found)), sizes), pa.int64()),
            "ix": pa.array(_joined([c.members for c in found], np.int64), pa.int32()),
            "bits": pa.array(
                np.minimum(_joined([c.bits for c in found], np.float64), MOST_BITS), pa.float64()
            ),
        }
    )


def _template_table(found: Sequence[Cluster]) -> pa.Table:
    sizes = [len(c.templates) for c in found]
    return pa.table(
        {
            "cluster": pa.array(np.repeat(np.arange(len(found)), sizes), pa.int64()),
            "t": pa.array(_joined([c.templates for c in found], np.int64), pa.int64()),
            "bits": pa.array(_joined([c.template_bits for c in found], np.float64), pa.float64()),
        }
    )


def _joined(parts: Sequence[NDArray[np.generic]], kind: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)
