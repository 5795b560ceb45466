"""EXCHANGES and ACCOUNTS: what ingest hands on, one row a request with its answer, one row an account."""

from __future__ import annotations

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")

DAY = 86_400_000_000
"""Microseconds."""

EXCHANGES = pa.schema(
    [
        pa.field("exchange_id", pa.string(), nullable=False),
        pa.field("id_derived", pa.bool_(), nullable=False),  # the id was made from the row's content
        pa.field("ts", TIMESTAMP, nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("key_id", pa.string()),
        pa.field("model", pa.string()),
        pa.field("surface", pa.string()),
        pa.field("conversation_id", pa.string()),
        pa.field("turns", pa.int32()),  # user turns in the request body, this one included; null: unknown
        pa.field("system", pa.string()),
        pa.field("prompt", pa.string()),  # the last user text
        pa.field("response", pa.string()),
        pa.field("tools", pa.string()),  # JSON
        pa.field("reasoning_signature", pa.string()),
        pa.field("input_tokens", pa.int64()),
        pa.field("output_tokens", pa.int64()),
        pa.field("reasoning_tokens", pa.int64()),
        pa.field("temperature", pa.float64()),
        pa.field("max_tokens", pa.int64()),
        pa.field("stream", pa.bool_()),
        pa.field("status", pa.int32()),
        pa.field("ip", pa.string()),
        pa.field("asn", pa.int64()),
        pa.field("country", pa.string()),
        pa.field("user_agent", pa.string()),
        pa.field("tls_ja4", pa.string()),
        pa.field("source", pa.string(), nullable=False),  # file the row came from, its name only
        pa.field("line", pa.int64(), nullable=False),  # 1-based line or row of that file
    ]
)
"""The columns of an exchange after normalising. Text lives here and nowhere behind the fingerprint room."""

ACCOUNTS = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("created_at", TIMESTAMP),
        pa.field("org_id", pa.string()),
        pa.field("country", pa.string()),
        pa.field("email_domain", pa.string()),
        pa.field("email_hash", pa.string()),
        pa.field("payment_hash", pa.string()),
        pa.field("phone_hash", pa.string()),
        pa.field("signup_ip", pa.string()),
        pa.field("pathway", pa.string()),
        pa.field("plan", pa.string()),
        pa.field("verified", pa.bool_()),
        pa.field("banned_at", TIMESTAMP),
    ]
)
"""What is known of an account besides its traffic. Every column but the id may be null or absent."""

QUARANTINE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("excerpt", pa.string(), nullable=False),  # never prompt text: keys and types only
    ]
)
"""Rows that could not be read, each with where it stood and why."""
