from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive_lexical import structure
from test_lexical import FILLER, run

LINES = st.sampled_from(
    [
        "# Title", "## Part", "####### no", "- item", "* item", "*item", "+ x", "1. first", "12) x", "1234. no", "```",
        "~~~python", "| a | b |", "> quote", "---", "***", "====", "--", "Name: x", "**Bold**: y", "**Bold:** y",
        "A label of four words: z", "one two three four five: no", "http://no", "名前：x", '"key": 1', '"": 2',
        '{"a": 1}', "{slot}", "{{slot}}", "[[slot]]", "[TOPIC]", "[topic]", "x{no}", "\\frac{a}{b}", "<answer>",
        "</answer>", "<|start|>", "<a href='x'>", "a < b and c > d", "<" + "n" * 40 + ">", "plain words here", "", "  ",
        "\tIndented: x", "Text: {slot} and <b>", "•bullet", "_x_: y", "*_x: y", "Key :x", "``` <b>", "\r",
    ]
)  # fmt: skip
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: "\n".join(lines).encode())
SCRAPS = st.text(alphabet='#-*`|>[]{}<>:"/ \n\r\tab1A_é', max_size=60).map(str.encode)


def hashes_of(texts: list[bytes]) -> np.ndarray:
    return run([*texts, FILLER]).skeleton[:-1]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(TEXTS, SCRAPS), min_size=1, max_size=6))
@example([b"Aa: \n\xef\xbc\x9a: x\n# y\n- z"])
def test_agrees_with_the_naive_twin(texts: Any) -> None:
    marks = [structure(text) for text in texts]
    for hashes in (hashes_of(texts), run(texts).skeleton):
        assert [h == 0 for h in hashes] == [mark is None for mark in marks]
        for i, first in enumerate(marks):
            for j, second in enumerate(marks):
                if first is not None and second is not None:
                    assert (hashes[i] == hashes[j]) == (first == second)


TEMPLATE = "# Task\nRead the {kind} below.\n\n<document>\n{slot}\n</document>\n\n## Rules\n- be brief\n- be right\n\nAnswer: "
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=9)
PLAIN = st.lists(st.lists(WORD, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(st.lists(PLAIN.map("\n\n".join), min_size=2, max_size=4))
def test_content_in_a_slot_leaves_the_skeleton_alone(slots: Any) -> None:
    texts = [TEMPLATE.replace("{slot}", slot).encode() for slot in slots]
    hashes = hashes_of(texts)
    assert hashes[0] != 0
    assert len(set(hashes.tolist())) == 1


@pytest.mark.parametrize(
    "change", [("# Task", "Task"), ("<document>", "<text>"), ("Answer:", "Reply:"), ("- be", "1. be")]
)
def test_another_form_has_another_skeleton(change: Any) -> None:
    first, second = hashes_of([TEMPLATE.encode(), TEMPLATE.replace(*change).encode()])
    assert first != second
    assert second != 0


def test_the_length_of_a_list_says_nothing() -> None:
    form = "# Questions\n{}\n## End\nName: x"
    texts = [form.format("\n".join(f"{i}. one\n- two" for i in range(1, n))).encode() for n in (2, 3, 9)]
    assert len(set(hashes_of(texts).tolist())) == 1


def test_prose_and_code_in_a_fence_have_none() -> None:
    assert not hashes_of([b"just a question", b"- one\n- two", b"```\n# a\n- b\n1. c\n<d>\n```\n"]).any()
