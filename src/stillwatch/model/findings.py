"""The tables that a scan ends in: campaigns, who and what belongs to them, and why."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.model.exchanges import TIMESTAMP

CAMPAIGNS = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("actionable", pa.bool_(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("log10_lr", pa.float64(), nullable=False),
        pa.field("confidence", pa.string(), nullable=False),
        pa.field("first_seen", TIMESTAMP, nullable=False),
        pa.field("last_seen", TIMESTAMP, nullable=False),
        pa.field("accounts", pa.int64(), nullable=False),
        pa.field("accounts_low", pa.int64(), nullable=False),
        pa.field("accounts_high", pa.int64(), nullable=False),
        pa.field("exchanges", pa.int64(), nullable=False),
        pa.field("exchanges_low", pa.int64(), nullable=False),
        pa.field("exchanges_high", pa.int64(), nullable=False),
        pa.field("input_tokens", pa.int64()),  # null where the logs name no usage
        pa.field("output_tokens", pa.int64()),
        # Most used first; those that a later scan adds to a campaign that stands come last.
        pa.field("models", pa.list_(pa.string()), nullable=False),
        pa.field("capabilities", pa.list_(pa.string()), nullable=False),  # most asked first
        pa.field("top_rival", pa.string(), nullable=False),
        pa.field("rival_log10_lr", pa.float64(), nullable=False),  # the runner-up rival's margin
        pa.field("related_campaign_id", pa.string()),
    ]
)

MEMBERS = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("log10_lr", pa.float64(), nullable=False),
        pa.field("role", pa.string(), nullable=False),  # operator | mixed
        pa.field("exchanges", pa.int64(), nullable=False),
        pa.field("total_exchanges", pa.int64(), nullable=False),
        pa.field("first_seen", TIMESTAMP, nullable=False),
        pa.field("last_seen", TIMESTAMP, nullable=False),
    ]
)

ATTRIBUTED = pa.schema(
    [
        pa.field("exchange_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("ts", TIMESTAMP, nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("capability", pa.string()),
    ]
)

EVIDENCE = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string()),  # null: of the whole campaign
        pa.field("family", pa.string(), nullable=False),
        pa.field("signal", pa.string(), nullable=False),
        pa.field("log10_lr", pa.float64(), nullable=False),
        pa.field("accounts", pa.int64(), nullable=False),
        pa.field("observation", pa.string(), nullable=False),
        pa.field("atlas", pa.string(), nullable=False),
    ]
)
"""The rows of a campaign with a null account sum to its `log10_lr`; rows of an account explain its membership."""

CONTEST = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("rival", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("log10_lr", pa.float64(), nullable=False),  # extraction against this rival, this family
        pa.field("because", pa.string(), nullable=False),  # one sentence: what the rival predicts here
    ]
)

SHARED = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("key", pa.int64(), nullable=False),
        pa.field("accounts", pa.int64(), nullable=False),  # members that show it
        pa.field("outsiders", pa.int64(), nullable=False),  # other accounts that show it
        pa.field("bits", pa.float64(), nullable=False),
        pa.field("account_ids", pa.list_(pa.string()), nullable=False),  # sorted, the first 200
    ]
)
"""Indicators that a campaign's accounts share: what its picture is drawn from."""

FIRST = pa.schema(
    [
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("first_actionable_at", TIMESTAMP, nullable=False),
        pa.field("delay_hours", pa.float64(), nullable=False),  # since its first exchange
        pa.field("leaked", pa.float64(), nullable=False),  # share of its exchanges sent before, 0..1
    ]
)
"""When a replay could first have acted on each actionable campaign of its last run, and what had been sent."""
