"""Who changes a campaign's wording is told by all that it shows beside the pieces, and so is who shows a lot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from test_drifting import CAREFUL, Sends, found, kept_by

from prints import Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.score.drawing import Drawn, drawn_bits, read_drawn, read_usual
from stillwatch.score.wording import Wording

CHANGING = replace(CAREFUL, name="changing", accounts=10, per_account=10)
"""Ten exchanges each."""

TRADE = replace(CAREFUL, name="trade", accounts=70, per_account=20, own_topics=True, follow_ups=0.2)

PHRASES = range(1 << 41, (1 << 41) + 300)
"""What the trade says."""


def phrases(count: int, rng: np.random.Generator) -> list[int]:
    return [int(phrase) for phrase in rng.choice(PHRASES, count, replace=False)]


def two_at_a_time(beside: int) -> Sends:
    """The pieces of an account's own wording two by two, so that it shows each once and keeps none, with phrases beside."""
    sent: dict[str, int] = {}

    def sends(rng: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        place = sent[account] = sent.get(account, -2) + 2
        return [*kept_by(pieces, account)[place : place + 2], *phrases(beside, rng)]

    return sends


@pytest.mark.parametrize(
    ("beside", "added"), [(1, True), (40, False)], ids=["alone", "among everything else"]
)
def test_who_fills_the_template_in_ever_other_words_is_added(load: Load, beside: int, added: bool) -> None:
    _, accounts = found(load, (CHANGING, two_at_a_time(beside)), (TRADE, lambda rng, *_: phrases(10, rng)))
    assert set(accounts) - {"changing"} == {"campaign"}
    assert accounts["changing"] >= 0.8 * CHANGING.accounts if added else not accounts["changing"]


def test_bits_are_the_mean_over_what_text_is_drawn_from_the_wording() -> None:
    """Two pieces and an account that shows one of them and three other templates, by hand."""
    told = Wording(np.arange(2), np.array([0.9, 0.3]), np.array([0.01, 0.002]))
    shows = csr_array(np.array([[1, 0], [1, 1]], np.int8))
    usual = 8.0
    share = np.minimum(np.linspace(0.04, 1.0, 25), 0.98)
    first = 1.0 - share + share * (0.9 / 1.2) / (0.01 / usual)
    second = 1.0 - share + share * (0.3 / 1.2) / (0.002 / usual)
    expected = [np.log2(np.mean(first * (1.0 - share) ** 3)), np.log2(np.mean(first * second))]
    bits = drawn_bits(told, Drawn(shows, np.array([3, 0])), usual)
    assert bits == pytest.approx(expected, abs=0.005)


def test_what_is_shown_without_a_piece_does_not_count_nor_do_prompts(tmp_path: Path) -> None:
    engine = DuckEngine(tmp_path / "scratch", threads=1, memory=256 << 20)
    try:
        kinds = ["template", "template", "prompt", "skeleton", "template", "template"]
        engine.put("template_kinds", pa.table({"t": pa.array(range(6), pa.int32()), "kind": kinds}))
        hits = [(3, [0, 2, 3]), (3, [0, 3, 4]), (3, [5]), (7, [1, 0]), (8, [0])]
        engine.put(
            "hits",
            pa.table(
                {
                    "ix": pa.array([ix for ix, _ in hits], pa.int32()),
                    "shown": pa.array([shown for _, shown in hits], pa.list_(pa.int32())),
                }
            ),
        )
        holdings = [(3, 0, 2), (3, 2, 1), (3, 3, 2), (3, 4, 1), (5, 5, 3), (5, 4, 0), (6, 2, 1), (7, 0, 1)]
        engine.put(
            "holdings",
            pa.table({name: pa.array(each, pa.int32()) for name, each in zip(("ix", "t", "contexts"), zip(*holdings, strict=True), strict=True)}),
        )  # fmt: skip
        told = Wording(np.arange(2), np.full(2, 0.5), np.full(2, 0.01))
        drawn = read_drawn(engine, told, np.array([3, 7]))
        # Of 3, 5, 6 and 7 the first is named; 5 shows one template around words, 7 one, 6 a prompt.
        usual = read_usual(engine, np.array([False, False, False, True, False, False, False, False]))
    finally:
        engine.close()
    assert drawn.shows.toarray().tolist() == [[1, 0], [1, 1]]
    assert drawn.others.tolist() == [2, 0]
    assert usual == pytest.approx(2 / 7)
