"""LiteLLM 1.109: rows of its spend log and payloads of its logging callbacks, with the fields they have."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BODY = {
    "model": "gpt-public",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write a sort."}],
    "temperature": 0.7,
    "max_tokens": 256,
    "stream": True,
    "tools": [{"type": "function", "function": {"name": "run"}}],
}
RESPONSE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Here.", "tool_calls": None},
        }
    ],
    "usage": {
        "prompt_tokens": 21,
        "completion_tokens": 8,
        "total_tokens": 29,
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}


def spend_log(**changes: Any) -> Any:
    row = {
        "request_id": "chatcmpl-1",
        "call_type": "acompletion",
        "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        "spend": 0.0012,
        "total_tokens": 29,
        "prompt_tokens": 21,
        "completion_tokens": 8,
        "startTime": "2026-03-01T00:00:05.123Z",
        "endTime": "2026-03-01T00:00:06.200Z",
        "request_duration_ms": 1077,
        "completionStartTime": "2026-03-01T00:00:05.500Z",
        "model": "openai/gpt-x-2026",
        "model_id": "9d1c",
        "model_group": "gpt-public",
        "custom_llm_provider": "openai",
        "api_base": "https://api.openai.com",
        "user": "user-7",
        "metadata": {
            "additional_usage_values": {},
            "user_api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
            "user_api_key_alias": "laptop",
            "user_api_key_team_id": "team-2",
            "user_api_key_org_id": None,
            "user_api_key_user_id": "user-7",
            "requester_ip_address": "192.0.2.9",
            "user_agent": None,
            "usage_object": RESPONSE["usage"],
            "status": "success",
            "error_information": None,
        },
        "cache_hit": "None",
        "cache_key": "Cache OFF",
        "request_tags": ["User-Agent: OpenAI", "User-Agent: OpenAI/Python 2.1.0"],
        "team_id": "team-2",
        "organization_id": None,
        "end_user": "someone",
        "requester_ip_address": "192.0.2.9",
        "messages": {},
        "response": RESPONSE,
        "session_id": "s-1",
        "status": "success",
        "mcp_namespaced_tool_name": None,
        "billing_agent_id": None,
        "agent_id": None,
        "proxy_server_request": BODY,
        "litellm_call_id": "c0ffee",
        "created_at": "2026-03-01T00:00:07Z",
        "updated_at": "2026-03-01T00:00:07Z",
    }
    return row | changes


def payload(**changes: Any) -> Any:
    row = {
        "id": "chatcmpl-2",
        "trace_id": "tr-1",
        "session_id": "s-1",
        "litellm_call_id": "c0ffee",
        "call_type": "acompletion",
        "stream": False,
        "response_cost": 0.0012,
        "cost_breakdown": None,
        "response_cost_failure_debug_info": None,
        "status": "success",
        "status_fields": {"llm_api_status": "success", "guardrail_status": "not_run"},
        "custom_llm_provider": "anthropic",
        "total_tokens": 29,
        "prompt_tokens": 21,
        "completion_tokens": 8,
        "startTime": 1772323445.123,
        "endTime": 1772323446.2,
        "completionStartTime": 1772323445.5,
        "response_time": 1.077,
        "model_map_information": {"model_map_key": "claude", "model_map_value": None},
        "model": "claude-y",
        "model_id": "9d1c",
        "model_group": "claude-public",
        "api_base": "https://api.anthropic.com",
        "metadata": {
            "user_api_key_hash": "88dc28d0",
            "user_api_key_alias": "laptop",
            "user_api_key_team_id": "team-2",
            "user_api_key_org_id": None,
            "user_api_key_user_id": "user-7",
            "user_api_key_end_user_id": "someone",
            "requester_ip_address": "192.0.2.9, 10.0.0.1",
            "user_agent": "anthropic-sdk/1",
            "requester_custom_headers": {"x-ja4": "t13d1516h2_8daaf6152771", "x-country": "NZ"},
            "usage_object": RESPONSE["usage"],
        },
        "cache_hit": None,
        "cache_key": None,
        "saved_cache_cost": 0.0,
        "request_tags": [],
        "end_user": "someone",
        "requester_ip_address": "192.0.2.9, 10.0.0.1",
        "user_agent": "anthropic-sdk/1",
        "messages": BODY["messages"],
        "response": RESPONSE,
        "error_str": None,
        "error_information": None,
        "model_parameters": {"temperature": 0.7, "max_tokens": 256, "tools": BODY["tools"]},
        "hidden_params": {"model_id": "9d1c", "api_base": "https://api.anthropic.com"},
        "guardrail_information": None,
        "standard_built_in_tools_params": None,
    }
    return row | changes


def check_spend_log(row: Any) -> None:
    assert row["exchange_id"] == "chatcmpl-1"
    assert row["id_derived"] is False
    assert row["ts"] == datetime.datetime(2026, 3, 1, 0, 0, 5, 123000, tzinfo=datetime.UTC)
    assert row["account_id"] == "user-7"
    assert row["key_id"].startswith("88dc28d0")
    assert row["model"] == "gpt-public"
    assert row["surface"] == "openai"
    assert row["conversation_id"] == "s-1"
    assert row["turns"] == 1
    assert row["system"] == "Be brief."
    assert row["prompt"] == "Write a sort."
    assert row["response"] == "Here."
    assert json.loads(row["tools"]) == BODY["tools"]
    assert (row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == (21, 8, 5)
    assert (row["temperature"], row["max_tokens"], row["stream"]) == (0.7, 256, True)
    assert row["status"] == 200
    assert row["ip"] == "192.0.2.9"
    assert row["user_agent"] == "OpenAI/Python 2.1.0"


def test_spend_logs_as_json_lines(jsonl: Any, read: Any) -> None:
    got = read(jsonl([spend_log()]))
    assert got.reader.inputs[0].format == "litellm-spend-logs"
    check_spend_log(got.rows[0])


def test_spend_logs_as_csv_of_the_database(tmp_path: Path, read: Any) -> None:
    row = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in spend_log().items()}
    row["startTime"] = "2026-03-01 00:00:05.123"
    with (tmp_path / "LiteLLM_SpendLogs.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerows([row])
    got = read(tmp_path / "LiteLLM_SpendLogs.csv")
    assert got.reader.inputs[0].format == "litellm-spend-logs"
    check_spend_log(got.rows[0])


def test_spend_logs_as_parquet(tmp_path: Path, read: Any) -> None:
    row = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in spend_log().items()}
    row["startTime"] = datetime.datetime(2026, 3, 1, 0, 0, 5, 123000)
    table = pa.Table.from_pylist([row])
    table = table.set_column(
        table.schema.get_field_index("startTime"), "startTime", table["startTime"].cast(pa.timestamp("ns"))
    )
    pq.write_table(table, tmp_path / "spend.parquet")
    check_spend_log(read(tmp_path / "spend.parquet").rows[0])


def test_spend_logs_that_store_no_texts_still_hold_exchanges(jsonl: Any, read: Any) -> None:
    got = read(jsonl([spend_log(proxy_server_request={}, response={}, messages="{}")]))
    assert got.rows[0]["prompt"] is got.rows[0]["response"] is got.rows[0]["turns"] is None
    assert got.rows[0]["input_tokens"] == 21
    assert not got.bad


def test_texts_taken_out_are_no_texts(jsonl: Any, read: Any) -> None:
    redacted = {"messages": [{"role": "user", "content": "redacted-by-litellm"}]}
    rows = [
        spend_log(proxy_server_request=json.dumps(redacted), response='{"text": "redacted-by-litellm"}'),
        payload(messages="redacted-by-litellm", response="redacted-by-litellm"),
    ]
    for row in rows:
        got = read(jsonl([row]))
        assert got.rows[0]["prompt"] is None
        assert got.rows[0]["response"] is None


def test_the_account_is_the_user_then_the_team_then_the_key(jsonl: Any, read: Any) -> None:
    none = {"user_api_key_user_id": None, "user_api_key_team_id": None, "user_api_key": None}
    rows = [
        spend_log(),
        spend_log(metadata=none),
        spend_log(metadata=none, user=""),
        spend_log(metadata=none, user="", team_id=None),
        spend_log(metadata=none, user="", team_id=None, api_key=""),
    ]
    got = read(jsonl(rows))
    assert got.column("account_id") == ["user-7", "user-7", "team-2", spend_log()["api_key"]]
    assert [row["reason"] for row in got.bad] == ["account_id is missing"]
    bare = {"user_api_key_hash": "h"}
    teams = read(
        jsonl([payload(), payload(metadata=bare | {"user_api_key_team_id": "t"}), payload(metadata=bare)])
    )
    assert teams.column("account_id") == ["user-7", "t", "h"]


def test_logging_payloads(jsonl: Any, read: Any, tmp_path: Path) -> None:
    alone = tmp_path / "time-00-00-05_chatcmpl-2.json"
    alone.write_text(json.dumps(payload(), indent=2))
    wrapped = jsonl([{"standard_logging_object": payload()}], "wrapped.jsonl")
    for path in (jsonl([payload()]), alone, wrapped):
        got = read(path)
        assert got.reader.inputs[0].format == "litellm-payload"
        row = got.rows[0]
        assert row["exchange_id"] == "chatcmpl-2"
        assert row["ts"] == datetime.datetime(2026, 3, 1, 0, 4, 5, 123000, tzinfo=datetime.UTC)
        assert (row["account_id"], row["key_id"]) == ("user-7", "88dc28d0")
        assert (row["model"], row["surface"]) == ("claude-public", "anthropic")
        assert (row["system"], row["prompt"], row["response"]) == ("Be brief.", "Write a sort.", "Here.")
        assert (row["temperature"], row["max_tokens"], row["stream"]) == (0.7, 256, False)
        assert row["ip"] == "192.0.2.9"
        assert (row["user_agent"], row["tls_ja4"]) == ("anthropic-sdk/1", "t13d1516h2_8daaf6152771")
        assert json.loads(row["tools"]) == BODY["tools"]


def test_a_failed_call_has_the_status_of_its_error(jsonl: Any, read: Any) -> None:
    failed = {"error_code": "429", "error_class": "RateLimitError", "llm_provider": "openai"}
    got = read(
        jsonl(
            [
                payload(status="failure", error_information=failed, response=None),
                payload(status="failure", response=None),
            ]
        )
    )
    assert got.column("status") == [429, None]


def test_fields_of_other_releases_do_no_harm(jsonl: Any, read: Any) -> None:
    odd = payload(
        new_field={"a": [1]}, messages={"unknown": 1}, request_tags="[]", model_parameters=None, metadata="{}"
    )
    got = read(jsonl([payload(), odd]))
    assert len(got.rows) == 1
    assert [row["reason"] for row in got.bad] == ["account_id is missing"]


def test_a_column_map_overrides_what_a_gateway_row_means(jsonl: Any, read: Any) -> None:
    got = read(
        jsonl([payload()]),
        columns={
            "account_id": "metadata.user_api_key_hash",
            "country": "metadata.requester_custom_headers.x-country",
        },
    )
    assert got.rows[0]["account_id"] == "88dc28d0"
    assert got.rows[0]["country"] == "NZ"
