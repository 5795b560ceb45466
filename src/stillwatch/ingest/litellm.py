"""LiteLLM: rows of `LiteLLM_SpendLogs`, and the `StandardLoggingPayload` that its callbacks write.

The account is the first of these that a row names: the user of the key, the team of the key, the key's hash.
It is who the gateway bills: `end_user`, which the caller sets freely, is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillwatch.ingest.chat import response_text
from stillwatch.ingest.chunks import Chunk, Row
from stillwatch.ingest.gateway import Mapped, client_address, first, inside, rows_of
from stillwatch.ingest.jsontext import as_object

_JA4_HEADERS = ("x-ja4", "x-ja4-fingerprint", "x-tls-ja4", "x-client-ja4")
_AGENT_TAG = "User-Agent: "


def spend_logs(chunk: Chunk) -> Mapped:
    """The rows of the spend log. Texts stand in `proxy_server_request` and `response`, if they are stored."""
    rows = rows_of(chunk)
    return Mapped(tuple(_spend_log(row) for row in rows), tuple(rows), chunk.lines)


def payloads(chunk: Chunk) -> Mapped:
    """The payloads of the logging callbacks, each by itself or under `standard_logging_object`."""
    rows = rows_of(chunk)
    opened = [_opened(row) for row in rows]
    return Mapped(tuple(_payload(row) for row in opened), tuple(opened), chunk.lines)


def _opened(row: Row) -> Row:
    inner = as_object(row.get("standard_logging_object"))
    return inner if isinstance(inner, dict) else row


def _spend_log(row: Row) -> Row:
    request = as_object(row.get("proxy_server_request"))
    if isinstance(request, Mapping) and isinstance(request.get("body"), Mapping):
        request = request["body"]
    has_text = isinstance(request, Mapping) and any(
        request.get(key) for key in ("messages", "input", "prompt")
    )
    metadata = _object(row.get("metadata"))
    out = _common(row, metadata) | {
        "exchange_id": row.get("request_id"),
        "account_id": first(
            metadata.get("user_api_key_user_id"),
            row.get("user"),
            row.get("team_id"),
            metadata.get("user_api_key_team_id"),
            row.get("api_key"),
            metadata.get("user_api_key"),
        ),
        "key_id": first(row.get("api_key"), metadata.get("user_api_key")),
        "tools": as_object(inside(request, "tools")),
    }
    _place_text(out, request if has_text else as_object(row.get("messages")))
    return out


def _payload(row: Row) -> Row:
    metadata = _object(row.get("metadata"))
    parameters = _object(row.get("model_parameters"))
    out = _common(row, metadata) | {
        "exchange_id": row.get("id"),
        "account_id": first(
            metadata.get("user_api_key_user_id"),
            metadata.get("user_api_key_team_id"),
            metadata.get("team_id"),
            metadata.get("user_api_key_hash"),
        ),
        "key_id": metadata.get("user_api_key_hash"),
        "tools": first(parameters.get("tools"), parameters.get("functions")),
        "temperature": parameters.get("temperature"),
        "max_tokens": first(
            parameters.get("max_tokens"),
            parameters.get("max_completion_tokens"),
            parameters.get("max_output_tokens"),
        ),
        "stream": first(row.get("stream"), parameters.get("stream")),
        "system": first(parameters.get("system"), parameters.get("instructions")),
    }
    _place_text(out, as_object(row.get("messages")))
    return out


def _common(row: Row, metadata: Mapping[str, Any]) -> Row:
    response = as_object(row.get("response"))
    usage = first(
        metadata.get("usage_object"), metadata.get("additional_usage_values"), inside(response, "usage")
    )
    headers = _object(metadata.get("requester_custom_headers"))
    return {
        "ts": row.get("startTime"),
        "model": first(row.get("model_group"), row.get("model")),
        "surface": row.get("custom_llm_provider"),
        "conversation_id": row.get("session_id"),
        "response": response_text(response),
        "input_tokens": row.get("prompt_tokens"),
        "output_tokens": row.get("completion_tokens"),
        "reasoning_tokens": first(
            inside(usage, "completion_tokens_details", "reasoning_tokens"),
            inside(usage, "output_tokens_details", "reasoning_tokens"),
        ),
        "status": _status(row, metadata),
        "ip": client_address(first(row.get("requester_ip_address"), metadata.get("requester_ip_address"))),
        "user_agent": first(
            row.get("user_agent"), metadata.get("user_agent"), _agent(row.get("request_tags"))
        ),
        "tls_ja4": next((headers[key] for key in sorted(headers) if key.lower() in _JA4_HEADERS), None),
    }


def _place_text(out: Row, body: Any) -> None:
    if isinstance(body, str) and body[:1] not in ("[", "{"):
        out["prompt"] = first(body)
    else:
        out["messages"] = body


def _status(row: Row, metadata: Mapping[str, Any]) -> Any:
    if row.get("status") == "success":
        return 200
    error = first(row.get("error_information"), metadata.get("error_information"))
    return first(inside(as_object(error), "error_code"))


def _agent(tags: Any) -> Any:
    tags = as_object(tags)
    named = (
        [tag for tag in tags if isinstance(tag, str) and tag.startswith(_AGENT_TAG)]
        if isinstance(tags, list)
        else []
    )
    return max((tag.removeprefix(_AGENT_TAG) for tag in named), key=len, default=None)


def _object(value: Any) -> Mapping[str, Any]:
    value = as_object(value)
    return value if isinstance(value, Mapping) else {}
