"""Request bodies and answers of the OpenAI, Anthropic and OpenTelemetry message forms, to plain text.

Which text is the prompt: the last turn is what stands behind the last answer of the model. Where users say
something in it, the prompt is the last message of theirs that carries text. Where it only returns the
results of tools, these results are the prompt: the user's words stand further up, came with an earlier
request already, and would be counted once for every step of an agent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from stillwatch.ingest.jsontext import as_object, dump_json
from stillwatch.ingest.values import clean_text

REDACTED = frozenset({"redacted-by-litellm"})
"""What a gateway writes in the place of a text it was told not to log."""

_SYSTEM_ROLES = frozenset({"system", "developer"})
_USER_ROLES = frozenset({"user", "human"})
_MODEL_ROLES = frozenset({"assistant", "model", "ai"})
_SPEAKERS: Mapping[str, str] = {
    **dict.fromkeys(_SYSTEM_ROLES, "system"),
    **dict.fromkeys(_USER_ROLES, "user"),
    **dict.fromkeys(_MODEL_ROLES, "model"),
}
_TEXT_PARTS = frozenset({"", "text", "input_text", "output_text"})
_RESULT_PARTS = frozenset(
    {
        "tool_result",
        "tool_call_response",
        "function_call_output",
        "custom_tool_call_output",
        "mcp_tool_result",
    }
)
_REASONING_PARTS = frozenset({"thinking", "redacted_thinking", "reasoning"})
_PARAMETERS = (
    ("model", ("model",)),
    ("temperature", ("temperature",)),
    ("max_tokens", ("max_tokens", "max_completion_tokens", "max_output_tokens")),
    ("stream", ("stream",)),
)


class Body(NamedTuple):
    """A request body as an exchange holds it. `turns` counts the user messages that carry text."""

    system: str | None = None
    prompt: str | None = None
    turns: int | None = None
    tools: str | None = None
    reasoning_signature: str | None = None
    parameters: tuple[tuple[str, Any], ...] = ()


def read_body(value: Any) -> Body | None:
    """The request of one exchange; None when the value holds no message at all.

    value   a list of messages, one message, a plain prompt, or a whole request body: an object with
            `messages` (chat and Anthropic bodies), `input` (Responses) or `prompt` (completions) and beside
            them `system`, `instructions`, `tools` and sampling parameters
    """
    if type(value) is list:
        talk = _plain_talk(value)
        if talk is not None:
            return talk
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, dict):
        for key in ("messages", "input", "prompt"):
            if value.get(key) not in (None, "", [], {}):
                return _whole_body(value, as_object(value[key]))
        return _from_messages([value]) if value.get("role") else None
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(item, str) for item in value):
            return _plain("\n".join(value))
        messages = [item for item in value if isinstance(item, dict)]
        return _from_messages(messages) if messages else None
    return None


def text_of(content: Any) -> str | None:
    """The text of a message's content: a string, one part, or the text parts of a list, a line each."""
    return _kept(content) if isinstance(content, str) else _joined(_texts(content, _TEXT_PARTS))


def response_text(value: Any) -> str | None:
    """The text of an answer.

    value   text, an OpenAI completion (`choices`), a Responses object (`output`), an Anthropic message
            (`content`), or a list of messages or parts
    """
    if isinstance(value, str):
        return _kept(value)
    if isinstance(value, dict):
        if isinstance(value.get("choices"), (list, tuple, str)):
            choices = [choice for choice in value["choices"] if isinstance(choice, dict)]
            return _joined([response_text(choice.get("message", choice.get("text"))) for choice in choices])
        for key in ("output", "content", "parts", "text", "message"):
            if value.get(key) is not None:
                return response_text(value[key])
        return None
    if isinstance(value, (list, tuple)):
        return _joined([_answer_item(item) for item in value])
    return None


def tools_json(value: Any) -> str | None:
    """Tool definitions as JSON text."""
    if value is None or value in ("", [], {}):
        return None
    return clean_text(value if isinstance(value, str) else dump_json(value))


def _answer_item(item: Any) -> str | None:
    if isinstance(item, dict):
        kind = str(item.get("type") or "")
        if kind in _TEXT_PARTS or kind == "message":
            inner = (item.get(key) for key in ("text", "content", "parts"))
            return next((response_text(part) for part in inner if part is not None), None)
        return None
    return _kept(item) if isinstance(item, str) else None


def _whole_body(body: Mapping[str, Any], messages: Any) -> Body | None:
    read = read_body(messages) if not isinstance(messages, dict) else _from_messages([messages])
    if read is None:
        return None
    system = text_of(body.get("system")) or text_of(body.get("instructions"))
    parameters = []
    for column, keys in _PARAMETERS:
        for key in keys:
            found = body.get(key)
            if found is not None:
                parameters.append((column, found))
                break
    return Body(
        system=_joined([system, read.system]) if system else read.system,
        prompt=read.prompt,
        turns=read.turns,
        tools=tools_json(body.get("tools") or body.get("functions")),
        reasoning_signature=read.reasoning_signature,
        parameters=tuple(parameters),
    )


def _plain(text: str) -> Body | None:
    kept = _kept(text)
    return Body(prompt=kept, turns=1) if kept else None


def _plain_talk(messages: list[Any]) -> Body | None:
    """The request where each message is a usual role and a text, as most are; None where one is anything else.

    It says what `_from_messages` says of the same messages, in a quarter of the time.
    """
    system: list[str] = []
    turns = 0
    said: str | None = None
    answered = False
    for message in messages:
        if type(message) is not dict or len(message) != 2:
            return None
        role, content = message.get("role"), message.get("content")
        speaker = _SPEAKERS.get(role) if type(role) is str else None
        if type(content) is list and len(content) == 1:
            part = content[0]
            if type(part) is dict and len(part) == 2 and part.get("type") == "text":
                content = part.get("text")
        if speaker is None or type(content) is not str:
            return None
        if speaker == "model":
            answered = True
        elif not content or content in REDACTED:
            if speaker == "user" and answered:
                said, answered = None, False
        elif speaker == "user":
            turns, said, answered = turns + 1, content, False
        else:
            system.append(clean_text(content))
    if not messages:
        return None
    return Body("\n".join(system) or None, None if said is None else clean_text(said), turns)


def _from_messages(messages: Sequence[Mapping[str, Any]]) -> Body:
    system: list[str | None] = []
    signature: str | None = None
    turns = 0
    said: str | None = None
    results: list[str | None] = []
    answered = False
    for message in messages:
        role = _lowered(message.get("role"))
        kind = _lowered(message.get("type"))
        content = message["content"] if "content" in message else message.get("parts")
        if role in _SYSTEM_ROLES:
            system.append(text_of(content))
        elif role in _MODEL_ROLES or kind in _REASONING_PARTS or kind == "function_call":
            answered = True
            signature = _signature(message, content) or signature
        else:
            if answered:
                said, results, answered = None, [], False
            is_result = role in ("tool", "function") or kind in _RESULT_PARTS
            text = None if is_result else text_of(content)
            if text is not None and (role in _USER_ROLES or not role):
                turns += 1
                said = text
            if is_result:
                results.append(_result_text(message, content))
            elif isinstance(content, (list, tuple)):
                results.append(_joined(_results(content)))
    return Body(
        system=_joined(system),
        prompt=said or _joined(results),
        turns=turns,
        reasoning_signature=signature,
    )


def _lowered(value: Any) -> str:
    return value.lower() if isinstance(value, str) else str(value or "").lower()


def _results(content: Any) -> list[str | None]:
    if not isinstance(content, (list, tuple)):
        return []
    parts = [part for part in content if isinstance(part, dict)]
    return [
        _result_text(part, part.get("content")) for part in parts if str(part.get("type")) in _RESULT_PARTS
    ]


def _result_text(part: Mapping[str, Any], content: Any) -> str | None:
    for inner in (content, part.get("output"), part.get("result"), part.get("response")):
        if inner is None:
            continue
        text = text_of(inner)
        if text is None and isinstance(inner, (list, tuple)):
            text = _joined(_results(inner))
        if text is None and isinstance(inner, dict) and inner:
            text = _kept(dump_json(inner))
        return text
    return None


def _signature(message: Mapping[str, Any], content: Any) -> str | None:
    parts: list[Any] = [message]
    for inner in (content, message.get("thinking_blocks")):
        if isinstance(inner, (list, tuple)):
            parts.extend(inner)
    for part in reversed(parts):
        if isinstance(part, dict) and str(part.get("type") or "") in _REASONING_PARTS:
            for key in ("signature", "data", "encrypted_content"):
                if isinstance(part.get(key), str) and part[key]:
                    return hashlib.blake2b(clean_text(part[key]).encode(), digest_size=16).hexdigest()
    return None


def _texts(content: Any, kinds: frozenset[str]) -> list[str | None]:
    if isinstance(content, str):
        return [_kept(content)]
    if isinstance(content, dict):
        if str(content.get("type") or "").lower() not in kinds:
            return []
        inner = content.get("text", content.get("content"))
        if isinstance(inner, dict):
            inner = inner.get("value")
        return [_kept(inner)] if isinstance(inner, str) else []
    if isinstance(content, (list, tuple)):
        return [text for part in content if isinstance(part, (str, dict)) for text in _texts(part, kinds)]
    return []


def _kept(text: Any) -> str | None:
    if not isinstance(text, str) or not text or text in REDACTED:
        return None
    return clean_text(text)


def _joined(texts: Sequence[str | None]) -> str | None:
    found = [text for text in texts if text]
    return "\n".join(found) if found else None
