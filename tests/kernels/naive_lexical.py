"""The lexical pass once more, slowly and plainly: what the kernels must agree with."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np

MASK = 2**64 - 1
BASE = 0x9E3779B97F4A7C15
SEPARATORS = [
    (0x80, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x2BFF),
    (0x3000, 0x3004), (0x3007, 0x3030), (0xFE10, 0xFE6F), (0xFF00, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF65), (0x1F000, 0x1FAFF), (0xD800, 0xDFFF),
]  # fmt: skip
ALONE = [
    (0xE00, 0xEFF), (0x2E80, 0x2FDF), (0x3005, 0x3006), (0x3031, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF),
    (0x20000, 0x10FFFF),
]  # fmt: skip


def within(point: int, ranges: list[tuple[int, int]]) -> bool:
    return any(first <= point <= last for first, last in ranges)


def fmix64(x: int) -> int:
    x ^= x >> 33
    x = x * 0xFF51AFD7ED558CCD & MASK
    x ^= x >> 33
    x = x * 0xC4CEB9FE1A85EC53 & MASK
    return x ^ x >> 33


def lower(char: str) -> str:
    point = ord(char)
    if "A" <= char <= "Z" or (0xC0 <= point <= 0xDE and point != 0xD7):
        return chr(point + 0x20)
    if 0x391 <= point <= 0x3A9 or 0x410 <= point <= 0x42F:
        return chr(point + 0x20)
    return chr(point + 0x50) if 0x400 <= point <= 0x40F else char


def words(data: bytes) -> list[str]:
    """The lower-cased words; every invalid byte separates, as a lone surrogate that stands for it."""
    found: list[str] = []
    run = ""
    for char in data.decode("utf-8", "surrogateescape") + " ":
        point = ord(char)
        alone = point >= 0x80 and within(point, ALONE)
        if not alone and (
            (char.isascii() and (char.isalnum() or char == "_"))
            or (point >= 0x80 and not within(point, SEPARATORS))
        ):
            run += lower(char)
            continue
        if run:
            found.append("0" if re.fullmatch("[0-9]+", run) else run)
            run = ""
        if alone:
            found.append(char)
    return found


def word_hash(word: str) -> int:
    h = 0xCBF29CE484222325
    for byte in word.encode():
        h = (h ^ byte) * 0x100000001B3 & MASK
    return fmix64(h)


def polynomial(hashes: list[int]) -> int:
    return sum(h * pow(BASE, len(hashes) - 1 - i, 2**64) for i, h in enumerate(hashes)) & MASK


def passages(hashes: list[int]) -> list[int]:
    if len(hashes) < 3:
        return []
    if len(hashes) < 6:
        return [fmix64(polynomial(hashes))]
    prints = [fmix64(polynomial(hashes[i : i + 6])) for i in range(len(hashes) - 5)]
    windows = [prints[i : i + 12] for i in range(max(1, len(prints) - 11))]
    return list(dict.fromkeys(min(window) for window in windows))


def public_hash(hashes: list[int]) -> int:
    return fmix64((polynomial(hashes) + len(hashes) * BASE) & MASK)


def siphash(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 as its paper states it."""

    def rotate(x: int, by: int) -> int:
        return (x << by | x >> (64 - by)) & MASK

    def rounds(v: list[int], count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    state = [
        key[i % 2] ^ int.from_bytes(b"somepseudorandomlygeneratedbytes"[8 * i : 8 * i + 8], "big")
        for i in range(4)
    ]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        state[3] ^= word
        rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def name(public: int, key: tuple[int, int]) -> int:
    return siphash(public.to_bytes(8, "little"), key) or 1


def features(hashes: list[int]) -> list[list[int]]:
    """Feature indices by word: the word, and its pair with the word before it."""
    found = []
    for i, h in enumerate(hashes):
        found.append([h >> 48])
        if i:
            found[-1].append(fmix64((hashes[i - 1] * BASE + h) & MASK) >> 48)
    return found


def scores(
    hashes: list[int], weights: np.ndarray, scale: np.ndarray, bias: np.ndarray
) -> tuple[int, float, float]:
    """Class, its probability, and the probability of the windowed column behind the 12 classes."""
    rows = features(hashes)
    flat = [index for row in rows for index in row]
    sums = weights[flat].astype(np.int64).sum(axis=0)
    z = [float(bias[j]) + float(scale[j]) * int(sums[j]) / math.sqrt(len(flat)) for j in range(12)]
    best = max(range(12), key=lambda j: z[j])
    probability = 1 / sum(math.exp(value - z[best]) for value in z)
    blocks = [
        sum(int(weights[index, 12]) for row in rows[i : i + 32] for index in row)
        for i in range(0, len(rows), 32)
    ]
    largest = max((a + b for a, b in pairwise(blocks)), default=blocks[0])
    logit = float(bias[12]) + float(scale[12]) * largest
    return best, probability, 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


def meaning(
    hashes: list[int], table: dict[int, np.ndarray], order: np.ndarray, signs: np.ndarray
) -> list[int] | None:
    known = [table[h].astype(np.int64) for h in hashes[:512] if h in table]
    total = np.sum(known, axis=0) if known else np.zeros(order.size, np.int64)
    length = math.sqrt(int((total * total).sum()))
    return (
        [int(s) * round(127 * int(total[o]) / length) for o, s in zip(order, signs, strict=True)]
        if length
        else None
    )


def marks(data: bytes) -> list[object]:
    """Structural marks in order, before repetitions are dropped, with regular expressions."""
    text = data.decode("latin-1")  # one character a byte
    found: list[object] = []
    fenced = False
    letter = r"[A-Za-z_\x80-\xff]"
    at = 0
    for line in text.split("\n"):
        bare = line.lstrip(" \t")
        mark: object = None
        if re.match(r"(```|~~~)", bare):
            mark = "fence"
        elif match := re.match(r"(#{1,6}) ", bare):
            mark = ("heading", len(match[1]))
        elif re.fullmatch(r"([-*+=_])\1\1+(\r.*)?", bare, re.S):
            mark = "rule"
        elif re.match(r"[-*+] |\xe2\x80\xa2", bare):
            mark = "bullet"
        elif re.match(r"[0-9]{1,3}[.)] ", bare):
            mark = "numbered"
        elif bare.startswith("|"):
            mark = "table"
        elif bare.startswith("> "):
            mark = "quote"
        elif match := re.match(r'"([^"]{1,39})" *:', bare):
            mark = ("key", folded(match[1]))
        elif match := re.match(
            rf"(?:\*+|(?!_))(?={letter})((?:(?!\xef\xbc\x9a)(?:{letter}|[0-9 */()&'-])){{1,39}}?)(?:(:)(?=[ *\r\t]|$)|\xef\xbc\x9a)",
            bare,
        ):
            mark = ("label", folded(re.sub("[ *]", "", match[1]))) if match[1].count(" ") <= 3 else None
        if mark == "fence":
            fenced = not fenced
            found.append("fence")
        elif not fenced and mark is not None:
            found.append(mark)
        if not fenced:
            found += inline(text, at, line)
        at += len(line) + 1
    return found


def folded(text: str) -> str:
    return text.encode("latin-1").lower().decode("latin-1")  # bytes know ASCII's lower case only


def inline(text: str, at: int, line: str) -> list[object]:
    found: list[object] = []
    letter = r"[A-Za-z_\x80-\xff]"
    for match in re.finditer(r"[{\[<]", line):
        here = match.start()
        rest, char = line[here:], match[0]
        if char == "<":
            tag = re.match(rf"<([/|]?)(?={letter})((?:{letter}|[0-9.:-])+)([^<>]*)>", rest)
            if tag and len(tag[2]) <= 32 and tag.end() <= 64:
                found.append(("closing" if tag[1] == "/" else "tag", folded(tag[2])))
            continue
        before = text[at + here - 1] if at + here else " "
        if before == char or re.match(rf"{letter}|[0-9\\^}}]", before):
            continue
        if key := re.match(r'\{"([^"]{1,39})" *:', rest):
            found.append(("key", folded(key[1])))
            continue
        if rest.startswith('{"'):
            continue
        stop = "}" if char == "{" else "]"
        name_ = rf"(?={letter})((?:{letter}|[0-9 .-])+)"
        double = rest[1:2] == char
        match_ = re.match(
            re.escape(char * (2 if double else 1)) + name_ + re.escape(stop * (2 if double else 1)), rest
        )
        if match_ and len(match_[1]) < 32:
            if char == "{":
                found.append("brace")
            elif double:
                found.append("bracket")
            elif not re.search("[a-z]", match_[1]):
                found.append("capitals")
    return found


def structure(data: bytes) -> tuple[object, ...] | None:
    """The marks that make the skeleton: None with fewer than three different ones."""
    kept: list[object] = []
    for mark in marks(data):
        if mark not in kept[-2:]:
            kept.append(mark)
    return tuple(kept) if len(set(kept)) >= 3 else None
