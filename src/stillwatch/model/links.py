"""INDICATORS and CLUSTERS: what accounts share, and the groups that this sharing makes."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.model.exchanges import TIMESTAMP

FAMILIES: tuple[str, ...] = (
    "content",
    "reasoning",
    "infrastructure",
    "registration",
    "client",
    "timing",
    "purpose",
    "succession",
)
"""Families of evidence. Observations inside one family may depend on each other; families may not."""

INDICATORS = pa.schema(
    [
        pa.field("family", pa.string(), nullable=False),
        pa.field(
            "kind", pa.string(), nullable=False
        ),  # template, system, tools, skeleton, ip, prefix, payment ...
        pa.field("key", pa.int64(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("exchanges", pa.int64(), nullable=False),  # of this account that show it
        pa.field("contexts", pa.int64(), nullable=False),  # distinct prompts around it
        pa.field("first_seen", TIMESTAMP, nullable=False),
        pa.field("last_seen", TIMESTAMP, nullable=False),
        pa.field("degree", pa.int64(), nullable=False),  # accounts that show it
        pa.field("bits", pa.float64(), nullable=False),  # rarity: -log2 of the share of accounts that show it
    ]
)

CLUSTERS = pa.schema(
    [
        pa.field("cluster", pa.int64(), nullable=False),  # 0.., by first account
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("bits", pa.float64(), nullable=False),  # how strongly it is tied to the cluster
    ]
)
