from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from traffic import KEY, OTHER_KEY, accounts, exchanges, prompts, stand_in

from stillwatch.fingerprint import fingerprint_accounts, fingerprint_batch
from stillwatch.fingerprint.texts import SEMANTIC_MODULUS
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, CAPABILITIES, FINGERPRINTS

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
TEXT = st.one_of(st.none(), st.text(max_size=80), st.lists(WORD, max_size=60).map(" ".join))
IP = st.one_of(
    st.none(), st.ip_addresses().map(str), st.sampled_from(["unknown", "10.0.0.7:80", "sha256:ab12cd34"])
)
ROW = st.fixed_dictionaries(
    {
        "prompt": TEXT,
        "system": TEXT,
        "response": TEXT,
        "tools": st.one_of(st.none(), st.sampled_from(['[{"name":"a"}]', "[]", "no json"])),
        "reasoning_signature": TEXT,
        "temperature": st.one_of(st.none(), st.sampled_from([0.0, -0.0, 0.7, 1.0])),
        "max_tokens": st.one_of(st.none(), st.integers(1, 3)),
        "stream": st.one_of(st.none(), st.booleans()),
        "ip": IP,
        "user_agent": TEXT,
        "tls_ja4": TEXT,
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=8)
NAMES = [field.name for field in FINGERPRINTS if field.name.endswith("_hash")]
LISTS = ["passages", "system_passages"]


def prints(batch: pa.RecordBatch, key: Any = KEY) -> pa.RecordBatch:
    return fingerprint_batch(batch, key, stand_in())


def passages_of(texts: list[str]) -> list[set[int]]:
    return [set(found) for found in prints(prompts(list(texts)))["passages"].to_pylist()]


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_fingerprints_follow_their_schema_and_pass_on_what_is_no_text(rows: Any) -> None:
    batch = exchanges(rows)
    found = prints(batch)
    found.validate(full=True)
    assert found.schema.equals(FINGERPRINTS)
    for name in ("exchange_id", "ts", "account_id", "source", "line"):
        assert found[name].equals(batch[name])
    for row, mark in zip(rows, found.to_pylist(), strict=True):
        text = row["prompt"]
        assert (
            (mark["prompt_bytes"] is None)
            == (text is None)
            == (mark["passages"] is None)
            == (mark["language"] is None)
        )
        if text is not None:
            assert mark["prompt_bytes"] == len(text.encode())
            assert (
                (mark["prompt_hash"] is None) == (mark["prompt_words"] == 0) == (mark["capability"] is None)
            )
        if mark["capability"] is not None:
            assert mark["capability"] in CAPABILITIES
            assert 1 / 12 <= mark["capability_probability"] <= 1
            assert 0 <= mark["elicitation"] <= 1
        assert mark["response_bytes"] == (None if row["response"] is None else len(row["response"].encode()))
        assert (mark["params_hash"] is None) == (
            row["temperature"] is row["max_tokens"] is row["stream"] is None
        )
        assert 0 not in [mark[name] for name in NAMES]
        if mark["semantic"] is not None:
            assert len(mark["semantic"]) == 64


@settings(deadline=None, max_examples=40)
@given(ROWS, st.integers(0, 8))
def test_batches_may_be_cut_anywhere(rows: Any, cut: int) -> None:
    batch = exchanges(rows)
    parts = [prints(batch.slice(0, cut)), prints(batch.slice(cut))]
    assert pa.Table.from_batches([prints(batch)]).equals(pa.Table.from_batches(parts).combine_chunks())


@settings(deadline=None, max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_rows_do_not_see_each_other(rows: Any, random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    batch = exchanges(rows)
    assert prints(batch).take(pa.array(order)).equals(prints(batch.take(pa.array(order))))


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_the_key_changes_names_and_nothing_else(rows: Any) -> None:
    one, two = prints(exchanges(rows)), prints(exchanges(rows), OTHER_KEY)
    for name in FINGERPRINTS.names:
        first, second = one[name].to_pylist(), two[name].to_pylist()
        if name in NAMES:
            first, second = [[value] for value in first], [[value] for value in second]
        elif name not in LISTS and name != "semantic":
            assert first == second
            continue
        if name == "semantic":
            vectors = [[v and np.array(v, np.int64) for v in column] for column in (first, second)]
            dots = [[None if a is None else int(a @ a) for a in column] for column in vectors]
            assert dots[0] == dots[1]
            continue
        renamed: dict[int | None, int | None] = {None: None}
        for left, right in zip(first, second, strict=True):
            assert (left is None) == (right is None)
            for a, b in zip(left or [], right or [], strict=True):
                assert renamed.setdefault(a, b) == b
                assert a is None or a != b
        assert len(set(renamed.values())) == len(renamed)


def test_dot_products_between_prompts_are_the_same_under_any_key() -> None:
    texts: list[str | None] = [
        f"{chr(97 + i % 26) * (1 + i // 26)} the number of {'and' * (i % 3)} story" for i in range(200)
    ]
    found = [prints(prompts(texts), key)["semantic"].drop_null().to_pylist() for key in (KEY, OTHER_KEY)]
    one, two = (np.array(vectors, np.int64) for vectors in found)
    assert 0.5 < len(one) * SEMANTIC_MODULUS / 200 < 1.5
    assert (one @ one.T == two @ two.T).all()
    assert (one != two).any()
    assert (abs(np.sqrt((one**2).sum(axis=1)) - 127) < 4).all()


@settings(deadline=None)
@given(
    st.lists(WORD, min_size=17, max_size=30), st.lists(st.lists(WORD, max_size=40), min_size=4, max_size=4)
)
def test_seventeen_words_in_common_are_seen_whatever_surrounds_them(
    shared: list[str], around: list[list[str]]
) -> None:
    before, after, left, right = around
    one, two = passages_of([" ".join(before + shared + after), " ".join(left + shared + right)])
    assert one & two
    alone = passages_of([" ".join(shared), " ".join(shared).upper().replace(" ", "\n -- ")])
    assert alone[0] == alone[1]


def test_a_template_of_sixty_words_meets_itself_around_slots_of_three_hundred() -> None:
    random = np.random.default_rng(1)

    def prose(count: int) -> str:
        return " ".join(
            "".join(chr(97 + letter) for letter in random.integers(0, 26, 6)) for _ in range(count)
        )

    head, tail = prose(30), prose(30)
    found = passages_of([f"{head} {prose(300)} {tail}" for _ in range(20)])
    shared = set.intersection(*found)
    assert len(shared) >= 2
    strangers = passages_of([prose(360) for _ in range(20)])
    assert not set.intersection(*strangers[:2])


@given(st.lists(WORD, min_size=3, max_size=5), st.lists(WORD, min_size=3, max_size=5))
@settings(deadline=None)
def test_a_short_prompt_is_one_passage(one: list[str], two: list[str]) -> None:
    assume(one != two)
    found = passages_of([" ".join(one), " ".join(two), " ".join(one[:2])])
    assert (len(found[0]), len(found[1]), len(found[2])) == (1, 1, 0)
    assert found[0] != found[1]


def test_threads_see_what_one_thread_sees() -> None:
    random = np.random.default_rng(2)
    words = ["".join(chr(97 + c) for c in random.integers(0, 26, 5)) for _ in range(500)]
    texts: list[str | None] = [" ".join(random.choice(words, random.integers(0, 200))) for _ in range(400)]
    batches = [prompts(texts[i : i + 50]) for i in range(0, 400, 50)]
    alone = [prints(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        assert all(a.equals(b) for a, b in zip(alone, pool.map(prints, batches * 3), strict=False))


def test_equal_texts_in_unlike_columns_have_unlike_names() -> None:
    text = "one text for every column that holds text 12345"
    found = prints(
        exchanges([dict.fromkeys(("prompt", "system", "tools", "user_agent", "tls_ja4"), text)])
    ).to_pylist()[0]
    names = [
        found[name] for name in ("prompt_hash", "system_hash", "tools_hash", "user_agent_hash", "ja4_hash")
    ]
    assert None not in names
    assert len(set(names)) == 5
    assert found["passages"] == found["system_passages"]  # but a passage is one wherever it stands


def test_addresses_of_accounts_and_exchanges_meet() -> None:
    found = prints(
        exchanges([{"ip": "203.0.113.9:4711"}, {"ip": "::ffff:203.0.113.77"}, {"ip": "nonsense"}])
    ).to_pylist()
    people = fingerprint_accounts(accounts([{"signup_ip": "203.0.113.9"}, {"plan": None}]), KEY).to_pylist()
    assert people[0]["signup_ip_hash"] == found[0]["ip_hash"] != found[1]["ip_hash"]
    assert people[0]["signup_prefix_hash"] == found[0]["prefix_hash"] == found[1]["prefix_hash"]
    assert found[2]["ip_hash"] is found[2]["prefix_hash"] is people[1]["signup_ip_hash"] is None


def test_accounts_keep_what_names_nobody_and_hash_the_rest() -> None:
    rows: list[dict[str, Any]] = [
        {
            "org_id": "x",
            "email_hash": "x",
            "payment_hash": "x",
            "phone_hash": "x",
            "email_domain": "Mail.Example",
            "plan": "pro",
        },
        {"payment_hash": " x ", "email_domain": "mail.example", "verified": True, "org_id": "  "},
    ]
    table = fingerprint_accounts(accounts(rows), KEY)
    table.validate(full=True)
    assert table.schema.equals(ACCOUNT_PRINTS)
    one, two = table.to_pylist()
    assert len({one[name] for name in ("org_hash", "email_hash", "payment_hash", "phone_hash")}) == 4
    assert one["payment_hash"] == two["payment_hash"]
    assert one["email_domain_hash"] == two["email_domain_hash"]
    assert (one["plan"], two["verified"], two["org_hash"]) == ("pro", True, None)
    again = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    chunked = pa.concat_tables([accounts(rows).slice(0, 1), accounts(rows).slice(1)])
    assert fingerprint_accounts(chunked, KEY).equals(again.combine_chunks())
    assert fingerprint_accounts(accounts([]), KEY).num_rows == 0


def test_parameters_are_named_together() -> None:
    rows: list[dict[str, Any]] = [
        {"temperature": 0.0}, {"temperature": -0.0}, {"max_tokens": 1}, {"stream": True}, {"max_tokens": 1, "stream": True},
        {"stream": False}, {"max_tokens": 0}, {},
    ]  # fmt: skip
    names = prints(exchanges(rows))["params_hash"].to_pylist()
    assert names[0] == names[1]
    assert len(set(names[1:])) == 7
    assert names[-1] is None


def test_large_and_sliced_and_empty_batches() -> None:
    texts: list[str | None] = ["write a story of the number", None, "", "ein Text"]
    batch = prompts(texts)
    wide = batch.set_column(
        batch.schema.get_field_index("prompt"), "prompt", batch["prompt"].cast(pa.large_string())
    )
    assert prints(wide).equals(prints(batch))
    assert prints(batch.slice(4)).num_rows == 0
    hidden = pa.Array.from_buffers(
        pa.string(),
        3,
        [pa.array([True, False, True]).buffers()[1], *pa.array(["a", "secret", "b"]).buffers()[1:]],
    )
    batch = prompts(["a", None, "b"])
    odd = batch.set_column(batch.schema.get_field_index("prompt"), "prompt", hidden)
    assert prints(odd).equals(prints(batch))


@pytest.mark.slow
def test_importing_the_room_does_not_import_the_compiler() -> None:
    code = "import sys, stillwatch.fingerprint; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
