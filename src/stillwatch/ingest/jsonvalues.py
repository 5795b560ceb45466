"""JSON that is not a line an object: one array of objects, or objects written over several lines."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from stillwatch.errors import InvalidInput
from stillwatch.ingest.chunks import Chunk, Rejected, Row, rows_chunk
from stillwatch.ingest.files import Stream
from stillwatch.ingest.jsontext import TooDeepError, check_depth
from stillwatch.ingest.values import MAX_TEXT, kind_of

ROWS = 4_096
_PIECE = 4 << 20
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|"', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


@dataclass
class _Text:
    """The part of a stream's text that has not been read as values yet."""

    stream: Stream
    text: str = ""
    at: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")

    def more(self) -> bool:
        """Whether there was more to read; the text read through is let go."""
        if self.ended:
            return False
        rest = self.text[self.at :]
        piece = self.stream.read(max(_PIECE, len(rest)))
        self.ended = not piece
        self.text, self.at = rest + self._decoder.decode(piece, final=self.ended), 0
        return True

    def skip(self) -> str:
        """The next character that is no space and no comma, empty at the end."""
        while True:
            match = _BETWEEN.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""


def read(stream: Stream, limit: int = MAX_TEXT) -> Iterator[Chunk]:
    """The objects of an array, or of a row of values; an object's line is its number.

    limit   characters that one value may take; a longer one raises InvalidInput, as an unclosed array does
    """
    text = _Text(stream)
    array = text.skip() == "["
    text.at += array
    rows: list[tuple[int, Row]] = []
    rejected: list[Rejected] = []
    number = size = 0
    while mark := text.skip():
        if array and mark == "]":
            text.at += 1
            break
        number += 1
        value, length = _next(text, limit)
        if isinstance(value, str):
            rejected.append(Rejected(number, value, f"{length} characters"))
        else:
            rows.append((number, value))
        size += length
        if len(rows) + len(rejected) >= ROWS or size > _PIECE:
            yield rows_chunk(rows, rejected)
            rows, rejected, size = [], [], 0
    else:
        if array:
            raise InvalidInput(
                f"{stream.name}: a JSON array that ends early, behind element {number}",
                hint="fetch or write the file again; an object a line (JSON lines) survives a cut",
            )
    yield rows_chunk(rows, rejected)
    if array and text.skip():
        raise InvalidInput(
            f"{stream.name}: more text stands behind the JSON array",
            hint="write an object a line (JSON lines)",
        )


def _next(text: _Text, limit: int) -> tuple[Row | str, int]:
    """The value that starts here, or why it is none; and how many characters it takes."""
    while True:
        try:
            value, end = _DECODER.raw_decode(text.text, text.at)
        except (ValueError, RecursionError):
            end = _end(text.text, text.at)
            if end < 0:
                if len(text.text) - text.at > limit:
                    raise InvalidInput(
                        f"{text.stream.name}: a JSON value of more than {limit >> 20} MiB",
                        hint="write an object a line (JSON lines)",
                    ) from None
                if text.more():
                    continue
                end = len(text.text)
            value = None
        else:
            if end == len(text.text) and text.more():
                continue
        start, text.at = text.at, end
        return _judged(text.text[start:end], value), end - start


def _judged(written: str, value: object) -> Row | str:
    try:
        check_depth(written)
    except TooDeepError as error:
        return str(error)
    if isinstance(value, dict):
        return value
    if value is None and written.strip() != "null":
        return "element is not JSON"
    return f"element is JSON, but of type {kind_of(value)}, not an object"


def _end(text: str, start: int) -> int:
    """Where the value at `start` ends by its brackets and quotes alone; -1: not in this text."""
    if text[start] not in '[{"':
        match = re.compile(r"[^,\]}\n]+").match(text, start)
        return max(match.end() if match else 0, start + 1)
    depth = 0
    for token in _STRUCTURE.finditer(text, start):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        elif token.end() - token.start() == 1:
            return -1
        if depth <= 0:
            return token.end()
    return -1


def leading_objects(text: str, most: int) -> list[Row]:
    """Up to `most` objects that a text starts with, commas and spaces between them."""
    found: list[Row] = []
    at = 0
    while len(found) < most:
        match = _BETWEEN.match(text, at)
        at = match.end() if match else at
        if at >= len(text):
            break
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = _end(text, at)
            if end < 0:
                break
            at = end
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
