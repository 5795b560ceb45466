"""The link stage: FINGERPRINTS and ACCOUNTS in, INDICATORS, CLUSTERS and SIGHTINGS out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.engines.plan import Engine, Step
from stillwatch.kernels.components import components
from stillwatch.link.content import link_content
from stillwatch.link.indicators import indicators
from stillwatch.link.membership import Cluster, clusters
from stillwatch.link.people import PEOPLE_STEPS
from stillwatch.link.themes import themes

SIGHTING_BITS = 2.0
"""A template that weighs less than this for membership says nothing about a single exchange."""

SAME_CLUSTER = 0.5
"""Two themes are one when this share of the smaller one's accounts belongs to the larger."""


def link(engine: Engine, tick: Callable[[str], None]) -> None:
    """Leaves PEOPLE, INDICATORS, CLUSTERS, CLUSTER_TEMPLATES and SIGHTINGS in the engine.

    engine  holds `prints` (FINGERPRINTS with a row number) and `accounts` (ACCOUNT_PRINTS)
    tick    told the name of each part before it begins
    """
    tick("accounts")
    for step in PEOPLE_STEPS:
        engine.run(step)
    tick("indicators")
    engine.run(indicators())
    tick("content")
    link_content(engine)
    tick("clusters")
    found = find_clusters(engine)
    engine.put("clusters", _cluster_table(found))
    engine.put("cluster_templates", _template_table(found))
    engine.run(sightings())
    engine.drop("hits")


def find_clusters(engine: Engine) -> tuple[Cluster, ...]:
    """Themes and the accounts that they tie together; themes of the same accounts are one."""
    accounts = int(engine.query("SELECT count(*) AS n FROM people")["n"][0].as_py())
    rows = engine.query("SELECT t, ix, contexts FROM holdings")
    kinds = engine.query("SELECT kind FROM template_kinds ORDER BY t")["kind"].to_numpy(zero_copy_only=False)
    count = len(kinds)
    holders = csr_array(
        (rows["contexts"].to_numpy(), (rows["t"].to_numpy(), rows["ix"].to_numpy())), shape=(count, accounts)
    )
    holders.sort_indices()
    labels = themes(holders)
    # One prompt that several accounts sent, and nothing else that they share, has no slot to fill.
    alone = (np.bincount(labels, minlength=1)[labels] == 1) & (kinds == "prompt")
    told = np.flatnonzero(~alone)
    found = tuple(_renumbered(told, c) for c in clusters(csr_array(holders[told]), labels[told]))
    merged = _same(found, accounts)
    if merged is None:
        return found
    theme = np.full(count, -1, dtype=np.int64)
    for cluster, group in zip(found, merged, strict=True):
        theme[cluster.templates] = group
    kept = np.flatnonzero(theme >= 0)
    return tuple(_renumbered(kept, c) for c in clusters(csr_array(holders[kept]), theme[kept]))


def _renumbered(numbers: NDArray[np.int64], cluster: Cluster) -> Cluster:
    """The cluster of a selection of templates, with the numbers that they have among all."""
    return Cluster(numbers[cluster.templates], cluster.template_bits, cluster.members, cluster.bits)


def _same(found: Sequence[Cluster], accounts: int) -> NDArray[np.int64] | None:
    """The group of each cluster after joining those of the same accounts; None when all stand alone."""
    if len(found) < 2:
        return None
    indptr = np.cumsum([0, *(len(c.members) for c in found)])
    indices = np.concatenate([c.members for c in found])
    shows = csr_array((np.ones(len(indices), dtype=np.int64), indices, indptr), shape=(len(found), accounts))
    shared = csr_array(shows @ shows.T).tocoo()
    sizes = np.diff(indptr)
    a, b = shared.coords
    small, large = np.minimum(sizes[a], sizes[b]), np.maximum(sizes[a], sizes[b])
    # What two groups of these sizes share by accident is no kinship.
    joined = (a < b) & (shared.data - small * large / accounts >= SAME_CLUSTER * small)
    if not joined.any():
        return None
    return components(len(found), a[joined], b[joined])


def sightings() -> Step:
    """SIGHTINGS: exchanges of members that show a template of their cluster, with its weight in bits."""
    return Step(
        "sightings",
        ("hits", "clusters", "cluster_templates"),
        f"""
        SELECT c.cluster, h."row", h.ix, max(t.bits) AS bits, count(*) AS templates
        FROM hits h
        JOIN cluster_templates t ON t.t = h.t AND t.bits >= {SIGHTING_BITS}
        JOIN clusters c ON c.cluster = t.cluster AND c.ix = h.ix
        GROUP BY c.cluster, h."row", h.ix""",
    )


def _cluster_table(found: Sequence[Cluster]) -> pa.Table:
    sizes = [len(c.members) for c in found]
    return pa.table(
        {
            "cluster": pa.array(np.repeat(np.arange(len(found)), sizes), pa.int64()),
            "ix": pa.array(_joined([c.members for c in found], np.int64), pa.int32()),
            "bits": pa.array(_joined([c.bits for c in found], np.float64), pa.float64()),
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
