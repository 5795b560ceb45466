"""OTLP JSON: spans and log records of the GenAI conventions, current and legacy."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

NANOS = 1772323445123456789
TS = datetime.datetime(2026, 3, 1, 0, 4, 5, 123456, tzinfo=datetime.UTC)


def any_value(value: Any) -> Any:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"kvlistValue": {"values": attributes(value)}}


def attributes(values: Any) -> Any:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def span(
    values: Any, name: str = "chat gpt-x", span_id: str = "00f067aa0ba902b7", events: Any = (), **changes: Any
) -> Any:
    return {
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": span_id,
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(NANOS),
        "endTimeUnixNano": str(NANOS + 10**9),
        "attributes": attributes(values),
        "events": [
            {"timeUnixNano": str(NANOS), "name": event, "attributes": attributes(inner)}
            for event, inner in events
        ],
        "status": {},
        **changes,
    }


def spans(*given: Any, resource: Any = None) -> Any:
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(resource or {"service.name": "gateway"})},
                "scopeSpans": [
                    {"scope": {"name": "opentelemetry.instrumentation.openai_v2"}, "spans": list(given)}
                ],
            }
        ]
    }


def logs(*given: Any) -> Any:
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": []},
                "scopeLogs": [{"scope": {"name": "x"}, "logRecords": list(given)}],
            }
        ]
    }


def record(event: Any, values: Any, body: Any = None, **changes: Any) -> Any:
    return {
        "timeUnixNano": str(NANOS),
        "observedTimeUnixNano": str(NANOS),
        "eventName": event,
        "attributes": attributes(values),
        "body": any_value(body) if body is not None else {},
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": "00f067aa0ba902b7",
        **changes,
    }


INPUT = [
    {"role": "user", "parts": [{"type": "text", "content": "Write a sort."}]},
    {"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "name": "run", "arguments": {"x": 1}}]},
    {"role": "user", "parts": [{"type": "text", "content": "Faster."}]},
]
OUTPUT = [{"role": "assistant", "parts": [{"type": "text", "content": "Here."}], "finish_reason": "stop"}]
SYSTEM = [{"type": "text", "content": "Be brief."}]
TOOLS = [{"type": "function", "name": "run"}]

CURRENT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-x",
    "gen_ai.response.model": "gpt-x-2026-01",
    "gen_ai.response.id": "resp-1",
    "gen_ai.conversation.id": "conv-1",
    "gen_ai.request.temperature": 0.7,
    "gen_ai.request.max_tokens": 256,
    "gen_ai.request.stream": True,
    "gen_ai.usage.input_tokens": 21,
    "gen_ai.usage.output_tokens": 8,
    "gen_ai.usage.reasoning.output_tokens": 5,
    "enduser.id": "acct-1",
    "client.address": "192.0.2.9",
    "user_agent.original": "openai-python/2",
    "http.response.status_code": 200,
}


def as_text(values: Any) -> Any:
    return {
        "gen_ai.input.messages": json.dumps(values[0]),
        "gen_ai.output.messages": json.dumps(values[1]),
        "gen_ai.system_instructions": json.dumps(values[2]),
        "gen_ai.tool.definitions": json.dumps(values[3]),
    }


def as_values(values: Any) -> Any:
    return dict(
        zip(
            (
                "gen_ai.input.messages",
                "gen_ai.output.messages",
                "gen_ai.system_instructions",
                "gen_ai.tool.definitions",
            ),
            values,
            strict=True,
        )
    )


def check(row: Any) -> None:
    assert (row["exchange_id"], row["id_derived"]) == ("resp-1", False)
    assert row["ts"] == TS
    assert row["account_id"] == "acct-1"
    assert (row["model"], row["surface"]) == ("gpt-x", "openai")
    assert row["conversation_id"] == "conv-1"
    assert (row["system"], row["prompt"], row["response"]) == ("Be brief.", "Faster.", "Here.")
    assert row["turns"] == 2
    assert json.loads(row["tools"]) == TOOLS
    assert (row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == (21, 8, 5)
    assert (row["temperature"], row["max_tokens"], row["stream"]) == (0.7, 256, True)
    assert (row["ip"], row["user_agent"], row["status"]) == ("192.0.2.9", "openai-python/2", 200)


@pytest.mark.parametrize("form", [as_text, as_values])
@pytest.mark.parametrize("indent", [None, 2])
def test_current_spans_one_document_a_file(tmp_path: Path, read: Any, form: Any, indent: Any) -> None:
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(spans(span(CURRENT | form((INPUT, OUTPUT, SYSTEM, TOOLS)))), indent=indent))
    got = read(path)
    assert got.reader.inputs[0].format == "otlp"
    check(got.rows[0])


def test_one_document_a_line_and_spans_of_other_work(jsonl: Any, read: Any) -> None:
    full = CURRENT | as_text((INPUT, OUTPUT, SYSTEM, TOOLS))
    got = read(
        jsonl(
            [
                spans(span(full), span({"http.request.method": "POST"}, "POST", "1")),
                {"resourceMetrics": []},
                spans(span(full | {"gen_ai.operation.name": "execute_tool"}, span_id="2")),
                logs({"timeUnixNano": "1", "body": {"stringValue": "started"}, "attributes": []}),
                {"unknown": 1},
            ]
        )
    )
    assert len(got.rows) == 1
    check(got.rows[0])
    assert got.reader.skipped == {
        "span of other work": 2,
        "document of metrics": 1,
        "log record of other work": 1,
    }
    assert [(row["line"], row["reason"]) for row in got.bad] == [
        (5, "no OTLP document: it holds no resourceSpans and no resourceLogs")
    ]


def test_a_details_record_alone_and_beside_its_span(jsonl: Any, read: Any) -> None:
    details = "gen_ai.client.inference.operation.details"
    texts = as_values((INPUT, OUTPUT, SYSTEM, TOOLS))
    check(read(jsonl([logs(record(details, CURRENT | texts))])).rows[0])
    check(read(jsonl([logs(record(details, CURRENT, body=texts))])).rows[0])
    named_by_attribute = record(
        "", CURRENT | as_text((INPUT, OUTPUT, SYSTEM, TOOLS)) | {"event.name": details}
    )
    check(read(jsonl([logs(named_by_attribute)])).rows[0])
    both = read(jsonl([spans(span(CURRENT)) | logs(record(details, texts))]))
    assert len(both.rows) == 1
    check(both.rows[0])


def test_a_details_event_on_the_span(jsonl: Any, read: Any) -> None:
    events = [("gen_ai.client.inference.operation.details", as_text((INPUT, OUTPUT, SYSTEM, TOOLS)))]
    check(read(jsonl([spans(span(CURRENT, events=events))])).rows[0])


LEGACY = {
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4",
    "gen_ai.usage.prompt_tokens": 21,
    "gen_ai.usage.completion_tokens": 8,
    "user.id": "acct-2",
    "llm.is_streaming": "True",
}
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write a sort."}]


@pytest.mark.parametrize(
    "document",
    [
        spans(
            span(
                LEGACY
                | {
                    "gen_ai.prompt": json.dumps(CHAT),
                    "gen_ai.completion": '[{"role":"assistant","content":"Here."}]',
                }
            )
        ),
        spans(
            span(
                LEGACY
                | {
                    "gen_ai.prompt.0.role": "system",
                    "gen_ai.prompt.0.content": "Be brief.",
                    "gen_ai.prompt.1.role": "user",
                    "gen_ai.prompt.1.content": '[{"type":"text","text":"Write a sort."}]',
                    "gen_ai.completion.0.role": "assistant",
                    "gen_ai.completion.0.content": "Here.",
                }
            )
        ),
        spans(
            span(
                LEGACY,
                events=[
                    ("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(CHAT)}),
                    (
                        "gen_ai.content.completion",
                        {"gen_ai.completion": json.dumps([{"role": "assistant", "content": "Here."}])},
                    ),
                ],
            )
        ),
        spans(
            span(
                LEGACY,
                events=[
                    ("gen_ai.system.message", {"content": "Be brief."}),
                    (
                        "gen_ai.user.message",
                        {"gen_ai.event.content": json.dumps({"content": "Write a sort."})},
                    ),
                    (
                        "gen_ai.choice",
                        {"index": 0, "finish_reason": "stop", "message": json.dumps({"content": "Here."})},
                    ),
                ],
            )
        ),
        spans(span(LEGACY))
        | logs(
            record("gen_ai.system.message", {"gen_ai.system": "openai"}, {"content": "Be brief."}),
            record("gen_ai.user.message", {"gen_ai.system": "openai"}, {"content": "Write a sort."}),
            record(
                "gen_ai.choice",
                {"gen_ai.system": "openai"},
                {"index": 0, "message": {"role": "assistant", "content": "Here."}},
            ),
        ),
    ],
    ids=["text", "numbered", "content events", "message events", "message records"],
)
def test_legacy_conventions(jsonl: Any, read: Any, document: Any) -> None:
    got = read(jsonl([document]))
    assert len(got.rows) == 1
    row = got.rows[0]
    assert (row["account_id"], row["model"], row["surface"]) == ("acct-2", "gpt-4", "openai")
    assert (row["system"], row["prompt"], row["response"]) == ("Be brief.", "Write a sort.", "Here.")
    assert (row["input_tokens"], row["output_tokens"], row["stream"]) == (21, 8, True)
    assert row["exchange_id"] == "4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7"


def test_a_plain_prompt_of_old(jsonl: Any, read: Any) -> None:
    row = read(
        jsonl([spans(span(LEGACY | {"gen_ai.prompt": "Write a sort.", "gen_ai.completion": "Here."}))])
    ).rows[0]
    assert (row["prompt"], row["response"]) == ("Write a sort.", "Here.")


def test_a_call_without_texts_is_kept_and_one_without_account_is_not(jsonl: Any, read: Any) -> None:
    nameless = {k: v for k, v in CURRENT.items() if k != "enduser.id"}
    got = read(
        jsonl(
            [
                spans(span(CURRENT)),
                spans(span(nameless | {"gen_ai.prompt": "SECRET"})),
                spans(span(nameless), resource={"enduser.id": "of-resource"}),
            ]
        )
    )
    assert got.column("prompt") == [None, None]
    assert got.column("account_id") == ["acct-1", "of-resource"]
    assert [(row["line"], row["reason"]) for row in got.bad] == [(2, "account_id is missing")]
    assert "SECRET" not in str(got.bad)


def test_a_column_map_reaches_attributes(jsonl: Any, read: Any) -> None:
    document = spans(span({k: v for k, v in CURRENT.items() if k != "enduser.id"} | {"tenant.id": "t-9"}))
    assert read(jsonl([document]), columns={"account_id": "tenant.id"}).rows[0]["account_id"] == "t-9"


def test_names_as_protobuf_spells_them(jsonl: Any, read: Any) -> None:
    text = json.dumps(spans(span(CURRENT | as_text((INPUT, OUTPUT, SYSTEM, TOOLS)))))
    for camel, snake in (("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans"), ("stringValue", "string_value"),
                         ("startTimeUnixNano", "start_time_unix_nano"), ("traceId", "trace_id"), ("intValue", "int_value"),
                         ("doubleValue", "double_value"), ("boolValue", "bool_value"), ("spanId", "span_id")):  # fmt: skip
        text = text.replace(f'"{camel}"', f'"{snake}"')
    check(read(jsonl([json.loads(text)])).rows[0])


@pytest.mark.parametrize("broken", [None, 3, "x", [], {}, [3], [{"resource": 3}], {"a": []}])
def test_broken_documents_are_no_end(jsonl: Any, read: Any, broken: Any) -> None:
    good = spans(span(CURRENT))
    for document in ({"resourceSpans": broken}, {"resourceSpans": [{"scopeSpans": broken}]},
                     {"resourceSpans": [{"scopeSpans": [{"spans": broken}]}]}, {"resourceLogs": broken},
                     spans(span(CURRENT, attributes=broken)), spans(span(CURRENT, startTimeUnixNano=broken, span_id="3"))):  # fmt: skip
        got = read(jsonl([good, document]))
        assert len(got.rows) >= 1
