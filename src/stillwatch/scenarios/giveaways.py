"""Does a single column give a folder's truth away? A decision stump for each, tested by permutation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.model.exchanges import DAY
from stillwatch.scenarios.corpus import Flags
from stillwatch.scenarios.prose import Floats

INTENDED: Mapping[str, str] = {
    "exchanges": "campaigns send more than most people do",
    "active days": "campaigns send on most days of their window",
    "night share": "programs keep no human hours",
    "hour": "programs keep no human hours",
    "turns": "campaigns send single turns",
    "prompt bytes": "campaigns send long templated prompts, as packs, batch jobs and makers of synthetic data do",
    "input tokens": "follows the length of prompts",
    "output tokens": "campaigns ask for long answers, as the same look-alikes do",
    "addresses an exchange": "proxy pools rotate",
    "prefix": "pools have few exits where they are not residential",
    "asn": "pools stand in few networks where they are not residential",
    "days since sign-up": "bulk sign-up before the start, where the scenario has one",
    "sign-up prefix": "bulk sign-up over few lines, where the scenario has one",
    "payment": "shared purses, where the scenario has them",
    "new model share": "pivot to a new model, where the scenario has one",
    "banned": "a pool is banned, where the scenario has a succession",
    "first word": "the template in front of the content is shared where wording is not careful",
    "last word": "the template behind the content is shared where wording is not careful",
    "system prompt": "agentic campaigns bring a harness, as applications do",
    "tools": "agentic campaigns bring a harness, as applications do",
    "user agent": "one client for all, where the scenario says so",
    "pathway": "several pathways, where the scenario says so",
    "capital first": "follows the template in front of the content",
    "full stop last": "follows the template behind the content",
    "failed": "follows the number of exchanges: any failure in a hundred is seen more often than in ten",
    "signature sent back": "follows the turns: only later turns send a reasoning block back",
    "exchange country": "follows the networks of the pool",
    "organisation": "campaigns name none, as most people don't",
}
"""Columns in which a campaign is meant to differ, and why. No other may do so by much."""


def giveaways(folder: Path, permutations: int = 200, seed: int = 0) -> pa.Table:
    """How well the best stump on each column tells campaign accounts from innocent ones.

    folder          a simulated folder that holds at least one campaign
    permutations    of the truth that each stump is measured against, 1 or more
    returns         column, best (the threshold or value), balanced_accuracy (0.5 is chance), p (share of
                    permutations that do as well, +1), intended (why it may differ; null: it may not),
                    highest first. A stump on numbers is one threshold; on names one value against all others.
    """
    numbers, names, guilty = account_features(folder)
    rng = np.random.default_rng(seed)
    truths = np.concatenate(
        [guilty[None, :], np.stack([rng.permutation(guilty) for _ in range(permutations)])]
    )
    rows = []
    for column, held in numbers.items():
        rows.append(_row(column, *_threshold(held, truths)))
    for column, values in names.items():
        rows.append(_row(column, *_value(values, truths)))
    rows.sort(key=lambda row: (-float(str(row["balanced_accuracy"])), str(row["column"])))
    schema = pa.schema([("column", pa.string()), ("best", pa.string()), ("balanced_accuracy", pa.float64()),
                        ("p", pa.float64()), ("intended", pa.string())])  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _row(column: str, best: str, scores: Floats) -> dict[str, object]:
    p = (1 + int((scores[1:] >= scores[0] - 1e-12).sum())) / len(scores)
    return {"column": column, "best": best, "balanced_accuracy": float(scores[0]), "p": p,
            "intended": INTENDED.get(column)}  # fmt: skip


def _threshold(held: Floats, truths: Flags) -> tuple[str, Floats]:
    order = np.argsort(held, kind="stable")
    ordered = held[order]
    ends = np.flatnonzero(np.concatenate([ordered[1:] != ordered[:-1], [False]]))
    scores = np.full(len(truths), 0.5)
    best = ""
    for number, truth in enumerate(truths):
        guilty = np.cumsum(truth[order])[ends]
        innocent = ends + 1 - guilty
        low = 0.5 * (guilty / max(truth.sum(), 1) + 1 - innocent / max((~truth).sum(), 1))
        either = np.maximum(low, 1 - low)
        if len(either):
            scores[number] = either.max()
            if number == 0:
                at = ends[int(either.argmax())]
                best = f"{'<=' if low.max() >= either.max() else '>'} {ordered[at]:.4g}"
    return best, scores


def _value(values: npt.NDArray[np.object_], truths: Flags) -> tuple[str, Floats]:
    found, place = np.unique(values.astype(str), return_inverse=True)
    whole = np.bincount(place, minlength=len(found))
    scores = np.empty(len(truths))
    best = ""
    for number, truth in enumerate(truths):
        guilty = np.bincount(place[truth], minlength=len(found))
        share = 0.5 * (guilty / max(truth.sum(), 1) + 1 - (whole - guilty) / max((~truth).sum(), 1))
        either = np.maximum(share, 1 - share)
        scores[number] = either.max()
        if number == 0:
            at = int(either.argmax())
            best = f"{'is' if share[at] >= either[at] else 'is not'} {found[at][:40]}"
    return best, scores


def account_features(folder: Path) -> tuple[dict[str, Floats], dict[str, npt.NDArray[np.object_]], Flags]:
    """(numbers, names, guilty): what a stump may look at, one entry an account that sent anything."""
    folder = Path(folder)
    rows = _per_exchange(pq.read_table(folder / "exchanges.parquet"))
    by = rows.group_by("account_id")
    means = {
        "hour": "hour", "night share": "night", "turns": "turn", "prompt bytes": "bytes", "input tokens": "input",
        "output tokens": "output", "reasoning tokens": "reasoning", "temperature": "temperature",
        "max tokens": "cap", "stream": "stream", "new model share": "new", "system prompt": "has_system",
        "tools": "has_tools", "conversation named": "named", "failed": "failed", "signature sent back": "signed",
        "capital first": "capital", "full stop last": "stop",
    }  # fmt: skip
    table = by.aggregate(
        [(column, "mean") for column in means.values()]
        + [
            ("hour", "count"),
            ("day", "count_distinct"),
            ("ip", "count_distinct"),
            ("key_id", "count_distinct"),
        ]
    ).sort_by("account_id")
    numbers = {name: _numbers(table[f"{column}_mean"]) for name, column in means.items()}
    count = _numbers(table["hour_count"])
    numbers |= {
        "exchanges": count,
        "active days": _numbers(table["day_count_distinct"]),
        "addresses an exchange": _numbers(table["ip_count_distinct"]) / count,
        "keys": _numbers(table["key_id_count_distinct"]),
    }
    names = {name: _mode(rows, column) for name, column in (
        ("model", "model"), ("surface", "surface"), ("user agent", "user_agent"), ("ja4", "tls_ja4"), ("asn", "asn"),
        ("prefix", "prefix"), ("exchange country", "country"), ("first word", "first"), ("last word", "last"),
        ("status", "status"),
    )}  # fmt: skip
    accounts = pq.read_table(folder / "accounts.parquet").sort_by("account_id")
    accounts = accounts.filter(
        pc.is_in(accounts["account_id"], value_set=table["account_id"].combine_chunks())
    )
    age = pc.subtract(pc.max(rows["ts"]), accounts["created_at"].cast(pa.int64()))
    numbers["days since sign-up"] = _numbers(age) / DAY
    for name, column in (("banned", "banned_at"), ("organisation", "org_id"), ("telephone", "phone_hash")):
        numbers[name] = _numbers(pc.is_valid(accounts[column]).cast(pa.int8()))
    numbers["verified"] = _numbers(accounts["verified"].cast(pa.int8()))
    for name, column in (("payment", "payment_hash"), ("mail domain", "email_domain"), ("plan", "plan"),
                         ("pathway", "pathway"), ("country", "country")):  # fmt: skip
        names[name] = np.array(accounts[column].to_pylist(), dtype=object)
    names["sign-up prefix"] = np.array(
        pc.extract_regex(accounts["signup_ip"], r"^(?P<p>\d+\.\d+\.\d+)")
        .combine_chunks()
        .field("p")
        .to_pylist(),
        dtype=object,
    )
    members = pq.read_table(folder / "truth" / "members.parquet")["account_id"]
    guilty = pc.is_in(accounts["account_id"], value_set=members.combine_chunks()).to_numpy()
    return numbers, names, guilty.astype(bool)


def _per_exchange(table: pa.Table) -> pa.Table:
    micro = table["ts"].cast(pa.int64())
    hour = pc.divide(micro, DAY // 24)
    hour = pc.subtract(hour, pc.multiply(pc.divide(hour, 24), 24))
    prompt = pc.utf8_trim_whitespace(table["prompt"])
    model = table["model"]
    newest = pc.equal(model, pc.max(model))
    conversation = pc.fill_null(table["conversation_id"], table["exchange_id"])
    order = pc.sort_indices(
        pa.table({"c": conversation, "t": micro}), sort_keys=[("c", "ascending"), ("t", "ascending")]
    )
    sorted_conversation = conversation.take(order).to_numpy()
    again = np.zeros(len(micro), np.float64)
    again[order.to_numpy()[1:]] = sorted_conversation[1:] == sorted_conversation[:-1]
    return pa.table({
        "account_id": table["account_id"], "ts": micro, "hour": hour, "day": pc.divide(micro, DAY),
        "night": pc.less(hour, 6).cast(pa.float64()), "turn": again,
        "bytes": pc.binary_length(prompt), "input": table["input_tokens"], "output": table["output_tokens"],
        "reasoning": table["reasoning_tokens"], "temperature": pc.fill_null(table["temperature"], -1.0),
        "cap": pc.fill_null(table["max_tokens"], 0), "stream": pc.fill_null(table["stream"].cast(pa.int8()), -1),
        "new": newest.cast(pa.int8()), "has_system": pc.is_valid(table["system"]).cast(pa.int8()),
        "has_tools": pc.is_valid(table["tools"]).cast(pa.int8()),
        "named": pc.is_valid(table["conversation_id"]).cast(pa.int8()),
        "failed": pc.not_equal(table["status"], 200).cast(pa.int8()),
        "signed": pc.is_valid(table["reasoning_signature"]).cast(pa.int8()),
        "capital": pc.match_substring_regex(prompt, r"^\p{Lu}").cast(pa.int8()),
        "stop": pc.match_substring_regex(prompt, r"[.?!。]$").cast(pa.int8()),
        "model": model, "surface": table["surface"], "user_agent": table["user_agent"],
        "tls_ja4": table["tls_ja4"], "asn": table["asn"].cast(pa.string()), "country": table["country"],
        "ip": table["ip"], "key_id": table["key_id"], "status": table["status"].cast(pa.string()),
        "prefix": _part(table["ip"], r"^(?P<p>\d+\.\d+\.\d+)"),
        "first": _part(prompt, r"^(?P<p>\S{1,30})"), "last": _part(prompt, r"(?P<p>\S{1,30})$"),
    })  # fmt: skip


def _part(column: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pa.chunked_array(
        [chunk.field("p") for chunk in pc.extract_regex(column, pattern).chunks], pa.string()
    )


def _mode(rows: pa.Table, column: str) -> npt.NDArray[np.object_]:
    """The commonest value of each account, by account; the first in order where two are as common."""
    counted = rows.group_by(["account_id", column]).aggregate([("hour", "count")])
    counted = counted.sort_by(
        [("account_id", "ascending"), ("hour_count", "descending"), (column, "ascending")]
    )
    account = counted["account_id"].to_numpy()
    first = np.concatenate([[True], account[1:] != account[:-1]])
    return np.array(counted[column].filter(pa.array(first)).to_pylist(), dtype=object)


def _numbers(column: pa.ChunkedArray | pa.Array) -> Floats:
    return np.asarray(column.to_numpy(), dtype=np.float64)
