"""Which of a set of languages a text is in: by script first, then by the commonest words of each language."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stillwatch.kernels.alphabet import SCRIPTS
from stillwatch.kernels.compiling import step
from stillwatch.kernels.hashing import U64

FIRST_WORDS = 96  # of a text that are looked at; at most 255, which a lane of eight bits can count
LANES = 8  # languages in one packed number

_HAN, _KANA, _LATIN = SCRIPTS.index("Han"), SCRIPTS.index("Kana"), SCRIPTS.index("Latin")
_SINGLE = np.array([script in ("Han", "Kana", "Hangul", "Thai") for script in SCRIPTS])
_KANA_SHARE = 8  # Japanese where there is at least one kana to this many Han
_BUCKET = U64(48)
_BYTE = U64(0xFF)


class CommonWords(NamedTuple):
    """The commonest words of languages; codes of languages are ≥ 1, 0 means undecided."""

    ids: npt.NDArray[
        np.uint16
    ]  # (65536,) by the top 16 bits of a word hash: which word it may be, 0 for none
    keys: npt.NDArray[np.uint64]  # (words + 1,) the word's hash; keys[0] is no word
    lanes: npt.NDArray[
        np.uint64
    ]  # (words + 1, ceil(languages / 8)) a byte a language: 1 where it has the word
    scripts: npt.NDArray[np.int64]  # (languages,) the script that each lane's language is written in
    fallback: npt.NDArray[np.int64]  # (len(SCRIPTS),) code of a text in that script that no word decides


@step
def _top_script(words: Any, scripts: Any) -> Any:
    """The script of most words; a character that is a word by itself counts half."""
    others = np.int64(0)
    for script in range(scripts.size):
        others += scripts[script]
    best = _LATIN
    most = 2 * (np.int64(words) - others + scripts[_LATIN])
    for script in range(scripts.size):
        if script == _LATIN:
            continue
        weight = scripts[script] if _SINGLE[script] else 2 * scripts[script]
        if script == _HAN:
            weight += scripts[_KANA]
        if weight > most:
            most = weight
            best = script
    if best == _HAN and scripts[_KANA] * _KANA_SHARE >= scripts[_HAN] and scripts[_KANA] > 0:
        best = _KANA
    return best


@step
def choose_language(hashes: Any, words: Any, scripts: Any, common: Any, hits: Any) -> Any:
    """Code of the language: one more than its lane, or its script's fallback.

    hashes   (words,) uint64 word hashes
    scripts  (len(SCRIPTS),) int64, as `split_words` counts them
    common   CommonWords
    hits     (FIRST_WORDS + 1,) uint16 scratch
    """
    if words == U64(0):
        return 0
    script = _top_script(words, scripts)
    found = np.int64(0)
    for i in range(min(words, U64(FIRST_WORDS))):
        h = hashes[i]
        word = common.ids[h >> _BUCKET]
        hits[found] = word
        found += np.int64(common.keys[word] == h)
    best = common.fallback[script]
    most = second = np.int64(0)
    for group in range(common.lanes.shape[1]):
        counts = U64(0)
        for i in range(found):
            counts += common.lanes[hits[i], group]
        for lane in range(LANES):
            language = LANES * group + lane
            if language >= common.scripts.size or common.scripts[language] != script:
                continue
            count = np.int64((counts >> U64(8 * lane)) & _BYTE)
            if count > most:
                second = most
                most = count
                best = language + 1
            elif count > second:
                second = count
    return best if most > second else common.fallback[script]
