"""Text ends in the fingerprint room: no output holds any, unless excerpts were asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from runs import Traffic

import stillwatch
from stillwatch.app import fingerprint_logs, scan
from stillwatch.ingest import Batch
from stillwatch.model.exchanges import QUARANTINE, TIMESTAMP
from stillwatch.model.settings import Settings
from stillwatch.output import first_words

WORD = "zyxomma"

MANIFEST_WORDS = {("lake.json", "fingerprint"), ("lake.json", "indicator")}
"""Stands in every marked prompt, system text, answer and tool, and nowhere else."""


@pytest.fixture(scope="session")
def marked(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario's exchanges, each text of which begins and ends with a word that can be looked for."""
    table = traffic.exchanges
    table = table.append_column("response", table["prompt"])
    for name in ("prompt", "response", "system"):
        texts = [None if t is None else f"{WORD} {t} {WORD}" for t in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(texts, pa.string()))
    path = tmp_path_factory.mktemp("marked") / "e.parquet"
    pq.write_table(table, path)
    return path


def plain_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder as bytes; tables unpacked, so that compression hides nothing."""
    out = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            sink = pa.BufferOutputStream()
            pq.write_table(
                pq.read_table(path, partitioning=None), sink, compression="none", use_dictionary=False
            )
            out[path.name] = sink.getvalue().to_pybytes()
        elif path.is_file():
            out[path.name] = path.read_bytes()
    return out


def test_fingerprints_hold_no_text(marked: Path, traffic: Traffic, tmp_path: Path) -> None:
    fingerprint_logs([marked], lake=tmp_path / "p", accounts=traffic.people)
    files = plain_bytes(tmp_path / "p")
    kinds = {name.partition("-")[0] for name in files}
    assert {"fingerprints", "accounts", "lake.json"} <= kinds
    words = prompt_words(traffic)
    for name, content in files.items():
        assert WORD.encode() not in content, name
        # The manifest names its own files.
        found = [w for w in words if w.encode() in content and (name, w) not in MANIFEST_WORDS]
        assert not found, (name, found[:5])


def test_fingerprints_hold_no_identifier_in_the_clear(traffic: Traffic, tmp_path: Path) -> None:
    fingerprint_logs([traffic.logs], lake=tmp_path / "p", accounts=traffic.people)
    everything = b"".join(plain_bytes(tmp_path / "p").values())
    for table, columns in (
        (traffic.exchanges, ("ip", "user_agent", "tls_ja4")),
        (
            traffic.accounts,
            ("payment_hash", "phone_hash", "email_hash", "email_domain", "signup_ip", "org_id"),
        ),
    ):
        for column in columns:
            values = sorted(v for v in set(table[column].to_pylist()) if v and len(v) > 6)[:300]
            assert values, column
            assert not [v for v in values if v.encode() in everything], column


def test_a_scan_writes_no_text(marked: Path, traffic: Traffic, tmp_path: Path) -> None:
    found = stillwatch.scan(marked, accounts=traffic.people, out=tmp_path / "o")
    assert found.attributed.num_rows
    files = plain_bytes(tmp_path / "o")
    assert "excerpts.parquet" not in files
    for name, content in files.items():
        assert WORD.encode() not in content, name
    assert WORD not in repr(found) + found._repr_html_()


def test_the_report_repeats_no_prompt(traffic: Traffic, plain: Path, tmp_path: Path) -> None:
    pq.write_table(traffic.exchanges.slice(0, 0), tmp_path / "none.parquet")
    scan(tmp_path / "none.parquet", out=tmp_path / "o")
    frame = (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
    report = (plain / "report.html").read_text(encoding="utf-8")
    # Prompts that hold programs share a word of JavaScript with the page itself.
    shown = [text for text in stretches(traffic) if text in report and text not in frame]
    assert not shown, shown[:3]


def test_rejected_rows_show_keys_and_no_text(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    good = '{"account_id": "a", "ts": "2026-06-01T00:00:00Z", "prompt": "fine"}'
    bad = [
        f'{{"account_id": "a", "ts": "{WORD}", "prompt": "{WORD} secret"}}',
        f'{{"account_id": "a", "prompt": "{WORD} secret", "{WORD} as a key": 1}}',
        f'{{"account_id": "a", "ts": "2026-06-01T00:00:00Z", "prompt": "{WORD} sec',
        f"{WORD} and no JSON at all",
    ]
    path.write_text("\n".join([good, *bad]) + "\n", encoding="utf-8")
    found = stillwatch.scan(path, out=tmp_path / "o")
    assert found.quarantine.num_rows == len(bad)
    assert not [name for name, content in plain_bytes(tmp_path / "o").items() if WORD.encode() in content]


def test_excerpts_are_written_when_asked_for_and_go_when_not(traffic: Traffic, tmp_path: Path) -> None:
    out = tmp_path / "o"
    scan(traffic.logs, accounts=traffic.people, out=out, excerpts=True)
    excerpts = pq.read_table(out / "excerpts.parquet")
    assert excerpts.num_rows
    prompts = dict(
        zip(
            traffic.exchanges["exchange_id"].to_pylist(), traffic.exchanges["prompt"].to_pylist(), strict=True
        )
    )
    members = set(pq.read_table(out / "attributed.parquet")["exchange_id"].to_pylist())
    for row in excerpts.to_pylist():
        assert row["exchange_id"] in members
        assert row["excerpt"] == prompts[row["exchange_id"]][:240]
    per_campaign = excerpts.group_by("campaign_id").aggregate([("exchange_id", "count")])
    assert max(per_campaign["exchange_id_count"].to_pylist()) <= 20
    scan(traffic.logs, accounts=traffic.people, out=out)
    assert not (out / "excerpts.parquet").exists()


def test_for_excerpts_the_logs_are_read_no_further_than_they_must(monkeypatch: pytest.MonkeyPatch) -> None:
    at = pa.array([1, 2, 3], pa.int64()).cast(TIMESTAMP)
    first = pa.record_batch({"exchange_id": ["a", "b", "c"], "ts": at, "prompt": ["what", "how", None]})

    def batches(*_: object) -> Iterator[Batch]:
        yield Batch(first, pa.RecordBatch.from_pylist([], QUARANTINE), 3, ())
        raise AssertionError("nothing is wanted any more")

    monkeypatch.setattr("stillwatch.output.open_exchanges", batches)
    wanted = pa.table(
        {"exchange_id": ["c", "b"], "ts": at.take(pa.array([2, 1])), "campaign_id": ["one", "two"]}
    )
    told = first_words(["logs"], Settings(), wanted).to_pylist()
    assert [(row["campaign_id"], row["excerpt"]) for row in told] == [("one", ""), ("two", "how")]
    assert first_words(["logs"], Settings(), wanted.slice(0, 0)).num_rows == 0


def prompt_words(traffic: Traffic) -> list[str]:
    """Long words of prompts that are no part of a name, language or capability."""
    kept = {
        str(v)
        for c in ("account_id", "model", "surface", "conversation_id")
        for v in set(traffic.exchanges[c].to_pylist())
    }
    words = {
        w for text in traffic.exchanges["prompt"].to_pylist()[:3_000] for w in re.findall(r"[a-z]{9,}", text)
    }
    schema = "".join(stillwatch.model.fingerprints.FINGERPRINTS.names) + "".join(
        stillwatch.model.fingerprints.CAPABILITIES
    )
    apart = [w for w in words if w not in schema and not any(w in name for name in kept)]
    assert len(apart) > 1_000
    return [*sorted(apart)[::7], "Explain step by step"]


def stretches(traffic: Traffic) -> set[str]:
    """Pieces of 25 characters out of the middle of prompts."""
    texts = set(traffic.exchanges["prompt"].to_pylist())
    return {text[len(text) // 2 - 12 : len(text) // 2 + 13] for text in texts if len(text) > 60}
