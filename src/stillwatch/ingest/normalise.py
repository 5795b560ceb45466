"""Raw columns to EXCHANGES: types, texts, bodies, derived ids; rows that lack what is required fall out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.ingest.chat import Body, read_body
from stillwatch.ingest.chunks import Counts, Rejected
from stillwatch.ingest.jsontext import TooDeepError, load_json
from stillwatch.ingest.values import MAX_TEXT, UnreadableError
from stillwatch.ingest.vectors import Raw, cells, count_unread, read_column, reader_of
from stillwatch.model.exchanges import EXCHANGES

MADE_HERE = ("id_derived", "turns", "source", "line")
COLUMNS = (*(name for name in EXCHANGES.names if name not in MADE_HERE), "messages")
"""The columns that a file may hold, by their canonical names."""

REQUIRED = ("account_id", "ts")
TEXTS = ("prompt", "messages")
"""Of these a file must hold one."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})

_NO_MESSAGE = "messages holds no message"
_FILLED = ("system", "prompt", "tools", "reasoning_signature")
_PLACES = tuple((Body._fields.index(name), name) for name in (*_FILLED, "turns"))
_IN_IDENTITY = (
    "account_id",
    "key_id",
    "model",
    "surface",
    "conversation_id",
    "system",
    "prompt",
    "response",
    "tools",
    "reasoning_signature",
    "ip",
    "user_agent",
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """EXCHANGES rows, the rows that fell out, and how many optional values of each column were given up."""

    exchanges: pa.RecordBatch
    rejected: tuple[Rejected, ...]
    coerced: Counts


def normalise(
    raw: Mapping[str, Raw],
    lines: np.ndarray[Any, np.dtype[np.int64]],
    source: str,
    excerpt: Callable[[int], str],
    *,
    text_required: bool,
) -> Normalised:
    """The rows as EXCHANGES.

    raw            canonical column → n raw values; columns that the file lacks are absent
    lines          (n,) where each row stood
    excerpt        what to say of row i should it fall out
    text_required  whether a row without prompt and messages is malformed; a gateway may log no texts
    """
    count = len(lines)
    read = {name: read_column(name, values) for name, values in raw.items() if name != "messages"}
    coerced: Counts = Counter()
    reasons: dict[int, str] = {}
    _apply_messages(raw.get("messages"), read, coerced, reasons, count, text_required=text_required)
    if text_required:
        _require_text(read.get("prompt", pa.nulls(count, pa.string())), raw, reasons)
    for name in reversed(REQUIRED):
        _require(name, raw, read, reasons)
    _limit(read, reasons)
    for name, values in read.items():
        if name not in REQUIRED and name in raw:
            coerced[name] += count_unread(raw[name], values)
    keep = np.ones(count, bool)
    keep[list(reasons)] = False
    rejected = tuple(Rejected(int(lines[i]), reasons[i], excerpt(i)) for i in sorted(reasons))
    mask = None if not reasons else pa.array(keep)
    kept = {name: values if mask is None else values.filter(mask) for name, values in read.items()}
    return Normalised(_assemble(kept, lines[keep], source), rejected, +coerced)


def reason_for(column: str, value: Any) -> str:
    """Why a required value was refused, in words that hold nothing of the value."""
    try:
        if reader_of(column)(value) is None:
            return f"{column} is missing"
    except UnreadableError as error:
        said = str(error)
        return f"{column} {said}" if said.startswith(("is", "lies", "can't")) else f"{column} is {said}"
    return f"{column} can't be read"


def _value(raw: Raw | None, i: int) -> Any:
    if raw is None:
        return None
    if isinstance(raw, list):
        return raw[i]
    value = cells(raw.slice(i, 1))[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _require(
    name: str, raw: Mapping[str, Raw], read: Mapping[str, pa.Array], reasons: dict[int, str]
) -> None:
    if name in read and read[name].null_count == 0:
        return
    column = raw.get(name)
    missing = np.asarray(read[name].is_null()) if name in read else np.ones(0, bool)
    timelike = column is not None and not isinstance(column, list) and pa.types.is_temporal(column.type)
    for i in map(int, np.flatnonzero(missing)):
        if timelike:
            given = column is not None and column[i].is_valid
            reasons[i] = f"{name} lies outside 2015 to 2100" if given else f"{name} is missing"
        else:
            reasons[i] = reason_for(name, _value(column, i))


def _require_text(prompts: pa.Array, raw: Mapping[str, Raw], reasons: dict[int, str]) -> None:
    if prompts.null_count == 0:
        return
    for i in map(int, np.flatnonzero(np.asarray(prompts.is_null()))):
        if i in reasons or _value(raw.get("messages"), i) not in _EMPTY:
            continue
        if _value(raw.get("prompt"), i) not in _EMPTY:
            reasons[i] = "prompt can't be read as text"
        else:
            reasons[i] = "prompt and messages are both missing"


def _limit(read: Mapping[str, pa.Array], reasons: dict[int, str]) -> None:
    for name, values in read.items():
        if pa.types.is_string(values.type) and values.nbytes > MAX_TEXT:
            lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
            for i in map(int, np.flatnonzero(lengths > MAX_TEXT)):
                reasons[i] = f"{name} is longer than {MAX_TEXT >> 20} MiB"


def _apply_messages(
    raw: Raw | None,
    read: dict[str, pa.Array],
    coerced: Counts,
    reasons: dict[int, str],
    count: int,
    *,
    text_required: bool,
) -> None:
    """Fill what the columns leave open from the messages, where there are any."""
    if raw is None or (not isinstance(raw, list) and raw.null_count == len(raw)):
        return
    prompts = read.get("prompt")
    has_prompt = np.zeros(count, bool) if prompts is None else np.asarray(prompts.is_valid())
    filled: dict[str, list[Any]] = {name: [] for name in (*_FILLED, "turns")}
    parameters: dict[str, list[Any]] = {}
    add = [(place, filled[name].append) for place, name in _PLACES]
    for i, value in enumerate(raw if isinstance(raw, list) else cells(raw)):
        body, reason = _body(value)
        for place, append in add:
            append(None if body is None else body[place])
        if body is not None and body.parameters:
            for name, given in body.parameters:
                if name not in parameters:
                    parameters[name] = [None] * count
                parameters[name][i] = given
        if reason == _NO_MESSAGE and not text_required:
            continue
        if reason and has_prompt[i]:
            coerced["messages"] += 1
        elif reason:
            reasons[i] = reason
    for name, values in filled.items():
        _fill(name, values, read)
    for name in sorted(parameters):
        _fill(name, parameters[name], read)


def _fill(name: str, values: list[Any], read: dict[str, pa.Array]) -> None:
    filled = read_column(name, values)
    read[name] = filled if name not in read else pc.coalesce(read[name], filled)


def _body(value: Any) -> tuple[Body | None, str]:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value in _EMPTY:
        return None, ""
    if isinstance(value, str):
        try:
            value = load_json(value)
        except TooDeepError as error:
            return None, f"messages: {error}"
        except (ValueError, RecursionError):
            return None, "messages is not JSON"
    if isinstance(value, (bool, int, float)):
        return None, _NO_MESSAGE
    body = read_body(value)
    return body, "" if body is not None else _NO_MESSAGE


def _assemble(
    read: Mapping[str, pa.Array], lines: np.ndarray[Any, np.dtype[np.int64]], source: str
) -> pa.RecordBatch:
    count = len(lines)
    columns = {
        field.name: read[field.name] if field.name in read else pa.nulls(count, field.type)
        for field in EXCHANGES
    }
    columns["source"] = pa.repeat(source, count)
    columns["line"] = pa.array(lines, pa.int64())
    given = columns["exchange_id"]
    columns["id_derived"] = given.is_null()
    if given.null_count:
        where = columns["id_derived"]
        made = derived_ids({name: values.filter(where) for name, values in columns.items()})
        columns["exchange_id"] = pc.replace_with_mask(given, where, made)
    return pa.RecordBatch.from_arrays([columns[name] for name in EXCHANGES.names], schema=EXCHANGES)


def derived_ids(columns: Mapping[str, pa.Array]) -> pa.Array:
    """An id a row, made from what the row says: equal rows have equal ids, wherever they stand.

    columns  the columns of EXCHANGES, cleaned: a text holds no NUL, so that NUL can separate them
    source   BLAKE2b with a digest of 128 bits, RFC 7693
    """
    times = columns["ts"].cast(pa.int64()).cast(pa.string())
    tokens = [columns[name].cast(pa.string()) for name in ("input_tokens", "output_tokens")]
    texts = [columns[name] for name in _IN_IDENTITY] + tokens
    absent, present, end = (pa.scalar(text, pa.string()) for text in ("n", "v", ""))
    marked = [
        pc.if_else(text.is_null(), absent, pc.binary_join_element_wise(present, text, end)) for text in texts
    ]
    joined = pc.binary_join_element_wise(times, *marked, pa.scalar("\0"))
    digests = [
        hashlib.blake2b(row, digest_size=16).hexdigest() for row in joined.cast(pa.binary()).to_pylist()
    ]
    return pa.array(digests, pa.string())
