from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traffic import KEY

from stillwatch.errors import InvalidConfiguration
from stillwatch.fingerprint.addresses import canonical, name_addresses
from stillwatch.fingerprint.columns import name_values, text_bytes
from stillwatch.fingerprint.keys import FingerprintKey
from stillwatch.fingerprint.normalise import collapse, tools
from stillwatch.kernels.dotted import read_ipv4

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("203.0.113.9:443", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::FFFF:cb00:7109]:80", "203.0.113.9"),
        ("[2001:DB8::1]:443", "2001:db8:0:0::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_one_address_in_many_spellings(text: str, same: str) -> None:
    assert canonical(text) == canonical(same) != (None, None)


def test_networks() -> None:
    assert canonical("203.0.113.9")[1] == canonical("203.0.113.250")[1] != canonical("203.0.114.9")[1]
    assert (
        canonical("2001:db8:7::1")[1] == canonical("2001:db8:7:ffff::2")[1] != canonical("2001:db8:8::1")[1]
    )


@pytest.mark.parametrize(
    "text", ["", "-", "unknown", "localhost", "999.1.1.1", "1.2.3", "203.0.113.0/24", "1.2.3.4.5", "a\0b"]
)
def test_junk_is_nothing(text: str) -> None:
    assert canonical(text) == (None, None)


def test_a_hash_in_the_address_column_stands_for_itself() -> None:
    one, two = canonical("9f86d081884c7d65"), canonical("sha256:60303ae22b998861")
    assert one != two
    assert (one[0] is None, one[1], two[1]) == (False, None, None)


@given(st.one_of(st.text(), st.ip_addresses().map(str)))
def test_no_text_breaks_the_reader_of_addresses(text: str) -> None:
    address, network = canonical(text)
    assert network is None or (address or b"").startswith(network)


SPELLING = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.lists(
        st.integers(0, 300).map(str) | st.sampled_from(["00", "01", "007", "", "1000"]),
        min_size=3,
        max_size=5,
    ).map(".".join),
)
SPELLINGS = st.tuples(SPELLING, st.sampled_from(["", ":", ":80", ":8x", ":80:1", " ", ".", ", 1.1.1.1"])).map(
    "".join
)


@settings(deadline=None)
@given(st.lists(st.one_of(SPELLINGS, st.text("0123456789.:", max_size=16)), min_size=1))
def test_the_quick_reader_of_ipv4_agrees_with_the_thorough_one(texts: list[str]) -> None:
    packed, plain = read_ipv4(*text_bytes(pa.array(texts)))
    for text, quick, found in zip(texts, packed, plain, strict=True):
        if found:
            assert canonical(text)[0] == quick.tobytes()
    for text, address, network in zip(
        texts, *(names.to_pylist() for names in name_addresses(pa.array(texts), KEY)), strict=True
    ):
        form = canonical(text)
        assert [address, network] == [
            name_values([part], KEY.subkey(domain))[0].as_py()
            for part, domain in zip(form, ("ip", "prefix"), strict=True)
        ]


def test_the_quick_reader_reads_what_logs_hold() -> None:
    texts = [
        "203.0.113.9",
        "0.0.0.0",
        "255.255.255.255:65535",
        "1.2.3.4 ",
        "::1",
        "1.2.3",
        "01.2.3.4",
        "1.2.3.256",
        "1.2.3.4:",
    ]
    _, plain = read_ipv4(*text_bytes(pa.array(texts)))
    assert plain.tolist() == [True] * 3 + [False] * 6


@given(JSON, st.integers(0, 4))
def test_tools_are_read_as_json(value: Any, indent: int) -> None:
    assert tools(json.dumps(value, indent=indent)) == tools(
        json.dumps(value, sort_keys=True, separators=(",", ":"))
    )


def test_tools_are_sorted_by_name() -> None:
    one, two = {"name": "a", "x": 1}, {"function": {"name": "b"}, "type": "function"}
    assert tools(json.dumps([one, two])) == tools(json.dumps([two, one])) != tools(json.dumps([one]))


@pytest.mark.parametrize("text", ["", " ", "[]", " { } ", "null"])
def test_no_tools(text: str) -> None:
    assert tools(text) is None


@pytest.mark.parametrize("text", ["[" * 100_000, "{'a': 1}", "9" * 10_000 + "x", "\ud7ff"])
def test_text_that_is_no_json(text: str) -> None:
    assert tools(f" {text}  \n x ") == collapse(f"{text} x")


def test_keys(tmp_path: Path) -> None:
    key = FingerprintKey.from_hex(" " + "0a" * 32 + "\n")
    (tmp_path / "hex").write_text("0A" * 32 + "\n")
    (tmp_path / "raw").write_bytes(b"\x0a" * 32)
    assert FingerprintKey.from_file(tmp_path / "hex") == FingerprintKey.from_file(tmp_path / "raw") == key
    assert key.subkey("ip") == FingerprintKey(key.secret).subkey("ip") != key.subkey("prompt")
    assert len(key.key_id) == 8
    assert key.key_id not in key.secret.hex()
    assert "0a0a" not in repr(key)
    assert "\\n" not in repr(key)
    assert FingerprintKey.random() != FingerprintKey.random()
    order, signs = key.dimensions
    assert sorted(order.tolist()) == list(range(64))
    assert set(signs.tolist()) == {-1, 1}


@pytest.mark.parametrize("content", ["", "xyz", "0a" * 31, "0a" * 33, "é" * 40])
def test_no_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidConfiguration, match="key"):
        FingerprintKey.from_file(tmp_path / "key")
    with pytest.raises(InvalidConfiguration):
        FingerprintKey.from_hex(content)
    with pytest.raises(InvalidConfiguration, match="can't be read"):
        FingerprintKey.from_file(tmp_path / "none")
