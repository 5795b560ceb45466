"""The quick ways to read JSON and plain talks say what the slow ones say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stillwatch.ingest.chat import REDACTED, read_body
from stillwatch.ingest.jsontext import load_json

TEXTS = st.sampled_from(["", "hello", "a\0b", "half \ud800 a pair", "two\nlines", *REDACTED])
PARTS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXTS),
    st.sampled_from(
        [
            {"type": "image_url", "image_url": {"url": "data:"}},
            {"type": "text", "text": None},
            {"type": "text", "content": "inside"},
            {"type": "tool_result", "content": "42"},
            {"type": "thinking", "signature": "c2ln"},
            {"text": "untyped"},
            "bare",
            7,
        ]
    ),
)
CONTENTS = st.one_of(TEXTS, st.lists(PARTS, max_size=3), PARTS, st.sampled_from([None, 3, {}]))
ROLES = st.sampled_from(
    [
        "system",
        "developer",
        "user",
        "human",
        "assistant",
        "model",
        "ai",
        "tool",
        "User",
        "",
        None,
        5,
        ["user"],
    ]
)
MESSAGES = st.one_of(
    st.builds(lambda role, content: {"role": role, "content": content}, ROLES, CONTENTS),
    st.builds(lambda role, content: {"role": role, "parts": content}, ROLES, CONTENTS),
    st.builds(lambda content: {"content": content}, CONTENTS),
    st.sampled_from(["bare", 7, None, {}]),
)

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["\ud800", "\0"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
DAMAGE = st.sampled_from(
    ["", ",", "]", "}", '"', "\\", "0", "-", "e5", ".", " ", "\n", "\t", "\x01", "\x0c", "\ufeff", "\u00a0", "NaN",
     "-Infinity", "\\ud800", "\\u00e", "\ud800", "é", "//", "1e400", "[" * 30]
)  # fmt: skip


@given(st.lists(MESSAGES, max_size=5))
def test_a_plain_talk_is_read_as_any_other(talk: list[Any]) -> None:
    """A key that says nothing keeps a talk from the quick way, and changes nothing else."""
    noted = [{**message, "note": 1} if isinstance(message, dict) else message for message in talk]
    assert read_body(talk) == read_body(noted)


def test_the_last_word_of_a_plain_talk_is_the_users() -> None:
    body = read_body(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "First"},
            {"role": "assistant", "content": "Answer"},
            {"role": "user", "content": [{"type": "text", "text": "Second"}]},
        ]
    )
    assert body is not None
    assert (body.system, body.prompt, body.turns) == ("Be brief.", "Second", 2)


@given(JSON, st.booleans(), DAMAGE, st.integers(0, 40), st.integers(0, 3))
@example(json.loads('{"a": 1}'), True, ', "a": 2', 7, 0)
@example(None, True, '{"k": 1, "m": 2, "k": -0.0}', 0, 4)
def test_json_means_what_the_standard_library_says(
    value: Any, plain: bool, damage: str, place: int, cut: int
) -> None:
    text = json.dumps(value, ensure_ascii=plain)
    text = text[:place] + damage + text[place + cut :]
    try:
        expected = json.loads(text)
    except json.JSONDecodeError:
        with pytest.raises(json.JSONDecodeError):
            load_json(text)
        return
    told = load_json(text)
    assert repr(told) == repr(expected)
