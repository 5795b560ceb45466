"""Which templates the same accounts show, and the parts that no theme reaches across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stillwatch.engines.batches import in_order
from stillwatch.kernels.blocks import Links, Listed, brought_together, taken_apart
from stillwatch.kernels.common import common
from stillwatch.kernels.components import components, components_above
from stillwatch.link.products import spans

MIN_OVERLAP = 3
"""Two templates that fewer accounts share are not linked."""

Sets = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]
"""The accounts of each template, and the templates of each account, as `common` takes them."""


@dataclass(frozen=True, slots=True)
class Kin:
    """Templates, those of a part one after the other, and their links within parts.

    No theme of the resolution at which they were taken apart reaches across parts: each is a matter of its own
    accounts alone.

    templates  (n,) the number of the template at each place
    ends       (parts + 1,) where each part begins, and n
    listed     the links of each place
    """

    templates: NDArray[np.int64]
    ends: NDArray[np.int64]
    listed: Listed

    def parts(self) -> list[slice]:
        """The places of each part; those of templates without kin are one."""
        sizes = np.diff(self.ends)
        alone = int((sizes == 1).sum())
        several = np.flatnonzero(sizes > 1)
        return [slice(0, alone)] * (alone > 0) + [
            slice(int(self.ends[part]), int(self.ends[part + 1])) for part in several
        ]

    def links_of(self, part: slice) -> int:
        """How many links the part's templates have."""
        ends = self.listed[0]
        return int(ends[part.stop] - ends[part.start])

    def within(self, part: slice) -> Listed:
        """The links of the part's templates, numbered from 0."""
        ends, others, weights = self.listed
        inside = slice(ends[part.start], ends[part.stop])
        return (
            ends[part.start : part.stop + 1] - inside.start,
            others[inside] - np.int32(part.start),
            weights[inside],
        )


def apart(links: Sequence[Links], templates: NDArray[np.int64], resolution: float) -> Kin:
    """The parts of linked templates.

    links       between places of `templates`, as of `overlaps`
    templates   (n,) their numbers
    resolution  overlap above which two of them are joined

    Between parts no link is above the resolution. In the constant Potts model two groups of templates are worth joining
    when their links weigh more than `resolution` for each pair across, which no pair across then does: neither the
    best themes nor any step that Leiden takes joins templates of two parts.
    """
    heavy = [weight > resolution for _, _, weight in links]
    part = components(
        len(templates),
        _joined([one[told] for (one, _, _), told in zip(links, heavy, strict=True)]),
        _joined([other[told] for (_, other, _), told in zip(links, heavy, strict=True)]),
    )
    order, ends = _by_part(part)
    return Kin(templates[order], ends, brought_together(links, part, order))


def further_apart(kin: Kin, resolution: float) -> Kin:
    """The parts of a higher resolution, each within one of those at hand.

    kin         the parts at hand
    resolution  as of `apart`
    """
    part = components_above(*kin.listed, resolution)
    order, ends = _by_part(part)
    return Kin(kin.templates[order], ends, taken_apart(kin.listed, part, order))


def _by_part(part: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(order, ends): the places part by part, those alone first, and where each part begins."""
    sizes = np.bincount(part)
    order = np.lexsort((part, sizes[part] > 1))
    first = np.r_[True, np.diff(part[order]) != 0] if len(part) else np.zeros(0, np.bool_)
    return order, np.r_[np.flatnonzero(first), len(part)]


def _joined(parts: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def overlaps(holders: csr_array, threads: int, least: float) -> list[Links]:
    """The cosine of the account sets of each two templates that at least MIN_OVERLAP accounts share, ascending.

    holders  (templates, accounts), what is not 0 says that an account shows a template
    threads  worker threads; the links don't depend on how many
    least    links of no more are left out
    """
    degree = np.diff(holders.indptr).astype(np.float64)
    told = holders.copy()
    told.eliminate_zeros()  # who shows a template around no words at all shares it with nobody
    by_account = csr_array(told.T)
    sets = (*_lists(told), *_lists(by_account))
    look = partial(_overlapping, sets, degree, holders.shape[1], least)
    return list(in_order(look, spans(told, by_account), threads))


def _lists(table: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    return table.indptr.astype(np.int64), table.indices.astype(np.int32, copy=False)


def _overlapping(sets: Sets, degree: NDArray[np.float64], accounts: int, least: float, span: slice) -> Links:
    """The pairs (row of the span, later row) that overlap enough to be linked, and their weights."""
    rows, columns, both = common(*sets, span, MIN_OVERLAP)
    # Overlap by accident is taken off, so that two popular templates are not kin.
    accident = degree[rows] * degree[columns] / accounts
    weight = np.maximum(both - accident, 0.0) / np.sqrt(degree[rows] * degree[columns])
    keep = np.flatnonzero(weight > least)
    keep = keep[np.lexsort((columns[keep], rows[keep]))]
    return rows[keep], columns[keep], weight[keep]
