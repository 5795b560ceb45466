"""Single values of every type, and whole columns that must read as their values do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.ingest.values import (
    UnreadableError,
    clean_text,
    to_asn,
    to_bool,
    to_count,
    to_float,
    to_int32,
    to_integer,
    to_text,
)
from stillwatch.ingest.vectors import read_column, reader_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), ("", None), (None, None), (7, "7"), (7.0, "7"), (7.5, "7.5"), (float("nan"), None), (b"a\xff", "a\ufffd"),
     ("a\0b", "a b"), ("\ud800x", "\ufffdx"), ("\ud83d\ude00", "😀"), (Decimal("1.5"), "1.5")],
)  # fmt: skip
def test_texts(value: Any, expected: Any) -> None:
    assert to_text(value) == expected


@pytest.mark.parametrize("value", [True, {}, [], {"a": 1}, 10**400])
def test_no_texts(value: Any) -> None:
    with pytest.raises(UnreadableError):
        to_text(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        (" -7 ", -7),
        ("+7", 7),
        (7.0, 7),
        ("7.0", 7),
        ("1e3", 1000),
        (None, None),
        ("", None),
        (float("nan"), None),
    ],
)
def test_integers(value: Any, expected: Any) -> None:
    assert to_integer(value) == expected


@pytest.mark.parametrize(
    "value", [True, "x", 7.5, "7.5", 2**63, str(2**63), "9" * 5000, [], "0x10", "1_000", "inf"]
)
def test_no_integers(value: Any) -> None:
    with pytest.raises(UnreadableError):
        to_integer(value)


def test_narrow_integers() -> None:
    assert to_asn("AS13335") == to_asn("13335") == to_asn("as13335") == 13335
    for reader, value in ((to_count, -1), (to_int32, 2**31), (to_asn, "ASx")):
        with pytest.raises(UnreadableError):
            reader(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), ("0.5", 0.5), (None, None), ("", None), (Decimal("0.5"), 0.5)]
)
def test_floats(value: Any, expected: Any) -> None:
    assert to_float(value) == expected


@pytest.mark.parametrize("value", [True, "warm", float("nan"), float("inf"), "nan", 10**400, []])
def test_no_floats(value: Any) -> None:
    with pytest.raises(UnreadableError):
        to_float(value)


@pytest.mark.parametrize("value", [True, "true", "TRUE", " yes ", "t", "1", 1, 1.0, "on"])
def test_truths(value: Any) -> None:
    assert to_bool(value) is True
    assert (
        to_bool({True: False, "true": "false", " yes ": "no", "t": "f", "1": "0", "on": "off"}.get(value, 0))
        is False
    )


@pytest.mark.parametrize("value", ["maybe", 2, [], 0.5])
def test_no_truths(value: Any) -> None:
    with pytest.raises(UnreadableError):
        to_bool(value)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_cleaned_text_can_always_be_stored(text: Any) -> None:
    cleaned = clean_text(text)
    assert "\0" not in cleaned
    assert pa.array([cleaned]).to_pylist() == [cleaned]
    assert clean_text(cleaned) == cleaned


def one_by_one(column: Any, values: Any) -> Any:
    out = []
    for value in values:
        try:
            out.append(reader_of(column)(value))
        except UnreadableError:
            out.append(None)
    return out


def same(left: Any, right: Any) -> Any:
    return len(left) == len(right) and all(
        a == b and type(a) is type(b) for a, b in zip(left, right, strict=True)
    )


COLUMNS = ["prompt", "ip", "input_tokens", "asn", "status", "temperature", "stream"]
strings = st.text(max_size=8) | st.sampled_from(
    ["1", "-1", "AS12", "true", "0.5", "7.0", "9" * 25, "  3 ", "a\0b", "", "nan", "1e2"]
)


@pytest.mark.parametrize("column", COLUMNS)
@settings(deadline=None, max_examples=50)
@given(values=st.lists(st.none() | strings, min_size=1, max_size=8))
def test_columns_of_texts_read_as_their_values_do(column: Any, values: Any) -> None:
    expected = one_by_one(column, values)
    raw = pa.array(values, pa.string())
    padded = pa.concat_arrays([pa.array(["x\0", ""]), raw]).slice(2)
    for form in (
        values,
        raw,
        raw.cast(pa.large_string()),
        raw.dictionary_encode(),
        raw.cast(pa.binary()),
        padded,
        raw.cast(pa.string_view()),
    ):
        assert same(read_column(column, form).to_pylist(), expected)


@pytest.mark.parametrize("column", COLUMNS)
@settings(deadline=None, max_examples=50)
@given(
    values=st.lists(
        st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 500), min_size=1, max_size=8
    )
)
def test_columns_of_integers_read_as_their_values_do(column: Any, values: Any) -> None:
    expected = one_by_one(column, values)
    for form in (values, pa.array(values, pa.int64())):
        assert same(read_column(column, form).to_pylist(), expected)


@pytest.mark.parametrize("column", COLUMNS)
@settings(deadline=None, max_examples=50)
@given(values=st.lists(st.none() | st.floats() | st.integers(-5, 500).map(float), min_size=1, max_size=8))
def test_columns_of_floats_read_as_their_values_do(column: Any, values: Any) -> None:
    expected = one_by_one(column, values)
    for form in (values, pa.array(values, pa.float64())):
        assert same(read_column(column, form).to_pylist(), expected)


@pytest.mark.parametrize("column", COLUMNS)
@settings(deadline=None, max_examples=50)
@given(values=st.lists(st.none() | st.booleans(), min_size=1, max_size=8))
def test_columns_of_truths_read_as_their_values_do(column: Any, values: Any) -> None:
    expected = one_by_one(column, values)
    for form in (values, pa.array(values, pa.bool_())):
        assert same(read_column(column, form).to_pylist(), expected)


def test_texts_of_bytes_that_are_no_utf8_keep_what_is() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"a\xffb")]
    )
    assert read_column("prompt", broken).to_pylist() == ["a\ufffd", "b"]
    assert read_column("prompt", pa.array([b"\x00\xc3"])).to_pylist() == [" \ufffd"]
