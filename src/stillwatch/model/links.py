"""The families of evidence, and what accounts show on a day."""

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

PLACES: tuple[str, ...] = (
    "ip_hash", "prefix_hash", "asn", "user_agent_hash", "ja4_hash", "params_hash",
)  # fmt: skip
"""Columns of FINGERPRINTS that say from where and with what an account asks."""

DAILY_INDICATORS = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        *(pa.field(name, pa.int64()) for name in PLACES),
        pa.field("exchanges", pa.int64(), nullable=False),
        pa.field("first_seen", TIMESTAMP, nullable=False),
        pa.field("last_seen", TIMESTAMP, nullable=False),
    ]
)
"""One row an account and place on one day: how often, first and last. Every row of the day is counted, also
one whose exchange id comes again."""
