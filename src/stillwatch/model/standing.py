"""What an earlier scan found, as a later one takes it up: campaigns that stand, and what they are known by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

WORDING = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("template", pa.int32(), nullable=False),  # what has one number is one template
        pa.field("kind", pa.string(), nullable=False),  # template | tools | skeleton
        pa.field(
            "key", pa.int64(), nullable=False
        ),  # keyed: a passage of it, or the name of a tool list or a skeleton
        pa.field("inside", pa.float64(), nullable=False),  # share of members who keep it
        pa.field("outside", pa.float64(), nullable=False),  # share of all others who show it
    ]
)
"""What the members of an actionable campaign keep and hardly anybody else shows: by it later exchanges are told."""

ORDINARY = pa.schema(
    [
        pa.field("rival", pa.string(), nullable=False),  # the innocent explanation that fits best
        pa.field("log10_lr", pa.float64(), nullable=False),  # extraction against it: below 0
        pa.field("account_ids", pa.list_(pa.string()), nullable=False),
        pa.field("keys", pa.list_(pa.int64()), nullable=False),  # keyed names of what it shows, as in WORDING
    ]
)
"""Groups whose evidence speaks for innocents: known again later, they are not tried on a day's exchanges."""

STANDING_TEXT = pa.schema([WORDING.field(name) for name in ("template", "kind", "key")])
"""What is looked for: each passage, tool list and skeleton of WORDING once a template."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Campaigns that an earlier scan called actionable: they are carried on, not tried again.

    campaigns, members, evidence, contest, shared, wording  its tables, of these campaigns alone
    ordinary  the groups that it explained
    accounts  how many accounts that scan saw
    until     when its window ended
    sha256    of the files that it was read from, for the summary
    """

    campaigns: pa.Table
    members: pa.Table
    evidence: pa.Table
    contest: pa.Table
    shared: pa.Table
    wording: pa.Table
    ordinary: pa.Table
    accounts: int
    until: datetime
    sha256: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the campaigns."""
        return frozenset(self.campaigns["campaign_id"].to_pylist())

    @property
    def text(self) -> pa.Table:
        """STANDING_TEXT."""
        distinct = self.wording.group_by(STANDING_TEXT.names).aggregate([])
        return distinct.select(STANDING_TEXT.names).sort_by([(n, "ascending") for n in STANDING_TEXT.names])

    def row(self, campaign_id: str) -> Mapping[str, Any]:
        """The campaign's row; times are microseconds."""
        table = self.of(self.campaigns, campaign_id)
        for name in ("first_seen", "last_seen"):
            table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int64()))
        row: dict[str, Any] = table.to_pylist()[0]
        return row

    def of(self, table: pa.Table, campaign_id: str) -> pa.Table:
        """The rows of a table that speak of a campaign."""
        return table.filter(pc.equal(table["campaign_id"], campaign_id))
