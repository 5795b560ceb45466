"""Groups that an innocent explanation fits: written down by a scan of a window, and known again on the days after it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from stillwatch.engines.parts import leaving
from stillwatch.engines.plan import Engine
from stillwatch.model.standing import ORDINARY, Standing
from stillwatch.score.scene import Ints, Population, ints
from stillwatch.score.ties import Ties

MOSTLY = 0.8
"""A group is one that is known when this share of its accounts belong to that one,"""

SAME_TEXT = 0.5
"""and this share of its templates are that one's: accounts that are known may begin something else."""

LOOKED_AT = 300
"""So many of the groups that are known are looked at all the same: from them is learnt what ordinary groups show today."""

_KEYS = """
    SELECT t, p AS key FROM template_of
    UNION ALL
    SELECT t, key FROM template_kinds WHERE kind <> 'template'"""


def ordinary_groups(
    engine: Engine, people: Population, ties: Ties, explained: Mapping[int, tuple[str, float]]
) -> pa.Table:
    """ORDINARY; reads TEMPLATE_OF and TEMPLATE_KINDS.

    explained  cluster → its best innocent explanation and its score, which is below 0
    """
    clusters = np.array(sorted(explained), np.int64)
    account, begins = _members(ties)
    members = [account[begins[c] : begins[c + 1]] for c in clusters.tolist()]
    shown = [ties.of(c) for c in clusters.tolist()]
    with leaving(engine):
        engine.put("told", pa.table({"t": pa.array(np.unique(_joined(shown)), pa.int32())}))
        rows = engine.query(f"SELECT t, key FROM ({_KEYS}) WHERE t IN (SELECT t FROM told) ORDER BY t, key")
    of, keys = ints(rows["t"]), ints(rows["key"])
    first, last = ([np.searchsorted(of, each, side=side) for each in shown] for side in ("left", "right"))
    places = [
        np.concatenate([np.arange(a, b) for a, b in zip(*pair, strict=True)] or [np.zeros(0, np.int64)])
        for pair in zip(first, last, strict=True)
    ]
    return pa.table(
        {
            "rival": [explained[c][0] for c in clusters.tolist()],
            "log10_lr": [explained[c][1] for c in clusters.tolist()],
            "account_ids": _lists(people.account_id.take(pa.array(_joined(members))), members),
            "keys": _lists(pa.array(keys[_joined(places)]), places),
        },
        schema=ORDINARY,
    )


def familiar(engine: Engine, standing: Standing, people: Population, ties: Ties) -> Ints:
    """The clusters that an earlier scan explained, ascending, without LOOKED_AT of them; reads TEMPLATE_OF and TEMPLATE_KINDS.

    What a window of many exchanges spoke for, one day's of them do not tell better.
    """
    groups = standing.ordinary
    account, begins = _members(ties)
    clusters = len(begins) - 1
    size = np.diff(begins)
    ours = csr_array((np.ones(len(account), np.int64), account, begins), shape=(clusters, people.size))
    theirs = _rows(groups["account_ids"], people.account_id, np.arange(people.size), people.size)
    common = csr_array(ours @ csr_array(theirs.T)).tocoo()
    cluster, group = (place[common.data >= MOSTLY * size[common.coords[0]]] for place in common.coords)
    named = engine.query(f"{_KEYS} ORDER BY key, t")
    many = 1 + max(ints(named["t"]).max(initial=-1), ties.templates.max(initial=-1))
    texts = _rows(groups["keys"], named["key"].combine_chunks(), ints(named["t"]), int(many))
    shown = csr_array(
        (np.ones(len(ties.templates), np.int64), ties.templates, ties.begins), shape=(clusters, many)
    )
    both = np.asarray(shown[cluster].multiply(texts[group]).sum(axis=1)).ravel()
    known = np.unique(cluster[both >= SAME_TEXT * np.diff(ties.begins)[cluster]])
    looked_at = known[:: max(1, -(-len(known) // LOOKED_AT))]
    return np.setdiff1d(known, looked_at)


def not_tried_again(earlier: pa.Table, now: pa.Table) -> pa.Table:
    """The rows of ORDINARY that an earlier scan wrote and this one doesn't: the others were tried again, on more."""
    alike = []
    for column, share in (("account_ids", MOSTLY), ("keys", SAME_TEXT)):
        lists = earlier[column], now[column]
        names = pc.unique(pa.concat_arrays([chunk.flatten() for each in lists for chunk in each.chunks]))
        theirs, ours = (_rows(each, names, np.arange(len(names)), len(names)) for each in lists)
        common = csr_array(theirs @ ours.T)
        rows = np.repeat(np.arange(common.shape[0]), np.diff(common.indptr))
        larger = np.maximum(np.diff(theirs.indptr)[rows], np.diff(ours.indptr)[common.indices])
        alike.append(csr_array((common.data >= share * larger, common.indices, common.indptr), common.shape))
    again = np.asarray(alike[0].multiply(alike[1]).sum(axis=1)).ravel() > 0
    return earlier.filter(pa.array(~again))


def leave_out(engine: Engine, clusters: Ints) -> None:
    """Takes the clusters out of JUDGED: nobody looks at them."""
    if len(clusters):
        judged = engine.to_arrow("judged", "cluster, ix")
        left = pa.array(~np.isin(ints(judged["cluster"]), clusters))
        engine.put("judged", judged.filter(left))


def _members(ties: Ties) -> tuple[Ints, Ints]:
    """The accounts of all clusters, one after the other, ascending in each, and where each cluster begins."""
    account = np.repeat(np.arange(len(ties.first) - 1), np.diff(ties.first))
    order = np.argsort(ties.cluster, kind="stable")
    return account[order], np.searchsorted(ties.cluster[order], np.arange(len(ties.begins)))


def _rows(lists: pa.ChunkedArray, names: pa.Array, numbers: Ints, many: int) -> csr_array:
    """(lists, many) whether each list holds what each number stands for; a name that is not there is left out."""
    told = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
    place = ints(pc.index_in(told.flatten(), value_set=names), -1)
    row = np.repeat(np.arange(len(told)), told.value_lengths().to_numpy(zero_copy_only=False))
    table = csr_array(
        (np.ones(np.count_nonzero(place >= 0), np.int64), (row[place >= 0], numbers[place[place >= 0]])),
        shape=(len(told), many),
    )
    table.data[:] = 1  # several names of one list may stand for one number
    return table


def _lists(values: pa.Array, of: list[Ints]) -> pa.Array:
    ends = np.cumsum([0, *(len(each) for each in of)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values)


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *parts])
