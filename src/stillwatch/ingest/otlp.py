"""OTLP JSON: spans and log records of model calls, by the GenAI conventions, current and legacy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stillwatch.ingest.chat import read_body, response_text, text_of
from stillwatch.ingest.chunks import Chunk, Rejected, Row
from stillwatch.ingest.gateway import Mapped, client_address, first, inside, rows_of
from stillwatch.ingest.jsontext import as_object

DETAILS = "gen_ai.client.inference.operation.details"

_CALLS = frozenset({"chat", "text_completion", "generate_content", "completion"})
_MARKS = (
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "gen_ai.prompt.0.role",
)
_LEGACY_EVENTS = {
    "gen_ai.content.prompt": "prompt",
    "gen_ai.content.completion": "completion",
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.choice": "choice",
}
_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "exchange_id": ("gen_ai.response.id",),
    "account_id": (
        "enduser.id",
        "user.id",
        "enduser.pseudo.id",
        "user.hash",
        "metadata.user_api_key_user_id",
        "metadata.user_api_key_team_id",
        "metadata.user_api_key_hash",
    ),
    "key_id": ("metadata.user_api_key_hash",),
    "model": ("gen_ai.request.model", "gen_ai.response.model"),
    "surface": ("gen_ai.provider.name", "gen_ai.system"),
    "conversation_id": ("gen_ai.conversation.id", "session.id"),
    "tools": ("gen_ai.tool.definitions",),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "temperature": ("gen_ai.request.temperature",),
    "max_tokens": ("gen_ai.request.max_tokens",),
    "stream": ("gen_ai.request.stream", "llm.is_streaming"),
    "status": ("http.response.status_code", "http.status_code"),
    "ip": ("client.address", "http.client_ip"),
    "asn": ("client.as.number", "client.asn"),
    "country": ("client.geo.country.iso_code", "geo.country.iso_code"),
    "user_agent": ("user_agent.original", "http.user_agent"),
    "tls_ja4": ("tls.client.ja4",),
}


@dataclass
class _Call:
    """One model call while a document is read: its span and the records that name the span."""

    name: str | None = None
    ts: Any = None
    attributes: Row = field(default_factory=dict)
    outer: Mapping[str, Any] = field(default_factory=dict)
    events: list[tuple[str, Any]] = field(default_factory=list)


def exchanges(chunk: Chunk) -> Mapped:
    """The model calls of OTLP documents; other spans and records are counted as skipped.

    Inside one document the records that name a span are part of that span's call. A call without an id of its
    own goes by its trace and span, so that span and records meet under one id from two documents.
    A call's line is the line of its document.
    """
    rows: list[Row] = []
    origins: list[Mapping[str, Any]] = []
    lines: list[int] = []
    rejected: list[Rejected] = []
    skipped: Counter[str] = Counter()
    for document, line in zip(rows_of(chunk), chunk.lines, strict=True):
        if not any(isinstance(_get(document, key), list) for key in ("resourceSpans", "resourceLogs")):
            if isinstance(_get(document, "resourceMetrics"), list):
                skipped["document of metrics"] += 1
            else:
                rejected.append(
                    Rejected(
                        int(line),
                        "no OTLP document: it holds no resourceSpans and no resourceLogs",
                        f"{len(document)} keys",
                    )
                )
            continue
        for call in _calls(document, skipped):
            row, origin = _row(call)
            rows.append(row)
            origins.append(origin)
            lines.append(int(line))
    return Mapped(
        tuple(rows),
        tuple(origins),
        np.array(lines, np.int64),
        tuple(rejected),
        tuple(sorted(skipped.items())),
    )


def _calls(document: Row, skipped: Counter[str]) -> Iterator[_Call]:
    calls: dict[Any, _Call] = {}
    for outer, span in _entries(
        document, "resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"
    ):
        attributes = _attributes(span.get("attributes"))
        if not _is_call(attributes):
            skipped["span of other work"] += 1
            continue
        name = _name(span)
        call = calls.setdefault(name or len(calls), _Call(name))
        call.ts = first(_get(span, "startTimeUnixNano"), call.ts)
        call.attributes |= attributes
        call.outer = outer
        for event in _list(span.get("events")):
            call.events.append((str(event.get("name") or ""), _attributes(event.get("attributes"))))
    for outer, record in _entries(
        document, "resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords"
    ):
        attributes = _attributes(record.get("attributes"))
        kind = str(
            first(_get(record, "eventName"), attributes.get("event.name"), attributes.get("event_name")) or ""
        )
        if kind != DETAILS and kind not in _LEGACY_EVENTS:
            skipped["log record of other work"] += 1
            continue
        name = _name(record)
        call = calls.setdefault(name or len(calls), _Call(name, outer=outer))
        if call.ts is None:
            call.ts = first(_get(record, "timeUnixNano"), _get(record, "observedTimeUnixNano"))
        body = _value(record.get("body"))
        body = body if isinstance(body, dict) else {} if body is None else {"content": body}
        if kind == DETAILS:
            call.attributes = {**body, **attributes, **call.attributes}
        else:
            call.attributes = {**attributes, **call.attributes}
            call.events.append((kind, {**attributes, **body}))
    return iter(calls.values())


def _row(call: _Call) -> tuple[Row, Mapping[str, Any]]:
    attributes = dict(call.attributes)
    for name, inner in call.events:
        if name == DETAILS:
            attributes = {**inner, **attributes}
    origin = {**call.outer, **attributes}
    row: Row = {name: first(*(origin.get(key) for key in keys)) for name, keys in _ATTRIBUTES.items()}
    row["ip"] = client_address(row["ip"])
    row["tools"] = as_object(row["tools"])
    row["ts"] = call.ts
    row["system"] = text_of(as_object(attributes.get("gen_ai.system_instructions")))
    messages, answer = _texts(attributes, call.events)
    if isinstance(messages, str):
        row["prompt"] = messages
    else:
        row["messages"] = messages
    row["response"] = response_text(answer)
    row["exchange_id"] = first(row["exchange_id"], call.name)
    return row, origin


def _texts(attributes: Mapping[str, Any], events: Sequence[tuple[str, Any]]) -> tuple[Any, Any]:
    """The messages asked and the answer, from wherever the version of the conventions puts them."""
    asked = as_object(first(attributes.get("gen_ai.input.messages"), attributes.get("gen_ai.prompt")))
    answered = as_object(first(attributes.get("gen_ai.output.messages"), attributes.get("gen_ai.completion")))
    asked = first(asked, _numbered(attributes, "gen_ai.prompt"))
    answered = first(answered, _numbered(attributes, "gen_ai.completion"))
    messages: list[Row] = []
    for name, inner in events:
        kind = _LEGACY_EVENTS.get(name)
        content = {**inner, **_mapping(as_object(inner.get("gen_ai.event.content")))}
        if kind == "prompt":
            asked = first(asked, as_object(inner.get("gen_ai.prompt")))
        elif kind == "completion":
            answered = first(answered, as_object(inner.get("gen_ai.completion")))
        elif kind == "choice":
            message = as_object(content.get("message"))
            answered = first(answered, message if message is not None else content.get("content"))
        elif kind is not None:
            messages.append(
                {"role": first(content.get("role"), kind), "content": as_object(content.get("content"))}
            )
    asked = first(asked, messages)
    if not isinstance(asked, str) and asked is not None and read_body(asked) is None:
        asked = None
    return asked, answered


def _numbered(attributes: Mapping[str, Any], prefix: str) -> list[Row]:
    """Messages spread over attributes: `gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`, and so on."""
    found: dict[int, Row] = {}
    for key, value in attributes.items():
        if key.startswith(f"{prefix}."):
            number, _, name = key[len(prefix) + 1 :].partition(".")
            if number.isascii() and number.isdigit() and len(number) < 9 and name:
                found.setdefault(int(number), {})[name] = as_object(value) if name == "content" else value
    return [found[number] for number in sorted(found)]


def _is_call(attributes: Mapping[str, Any]) -> bool:
    operation = attributes.get("gen_ai.operation.name")
    if operation is not None:
        return isinstance(operation, str) and operation in _CALLS
    return any(mark in attributes for mark in _MARKS) or "llm.request.type" in attributes


def _name(entry: Row) -> str | None:
    """The trace and span an entry names, which its siblings name too; None when it names none."""
    trace, span = _get(entry, "traceId"), _get(entry, "spanId")
    return f"{trace}/{span}" if trace and span else None


def _entries(document: Row, outer: str, middle: tuple[str, str], inner: str) -> Iterator[tuple[Row, Row]]:
    """Each span or record with the attributes of its resource. `middle`: a scope's name, and its older one."""
    for resource in _list(_get(document, outer)):
        shared = _attributes(inside(resource, "resource", "attributes"))
        for scope in _list(first(*(_get(resource, name) for name in middle))):
            for entry in _list(_get(scope, inner)):
                yield shared, entry


def _attributes(given: Any) -> Row:
    return {str(pair.get("key")): _value(pair.get("value")) for pair in _list(given)}


def _value(given: Any) -> Any:
    """The plain value of an OTLP any-value."""
    if not isinstance(given, Mapping) or len(given) != 1:
        return None
    kind, value = next(iter(given.items()))
    kind = kind.replace("_value", "Value")
    if kind == "arrayValue":
        return [_value(item) for item in _list(inside(value, "values"))]
    if kind == "kvlistValue":
        return _attributes(inside(value, "values"))
    if kind == "intValue" and isinstance(value, str):
        return int(value) if re.fullmatch(r"-?[0-9]{1,29}", value) else value
    return value if kind in ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue") else None


def _list(given: Any) -> list[Row]:
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _get(entry: Mapping[str, Any], key: str) -> Any:
    """The value under a key as OTLP spells it (`timeUnixNano`), or protobuf (`time_unix_nano`)."""
    if key in entry:
        return entry[key]
    return entry.get("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key))
