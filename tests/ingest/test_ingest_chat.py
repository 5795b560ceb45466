"""Bodies and answers as OpenAI, Anthropic and OpenTelemetry write them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.ingest.chat import Body, read_body, response_text, text_of, tools_json

OPENAI: list[Any] = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": "First question"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "42"},
    {"role": "assistant", "content": "It is 42."},
    {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "here"}]},
]  # fmt: skip

ANTHROPIC: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 1024,
    "temperature": 0.2,
    "stream": True,
    "system": [{"type": "text", "text": "You are a clerk.", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "Be kind."}],
    "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
    "messages": [
        {"role": "user", "content": "Weather in Bern?"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "let me see", "signature": "c2ln"},
            {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {"city": "Bern"}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "12 degrees"}]},
            {"type": "tool_result", "tool_use_id": "t2", "content": "dry"},
        ]},
    ],
}  # fmt: skip


def body_of(value: Any) -> Body:
    body = read_body(value)
    assert body is not None
    return body


def test_openai_messages() -> None:
    body = body_of(OPENAI)
    assert body.system == "Be brief."
    assert body.prompt == "Look\nhere"
    assert body.turns == 2
    assert body.reasoning_signature is None


def test_a_turn_of_tool_results_alone_has_them_as_its_prompt() -> None:
    body = body_of(ANTHROPIC)
    assert body.prompt == "12 degrees\ndry"
    assert body.turns == 1
    assert body_of(OPENAI[:4]).prompt == "42"


def test_what_a_user_says_beside_tool_results_is_the_prompt() -> None:
    last = {
        "role": "user",
        "content": [{"type": "tool_result", "content": "dry"}, {"type": "text", "text": "and tomorrow?"}],
    }
    assert body_of([*ANTHROPIC["messages"], last]).prompt == "and tomorrow?"


def test_a_whole_anthropic_body() -> None:
    body = body_of(ANTHROPIC)
    assert body.system == "You are a clerk.\nBe kind."
    assert body.tools == '[{"name":"get_weather","input_schema":{"type":"object"}}]'
    assert dict(body.parameters) == {
        "model": "claude-x",
        "max_tokens": 1024,
        "temperature": 0.2,
        "stream": True,
    }
    assert body.reasoning_signature == hashlib.blake2b(b"c2ln", digest_size=16).hexdigest()


def test_a_responses_body() -> None:
    body = body_of(
        {
            "instructions": "Answer in verse.",
            "max_output_tokens": 9,
            "input": [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Sum it"}]},
                {"type": "reasoning", "encrypted_content": "abc", "summary": []},
                {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "1", "output": "17"},
            ],
        }
    )
    assert (body.system, body.prompt, body.turns) == ("Answer in verse.", "17", 1)
    assert body.reasoning_signature
    assert dict(body.parameters) == {"max_tokens": 9}
    assert body_of({"input": "plain"}).prompt == "plain"


def test_a_completions_body() -> None:
    assert body_of({"prompt": "Once upon"}).prompt == "Once upon"
    assert body_of({"prompt": ["Once", "upon"]}).prompt == "Once\nupon"
    assert read_body({"prompt": [[1, 2, 3]]}) is None


def test_opentelemetry_messages() -> None:
    body = body_of(
        [
            {"role": "system", "parts": [{"type": "text", "content": "S"}]},
            {"role": "user", "parts": [{"type": "text", "content": "P"}]},
            {
                "role": "assistant",
                "parts": [{"type": "tool_call", "id": "1", "name": "f", "arguments": {"a": 1}}],
            },
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "result": "rainy"}]},
        ]
    )
    assert (body.system, body.prompt, body.turns) == ("S", "rainy", 1)
    result = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": {"t": 3}}]}
    assert body_of([result]).prompt == '{"t":3}'


def test_an_answer_begun_for_the_model_leaves_the_prompt() -> None:
    assert (
        body_of([{"role": "user", "content": "List"}, {"role": "assistant", "content": "1."}]).prompt
        == "List"
    )


def test_a_text_that_a_gateway_took_out_is_no_text() -> None:
    body = body_of([{"role": "user", "content": "redacted-by-litellm"}])
    assert body.prompt is None
    assert body.turns == 0
    assert response_text({"choices": [{"message": {"content": "redacted-by-litellm"}}]}) is None


@pytest.mark.parametrize("nothing", [None, [], {}, "", 3, [3], {"model": "x"}, True])
def test_what_holds_no_message(nothing: Any) -> None:
    assert read_body(nothing) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("plain", "plain"),
        (
            {
                "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "A"}},
                    {"message": {"content": "B"}},
                ]
            },
            "A\nB",
        ),
        ({"choices": [{"text": "completion"}]}, "completion"),
        (
            {
                "type": "message",
                "content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "A"}],
            },
            "A",
        ),
        (
            {
                "output": [
                    {"type": "reasoning"},
                    {"type": "message", "content": [{"type": "output_text", "text": "A"}]},
                ]
            },
            "A",
        ),
        ([{"role": "assistant", "parts": [{"type": "text", "content": "A"}], "finish_reason": "stop"}], "A"),
        ({"choices": [{"message": {"content": None, "tool_calls": [{"id": "1"}]}}]}, None),
        ({}, None),
        (None, None),
    ],
)
def test_answers(answer: Any, expected: Any) -> None:
    assert response_text(answer) == expected


def test_tools() -> None:
    assert tools_json([{"b": 1, "a": "ü"}]) == '[{"b":1,"a":"ü"}]'
    assert tools_json("already text") == "already text"
    assert tools_json([]) is None


jsonlike = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "parts",
                    "type",
                    "text",
                    "messages",
                    "system",
                    "input",
                    "output",
                    "choices",
                    "tools",
                    "x",
                ]
            )
            | st.just("message"),
            inner
            | st.sampled_from(["user", "assistant", "system", "tool", "text", "tool_result", "thinking"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=400)
@given(jsonlike)
def test_no_body_and_no_answer_breaks_the_reader(value: Any) -> None:
    body = read_body(value)
    assert body is None or body.prompt is None or isinstance(body.prompt, str)
    assert isinstance(response_text(value), (str, type(None)))
    assert isinstance(text_of(value), (str, type(None)))
