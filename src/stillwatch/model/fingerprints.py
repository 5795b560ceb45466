"""FINGERPRINTS: an exchange without its text. Everything behind the fingerprint room works on this alone."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.model.exchanges import TIMESTAMP

CAPABILITIES: tuple[str, ...] = (
    "software_engineering",
    "agentic_tool_use",
    "reasoning_mathematics",
    "data_analysis",
    "grading_judging",
    "task_writing",
    "trace_cleaning",
    "cyber",
    "creative_writing",
    "translation_language",
    "knowledge",
    "everyday_chat",
)
"""What an exchange asks of the model, in the order of the shipped linear model's columns."""

SEMANTIC_DIMENSIONS = 64

FINGERPRINTS = pa.schema(
    [
        pa.field("exchange_id", pa.string(), nullable=False),
        pa.field("id_derived", pa.bool_(), nullable=False),
        pa.field("ts", TIMESTAMP, nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("key_id", pa.string()),
        pa.field("model", pa.string()),
        pa.field("surface", pa.string()),
        pa.field("conversation_id", pa.string()),
        pa.field("turns", pa.int32()),
        # content; every *_hash is keyed (SipHash-2-4), 0 never occurs, null means absent
        pa.field("prompt_hash", pa.int64()),  # the whole prompt, lower-cased words
        pa.field(
            "passages", pa.list_(pa.int64())
        ),  # sampled word shingles, each once, in order of occurrence
        pa.field("system_hash", pa.int64()),
        pa.field("system_passages", pa.list_(pa.int64())),
        pa.field("tools_hash", pa.int64()),
        pa.field("skeleton_hash", pa.int64()),  # structure without content; null where there is none
        pa.field("prompt_words", pa.int32()),
        pa.field("prompt_bytes", pa.int32()),
        pa.field("response_bytes", pa.int32()),
        pa.field("language", pa.string()),  # ISO 639-1, "und" where it can't be told
        pa.field("capability", pa.string()),  # one of CAPABILITIES; null where there is no text
        pa.field("capability_probability", pa.float32()),  # 0..1
        pa.field("elicitation", pa.float32()),  # 0..1, asks for the inner reasoning behind an answer
        pa.field(
            "semantic", pa.list_(pa.int8())
        ),  # 64 signed bytes, keyed order and signs; null: not sampled
        # usage and client
        pa.field("reasoning_signature_hash", pa.int64()),
        pa.field("input_tokens", pa.int64()),
        pa.field("output_tokens", pa.int64()),
        pa.field("reasoning_tokens", pa.int64()),
        pa.field("params_hash", pa.int64()),  # temperature, max_tokens and stream together
        pa.field("status", pa.int32()),
        pa.field("ip_hash", pa.int64()),
        pa.field("prefix_hash", pa.int64()),  # IPv4 /24, IPv6 /48
        pa.field("asn", pa.int64()),
        pa.field("country", pa.string()),
        pa.field("user_agent_hash", pa.int64()),
        pa.field("ja4_hash", pa.int64()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
    ]
)

ACCOUNT_PRINTS = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("created_at", TIMESTAMP),
        pa.field("org_hash", pa.int64()),
        pa.field("country", pa.string()),
        pa.field("email_domain_hash", pa.int64()),
        pa.field("email_hash", pa.int64()),
        pa.field("payment_hash", pa.int64()),
        pa.field("phone_hash", pa.int64()),
        pa.field("signup_ip_hash", pa.int64()),
        pa.field("signup_prefix_hash", pa.int64()),
        pa.field("pathway", pa.string()),
        pa.field("plan", pa.string()),
        pa.field("verified", pa.bool_()),
        pa.field("banned_at", TIMESTAMP),
    ]
)
"""ACCOUNTS with every identifier keyed."""
