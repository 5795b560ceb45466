"""The structure of a text without its content: headings, lists, fences, labels, tags, placeholders."""

from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import BASE, FNV_OFFSET, FNV_PRIME, U64, fmix64
from stillwatch.kernels.vectors import WIDTH, colon_bits

# Codes of marks; a heading adds its level, a mark with a name multiplies in the hash of the name.
BULLET, NUMBERED, FENCE, TABLE, QUOTE, RULE = 1, 2, 3, 4, 5, 6
KEY, LABEL, TAG, CLOSING, BRACE, BRACKET, CAPITALS = 7, 8, 9, 10, 11, 12, 13
HEADING = 16
LONGEST_LABEL, LONGEST_NAME, LONGEST_TAG = 40, 32, 64  # bytes
MOST_SPACES = 3  # inside a label

_U0, _U1, _U2 = (U64(n) for n in range(3))
_LABEL_BITS = U64((1 << LONGEST_LABEL) - 1)
_NEW, _CR, _TAB, _SPACE, _STAR, _QUOTES, _COLON = (ord(c) for c in '\n\r\t *":')


@step
def _is_letter(c: Any) -> Any:
    return (c >= 97 and c <= 122) or (c >= 65 and c <= 90) or c == 95 or c >= 128


@step
def _is_digit(c: Any) -> Any:
    return c >= 48 and c <= 57


@step
def _byte(data: Any, pos: Any, end: Any) -> Any:
    """The byte at `pos`, a line end behind the text."""
    return np.int64(data[pos]) if pos < end else np.int64(_NEW)


@step
def _fold_in(h: Any, c: Any) -> Any:
    if c >= 65 and c <= 90:
        c += 32
    return (h ^ U64(c)) * FNV_PRIME


@step
def _named(code: Any, h: Any) -> Any:
    return fmix64(h + U64(code) * BASE)


@step
def _label(data: Any, pos: Any, end: Any, roomy: Any) -> Any:
    """The mark of a `Key:` at `pos`; 0 where there is none."""
    if not _is_letter(_byte(data, pos, end)) or (roomy and colon_bits(data, pos) & _LABEL_BITS == _U0):
        return _U0
    h = FNV_OFFSET
    spaces = 0
    limit = min(end, pos + U64(LONGEST_LABEL))
    while pos < limit:
        c = np.int64(data[pos])
        if c == _COLON or (
            c == 0xEF and _byte(data, pos + _U1, end) == 0xBC and _byte(data, pos + _U2, end) == 0x9A
        ):
            after = _byte(data, pos + _U1, end)
            if c == _COLON and after not in (_SPACE, _STAR, _NEW, _CR, _TAB):
                return _U0
            return _named(LABEL, h)
        if c == _SPACE:
            spaces += 1
            if spaces > MOST_SPACES:
                return _U0
        elif c != _STAR:
            if not (
                _is_letter(c)
                or _is_digit(c)
                or c == 45
                or c == 47
                or c == 40
                or c == 41
                or c == 38
                or c == 39
            ):
                return _U0
            h = _fold_in(h, c)
        pos += _U1
    return _U0


@step
def _key(data: Any, pos: Any, end: Any) -> Any:
    """The mark of a JSON key whose opening quote stands at `pos`; 0 where there is none."""
    h = FNV_OFFSET
    pos += _U1
    limit = min(end, pos + U64(LONGEST_LABEL))
    first = pos
    while pos < limit:
        c = np.int64(data[pos])
        if c == _NEW:
            return _U0
        if c == _QUOTES:
            named = pos > first
            pos += _U1
            while _byte(data, pos, end) == _SPACE:
                pos += _U1
            if named and _byte(data, pos, end) == _COLON:
                return _named(KEY, h)
            return _U0
        h = _fold_in(h, c)
        pos += _U1
    return _U0


@step
def _run_of(data: Any, pos: Any, end: Any, c: Any) -> Any:
    count = 0
    while _byte(data, pos + U64(count), end) == c:
        count += 1
    return count


@step
def _line_mark(data: Any, pos: Any, end: Any, roomy: Any) -> Any:
    """The mark of the line that begins at `pos`; 0 where it is plain."""
    c = _byte(data, pos, end)
    while c in (_SPACE, _TAB):
        pos += _U1
        c = _byte(data, pos, end)
    if c in (_NEW, _CR):
        return _U0
    if c == 35:  # "#"
        level = _run_of(data, pos, end, c)
        return U64(HEADING + level) if level <= 6 and _byte(data, pos + U64(level), end) == _SPACE else _U0
    if c == 96 or c == 126:  # "`", "~"
        return U64(FENCE) if _run_of(data, pos, end, c) >= 3 else _U0
    if c == 45 or c == _STAR or c == 43 or c == 61 or c == 95:  # "-", "*", "+", "=", "_"
        length = _run_of(data, pos, end, c)
        after = _byte(data, pos + U64(length), end)
        if length >= 3 and (after in (_NEW, _CR)):
            return U64(RULE)
        if length == 1 and after == _SPACE and c != 61 and c != 95:
            return U64(BULLET)
        return _label(data, pos + U64(length), end, roomy) if c == _STAR else _U0
    if c == 0xE2 and _byte(data, pos + _U1, end) == 0x80 and _byte(data, pos + _U2, end) == 0xA2:  # "•"
        return U64(BULLET)
    if _is_digit(c):
        length = 1
        while length < 4 and _is_digit(_byte(data, pos + U64(length), end)):
            length += 1
        stop = _byte(data, pos + U64(length), end)
        if length <= 3 and (stop == 46 or stop == 41) and _byte(data, pos + U64(length + 1), end) == _SPACE:
            return U64(NUMBERED)
        return _U0
    if c == 124:  # "|"
        return U64(TABLE)
    if c == 62 and _byte(data, pos + _U1, end) == _SPACE:  # ">"
        return U64(QUOTE)
    if c == _QUOTES:
        return _key(data, pos, end)
    return _label(data, pos, end, roomy)


@step
def _tag_mark(data: Any, pos: Any, end: Any) -> Any:
    """The mark of `<name ...>` or `</name>` whose bracket stands at `pos`; 0 where there is none."""
    limit = min(end, pos + U64(LONGEST_TAG))
    pos += _U1
    code = TAG
    c = _byte(data, pos, end)
    if c == 47:  # "/"
        code = CLOSING
        pos += _U1
    elif c == 124:  # "|"
        pos += _U1
    if not _is_letter(_byte(data, pos, end)):
        return _U0
    h = FNV_OFFSET
    inside = True
    length = 0
    while pos < limit:
        c = np.int64(data[pos])
        if c == 62:  # ">"
            return _named(code, h)
        if c == _NEW or c == 60:
            return _U0
        if inside and (_is_letter(c) or _is_digit(c) or c == 45 or c == _COLON or c == 46):
            h = _fold_in(h, c)
            length += 1
            if length > LONGEST_NAME:
                return _U0
        else:
            inside = False
        pos += _U1
    return _U0


@step
def _placeholder_mark(data: Any, start: Any, pos: Any, end: Any) -> Any:
    """The mark of `{name}`, `{{name}}`, `[[name]]`, `[NAME]` or `{"key":` at `pos`; 0 where there is none."""
    c = np.int64(data[pos])
    if pos > start:
        before = np.int64(data[pos - _U1])
        if (
            before == c
            or _is_letter(before)
            or _is_digit(before)
            or before == 92
            or before == 94
            or before == 125
        ):
            return _U0
    next_ = _byte(data, pos + _U1, end)
    if c == 123 and next_ == _QUOTES:
        return _key(data, pos + _U1, end)
    double = next_ == c
    pos += _U2 if double else _U1
    if not _is_letter(_byte(data, pos, end)):
        return _U0
    stop = c + 2  # "}" behind "{", "]" behind "["
    capitals = True
    limit = min(end, pos + U64(LONGEST_NAME))
    while pos < limit:
        c = np.int64(data[pos])
        if c == stop:
            if double and _byte(data, pos + _U1, end) != stop:
                return _U0
            if stop == 125:
                return U64(BRACE)
            if double:
                return U64(BRACKET)
            return U64(CAPITALS) if capitals else _U0
        if not (_is_letter(c) or _is_digit(c) or c == _SPACE or c == 45 or c == 46):
            return _U0
        if c >= 97 and c <= 122:
            capitals = False
        pos += _U1
    return _U0


@step
def hash_structure(data: Any, start: Any, end: Any, marks: Any, marked: Any) -> Any:
    """The public hash of the text's marks in order, and how many of them differ, counted to three.

    A mark equal to one of the two kept before it is dropped, so that the length of a list says nothing. What
    stands inside a code fence is content.

    data    (bytes,) uint8; start, end: the text's place in it, uint64
    marks   positions of line ends and opening brackets, ascending; marked: how many
    """
    total = _U0
    last = before_last = _U0
    one = two = _U0
    distinct = 0
    fenced = False
    roomy = end + U64(WIDTH) <= U64(data.size)
    for i in range(marked + _U1):
        if i == _U0:
            mark = _line_mark(data, start, end, roomy)
        else:
            pos = marks[i - _U1]
            c = data[pos]
            if c == _NEW:
                mark = _line_mark(data, pos + _U1, end, roomy)
            elif fenced:
                continue
            elif c == 60:  # "<"
                mark = _tag_mark(data, pos, end)
            else:
                mark = _placeholder_mark(data, start, pos, end)
        if mark == U64(FENCE):
            fenced = not fenced
        elif fenced:
            continue
        if mark in (_U0, last, before_last):
            continue
        total = total * BASE + fmix64(mark)
        before_last = last
        last = mark
        if distinct == 0:
            one = mark
            distinct = 1
        elif distinct == 1:
            if mark != one:
                two = mark
                distinct = 2
        elif mark != one and mark != two:
            distinct = 3
    return fmix64(total), distinct
