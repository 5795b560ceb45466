"""LiteLLM rows and OTLP documents with anything where their fields should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.ingest import ExchangeReader, open_exchanges

relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

KEYS = [
    "messages", "role", "content", "text", "type", "body", "input", "usage", "choices", "message", "error_code",
    "user_api_key_user_id", "user_api_key_hash", "requester_custom_headers", "x-ja4", "usage_object", "tools",
    "completion_tokens_details", "reasoning_tokens", "proxy_server_request", "resource", "attributes", "key", "value",
    "stringValue", "arrayValue", "values", "kvlistValue", "scopeSpans", "spans", "events", "name", "traceId", "spanId",
    "startTimeUnixNano", "timeUnixNano", "logRecords", "scopeLogs", "eventName",
]  # fmt: skip
TEXTS = ["a", "", "SEC RET", "{", '[{"role":"user","content":"x"}]', "1772323445", "gen_ai.prompt", "gen_ai.request.model",
         "gen_ai.prompt.0.content", "gen_ai.user.message", "gen_ai.client.inference.operation.details", "user.id"]  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


def account_for(rows: Any, path: Path, count: Any = None) -> ExchangeReader:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = 0
    reader = open_exchanges([path])
    for batch in reader:
        batch.exchanges.validate(full=True)
        read += batch.exchanges.num_rows + batch.quarantine.num_rows
        assert "SEC RET" not in str(batch.quarantine.to_pylist())
    assert reader.rows_read == read
    assert count is None or read == count
    return reader


SPEND = ["messages", "response", "metadata", "proxy_server_request", "user", "team_id", "model", "model_group", "prompt_tokens",
         "requester_ip_address", "request_tags", "status", "session_id", "error_information"]  # fmt: skip
PAYLOAD = [
    "messages",
    "response",
    "model_parameters",
    "model",
    "stream",
    "hidden_params",
    "user_agent",
    "status",
]


@relaxed
@given(
    st.lists(
        st.fixed_dictionaries(
            {"api_key": anything, "startTime": anything}, optional=dict.fromkeys(SPEND, anything)
        ),
        max_size=4,
    )
)
def test_spend_logs(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    rows = [{"request_id": f"r{i}", **row} for i, row in enumerate(rows)]
    reader = account_for(rows, tmp_path_factory.mktemp("s") / "log.jsonl", len(rows))
    assert not rows or reader.inputs[0].format == "litellm-spend-logs"


@relaxed
@given(
    st.lists(
        st.fixed_dictionaries(
            {"metadata": anything, "startTime": anything}, optional=dict.fromkeys(PAYLOAD, anything)
        ),
        max_size=4,
    )
)
def test_payloads(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    rows = [{"id": f"r{i}", **row} for i, row in enumerate(rows)]
    reader = account_for(rows, tmp_path_factory.mktemp("p") / "log.jsonl", len(rows))
    assert not rows or reader.inputs[0].format == "litellm-payload"


attributes = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(TEXTS) | anything,
            "value": st.fixed_dictionaries({"stringValue": anything}) | anything,
        }
    ),
    max_size=5,
)
spans = st.lists(
    st.fixed_dictionaries(
        {"attributes": attributes | anything},
        optional=dict.fromkeys(
            ("traceId", "spanId", "startTimeUnixNano", "events", "body", "eventName", "timeUnixNano"),
            anything,
        ),
    )
    | anything,
    max_size=3,
)


@relaxed
@given(st.lists(st.tuples(spans | anything, spans | anything), max_size=3), anything)
def test_otlp(tmp_path_factory: pytest.TempPathFactory, documents: Any, outer: Any) -> None:
    rows = [
        {
            "resourceSpans": [{"resource": outer, "scopeSpans": [{"spans": traced}]}],
            "resourceLogs": [{"scopeLogs": [{"logRecords": logged}]}],
        }
        for traced, logged in documents
    ]
    account_for([*rows, {"resourceSpans": outer}], tmp_path_factory.mktemp("o") / "log.jsonl")
